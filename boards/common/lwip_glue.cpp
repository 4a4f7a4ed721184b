// SPDX-License-Identifier: MIT
// The functions that arch/cc.h and lwipopts_common.h promise to lwIP.
#include "arch/cc.h"
#include "board.h"
#include "environment.h"
#include "lwip/netif.h"
#include "lwip/prot/dns.h"
#include "lwip/prot/etharp.h"
#include "lwip/prot/ethernet.h"
#include "lwip/prot/icmp.h"
#include "lwip/prot/icmp6.h"
#include "lwip/prot/ip4.h"
#include "lwip/prot/ip6.h"
#include "lwip/prot/nd6.h"
#include "lwip/prot/tcp.h"
#include "lwip/prot/udp.h"
#include "random.h"
#include "registers.h"

// The promise of PACK_STRUCT_STRUCT, where lwIP has a check at run time of a structure of its own.
static_assert(sizeof(eth_addr) == 6 && sizeof(eth_hdr) == SIZEOF_ETH_HDR && sizeof(etharp_hdr) == SIZEOF_ETHARP_HDR);
static_assert(sizeof(ip_hdr) == 20 && sizeof(icmp_echo_hdr) == 8 && sizeof(tcp_hdr) == 20 && sizeof(udp_hdr) == 8);
static_assert(sizeof(ip6_hdr) == 40 && sizeof(icmp6_hdr) == 8 && sizeof(ns_header) == 24 && sizeof(na_header) == 24);
static_assert(sizeof(ra_header) == 16 && sizeof(prefix_option) == 32 && sizeof(lladdr_option) == 8);
static_assert(sizeof(dns_hdr) == SIZEOF_DNS_HDR && offsetof(tcp_hdr, ackno) == 8 && offsetof(ip_hdr, dest) == 16);
static_assert(offsetof(netif, hwaddr) % alignof(eth_addr) == 0);  // lwIP takes it for the structure

extern "C" uint32_t board_random_number() {
  uint8_t bytes[4];
  // Without a seed lwIP has to go on with something: constant identifiers. Whit itself then fails every connection.
  if (board_random({bytes, sizeof(bytes)}) != whit::Status::kOk) return 0;
  return static_cast<uint32_t>(bytes[0]) | static_cast<uint32_t>(bytes[1]) << 8 |
         static_cast<uint32_t>(bytes[2]) << 16 | static_cast<uint32_t>(bytes[3]) << 24;
}

extern "C" void board_lwip_assert(const char* message, const char* file, int line) {
  board::print("lwIP assertion: ");
  board::print(message);
  board::print(" at ");
  board::print(file);
  board::print(":");
  board::print_number(static_cast<uint32_t>(line));
  board::print("\n");
  board::leave_after_failure(board::kExitAssert);
}

extern "C" void board_assert_main_context(const char* file, int line) {
  if (board::in_interrupt()) board_lwip_assert("lwIP entered from an interrupt", file, line);
}
