// SPDX-License-Identifier: MIT
#include "lwip_address.h"

namespace whit {

#if LWIP_IPV4

bool lwip_parse_ipv4(Text text, ip4_addr_t* address) {
  uint32_t bytes = 0;
  uint32_t number = 0;
  int dots = 0;
  bool empty = true;
  for (size_t i = 0; i < text.size; ++i) {
    if (text[i] == '.' && !empty && dots < 3) {
      bytes = bytes << 8 | number;
      number = 0;
      ++dots;
      empty = true;
      continue;
    }
    if (text[i] < '0' || text[i] > '9' || (!empty && number == 0)) return false;
    number = number * 10 + static_cast<uint32_t>(text[i] - '0');
    if (number > 255) return false;
    empty = false;
  }
  if (dots != 3 || empty) return false;
  address->addr = lwip_htonl(bytes << 8 | number);
  return true;
}

#endif

bool lwip_parse_address(Text text, ip_addr_t* address) {
#if LWIP_IPV4
  if (lwip_parse_ipv4(text, ip_2_ip4(address))) {
    IP_SET_TYPE_VAL(*address, IPADDR_TYPE_V4);
    return true;
  }
#endif
#if LWIP_IPV6
  char copy[48];  // the longest literal, with a zone of two digits
  if (lwip_copy_text(text, copy, sizeof copy) && ip6addr_aton(copy, ip_2_ip6(address)) != 0) {
    IP_SET_TYPE_VAL(*address, IPADDR_TYPE_V6);
    return true;
  }
#endif
  return false;
}

}  // namespace whit
