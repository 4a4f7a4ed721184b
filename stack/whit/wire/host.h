// SPDX-License-Identifier: MIT
// The host and port of a URL authority: RFC 3986 section 3.2, for the client's URL and the server's Host field alike.
// Refuses user information, IPvFuture ("[v1.x]") and zone identifiers (RFC 6874): no port could resolve them.
// Texts that come back point into the argument.
#pragma once

#include <stddef.h>
#include <stdint.h>

#include "whit/bytes.h"

namespace whit::wire {

struct Authority {
  Text host;          // never empty; without the brackets of an IPv6 literal; may hold percent-encodings
  Text written_host;  // as written: with the brackets
  uint16_t port;      // 1 to 65535; 0 when there is none, or nothing after the colon
  bool ipv6_literal;
};

// Takes host [":" port] apart. False when it is no such thing, or the port is 0; `out` then holds nothing of use.
bool parse_authority(Text text, Authority* out);

// A decimal number up to 65535: digits only, leading zeros are allowed (RFC 3986 section 3.2.3), none at all are 0.
// False for anything else; `*out` is then unchanged.
bool parse_number(Text digits, uint16_t* out);

// An IPv6 address in text form without brackets: RFC 3986 section 3.2.2, with "::" and a trailing IPv4 address.
bool valid_ipv6(Text text);

// The size of the character at the front of `text`, which is not empty: 1 for unreserved and sub-delims (RFC 3986
// section 2), 3 for a percent-encoding, 0 for anything else. Hosts, paths and queries are made of these; the latter
// allow more.
size_t url_char_size(Text text);

}  // namespace whit::wire
