// SPDX-License-Identifier: MIT
// The numbers of Transport::error() and Cause::code when a proxy has ended the establishment of a connection:
//   300 ... 599   the status of its answer, which is not 2xx (RFC 9110, 15)
//   3001 ...      ProxyError, our own numbers
//   else          the number of the network below (errno, err_t)
#pragma once

#include <stdint.h>

namespace whit {

// Our own numbers: the proxy, our side.
enum ProxyError : int32_t {
  kProxyOk = 0,
  // The proxy
  kProxyNotHttp = 3001,      // its answer is not one of HTTP/1.x, or no answer to CONNECT (101)
  kProxyHeadTooLong = 3002,  // the head of its answer is longer than ProxyTransport::kMaxHeadBytes
  kProxyEnded = 3003,        // it ended TCP before the end of that head
  // Our side; connect() returns nullptr
  kProxyBadTarget = 3010,  // no host or port, or a byte that no host has: white space, a control byte, / ? # @ [ ] %
  kProxyRequestTooLong = 3011,  // host and credentials do not fit into the kBytes of ProxyNetwork
  kProxyNoTls = 3012,           // wss needs a TlsNetwork over the ProxyNetwork
};

// One line in English, without a full stop; nullptr: not a number of a proxy. A program that does not name the function
// does not link it.
const char* proxy_error_text(int32_t error);

}  // namespace whit
