// SPDX-License-Identifier: MIT
// The parts of a URL, or of a reference to one, for addons that look at hosts and paths: RFC 3986, 4.1 and appendix B.
// Nothing is checked: Client::connect() does that with the whole URL. Texts point into the argument.
#pragma once

#include <stddef.h>
#include <stdint.h>

#include "whit/bytes.h"

namespace whit {

// The parts of a reference (RFC 3986, 4.1); they lie in its text.
struct UrlReference {
  Text scheme;                 // without its ":"; empty: there is none
  Text authority;              // without its "//"
  Text path;                   // may be empty
  Text query;                  // with its "?"; the fragment is left out
  bool has_authority = false;  // "//" is there, whatever follows it
  bool has_query = false;      // "?" is there

  bool is_secure() const { return scheme.size == 3; }  // of a URL that connect() has taken: wss
  Text host() const;                                   // with the brackets of an IPv6 literal
  uint32_t port() const;                               // of such a URL: 80 or 443 when it names none
};

// Takes a reference apart. Any text has parts.
UrlReference split_reference(Text text);

// Whether two texts are equal but for the case of ASCII letters: names of fields, hosts.
bool same_but_for_case(Text left, Text right);

}  // namespace whit
