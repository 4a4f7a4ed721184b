// SPDX-License-Identifier: MIT
// Addresses written as text, in the ways that this build of lwIP knows. Inside the port only.
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

// False: not a literal address.
inline bool lwip_parse_address(Text text, ip_addr_t* address) {
  char copy[48];  // the longest IPv6 literal, with a zone of two digits
  return lwip_copy_text(text, copy, sizeof copy) && ipaddr_aton(copy, address) != 0;
}

}  // namespace whit
