// SPDX-License-Identifier: MIT
#include "proxy_error.h"

namespace whit {

const char* proxy_error_text(int32_t error) {
  switch (error) {
    case kProxyNotHttp:
      return "what answers is not an HTTP proxy";
    case kProxyHeadTooLong:
      return "the head of the proxy's answer is too long";
    case kProxyEnded:
      return "the proxy ended the connection before it answered";
    case kProxyBadTarget:
      return "not a host or port that a proxy can be asked for";
    case kProxyRequestTooLong:
      return "host and credentials are too long for the proxy's buffer";
    case kProxyNoTls:
      return "wss through a proxy needs a TlsNetwork over it";
    case 403:
      return "the proxy does not allow that host or port";
    case 407:
      return "the proxy wants a user name and password, or others";
    case 502:
    case 503:
    case 504:
      return "the proxy could not reach the host";
    default:
      return error >= 300 && error <= 599 ? "the proxy refused, with an HTTP status" : nullptr;
  }
}

}  // namespace whit
