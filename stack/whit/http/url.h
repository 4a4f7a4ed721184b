// SPDX-License-Identifier: MIT
// ws:// and wss:// URLs: RFC 6455 section 3, grammar of RFC 3986.
// Refuses everything that is not exactly such a URL: other schemes, user information, a fragment, characters that must
// be percent-encoded (so IRIs too: RFC 6455 section 11.1.1 would have us convert them, the caller does), broken
// percent-encodings, a percent-encoded host (it could not be resolved without being decoded), port 0 and ports above
// 65535.
#pragma once

#include <stddef.h>
#include <stdint.h>

#include "whit/bytes.h"

namespace whit::http {

// All texts point into the URL that was parsed; the caller keeps it for as long as it uses them.
struct Url {
  Text host;        // without the brackets of an IPv6 literal
  Text host_field;  // for the Host field: with the brackets, and with ":port" as written when that is not the default
  Text resource;    // for the request line, after a "/": path without its "/", and query; no "?" alone
  uint16_t port;    // 1 to 65535; 0: it was no URL, and the others are not set
  bool secure;      // exactly for wss
};

Url parse_url(Text text);

}  // namespace whit::http
