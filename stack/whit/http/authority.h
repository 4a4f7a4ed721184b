// SPDX-License-Identifier: MIT
// The host and port of a URL authority: RFC 3986 section 3.2, for the client's URL and the server's Host field alike.
// Refuses user information, IPvFuture ("[v1.x]") and zone identifiers (RFC 6874): no port could resolve them.
// Everything is taken off the front of a text (scan.h); what follows is left to the caller. Texts that come back point
// into the argument.
#pragma once

#include <stddef.h>
#include <stdint.h>

#include "whit/bytes.h"

namespace whit::http {

struct Authority {
  Text host;      // never empty; as written: with the brackets of an IPv6 literal; may hold percent-encodings
  uint16_t port;  // 1 to 65535; 0 when there is none, or nothing after the colon
};

// Takes host [":" port]. False when it is malformed, or the port is 0; `out` is then not set.
bool take_authority(Text* text, Authority* out);

// Takes "ws://host:80", or "wss://host:80", up to the path, the query or the end of a URL. `scheme` is the scheme in
// small letters, which may stand there without regard to case (RFC 3986 section 3.1).
struct Origin : Authority {
  bool secure;  // an "s" came after the scheme
};
bool take_origin(Text* url, const char* scheme, Origin* out);

// Takes an IPv6 address in text form without brackets: RFC 3986 section 3.2.2, with "::" and a trailing IPv4 address.
bool take_ipv6(Text* text);

// Takes the longest run of characters of these classes (scan.h) and percent-encodings: hosts, paths and queries are
// made of these. False: a "%" has no two digits.
bool take_url_chars(Text* text, uint32_t classes);

}  // namespace whit::http
