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
};

// Takes host [":" port] apart. False when it is no such thing, or the port is 0; `out` then holds nothing of use.
bool parse_authority(const Text& text, Authority* out);

// A decimal number up to 65535: digits only, leading zeros are allowed (RFC 3986 section 3.2.3), none at all are 0.
// False for anything else; `*out` is then unchanged.
bool parse_number(const Text& digits, uint16_t* out);

// An IPv6 address in text form without brackets: RFC 3986 section 3.2.2, with "::" and a trailing IPv4 address.
bool valid_ipv6(const Text& text);

// Whether `text` is made of unreserved characters, sub-delims (RFC 3986 section 2), percent-encodings, and characters
// of `others`. Hosts, paths and queries are made of these.
bool are_url_chars(const Text& text, const Text& others);

}  // namespace whit::wire
