// SPDX-License-Identifier: MIT
// Addresses written as text, of the families that this build of lwIP has. For the port and the boards.
#pragma once

#include "lwip/ip_addr.h"
#include "whit/bytes.h"

namespace whit {

// Copies `text` with a final NUL. False: it does not fit, is empty, or holds a NUL, behind which lwIP would not look.
inline bool lwip_copy_text(Text text, char* destination, size_t capacity) {
  if (text.empty() || text.size >= capacity) return false;
  for (size_t i = 0; i < text.size; ++i) {
    if (text[i] == '\0') return false;
    destination[i] = text[i];
  }
  destination[text.size] = '\0';
  return true;
}

#if LWIP_IPV4
// Four decimal numbers without leading zeros (RFC 3986, section 3.2.2). lwIP's own reader takes octal and hexadecimal
// numbers and fewer of them as well, which two programs may read as two addresses (section 7.4).
bool lwip_parse_ipv4(Text text, ip4_addr_t* address);
#endif

// False: not a literal address.
bool lwip_parse_address(Text text, ip_addr_t* address);

}  // namespace whit
