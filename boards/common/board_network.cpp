// SPDX-License-Identifier: MIT
#include "board_network.h"

#include "board.h"
#include "ethernet.h"
#include "lwip/dns.h"
#include "lwip/init.h"
#include "lwip/netif.h"
#include "netif/ethernet.h"
#include "random.h"
#include "timers.h"
#include "whit/lwip/lwip_address.h"

namespace {

netif interface;

ip4_addr_t address_argument(const char* name, const char* otherwise) {
  char text[sizeof("255.255.255.255")];
  const bool given = board::argument(name, text, sizeof(text));
  ip4_addr_t address;
  if (whit::lwip_parse_ipv4(given ? text : otherwise, &address)) return address;
  board::print_error(name);
  board::print_error("=");
  board::print_error(text);
  board::print_error(": an IPv4 address is expected, such as 10.0.2.15\n");
  board::exit(2);
}

void print_address() {
  const ip4_addr_t* const address = netif_ip4_addr(&interface);
  const uint8_t bytes[] = {ip4_addr1(address), ip4_addr2(address), ip4_addr3(address), ip4_addr4(address)};
  const char* before = "address ";
  for (const uint8_t byte : bytes) {
    board::print(before);
    board::print_number(byte);
    before = ".";
  }
  board::print("\n");
}

}  // namespace

void board_network_start() {
  board_random_start();
  const ip4_addr_t address = address_argument("ip", "10.0.2.15");
  const ip4_addr_t mask = address_argument("mask", "255.255.255.0");
  const ip4_addr_t gateway = address_argument("gateway", "10.0.2.2");
  lwip_init();
  netif_add(&interface, &address, &mask, &gateway, nullptr, board::ethernet_start, ethernet_input);
  netif_set_default(&interface);
  netif_set_up(&interface);
#if LWIP_IPV6
  netif_create_ip6_linklocal_address(&interface, 1);
  netif_set_ip6_autoconfig_enabled(&interface, 1);
#endif
#if LWIP_DNS
  ip_addr_t dns_server;
  ip_addr_copy_from_ip4(dns_server, address_argument("dns", "10.0.2.3"));
  dns_setserver(0, &dns_server);
#endif
  print_address();
}

void board_network_poll() {
  board_clear_event();
  board::ethernet_poll(&interface);
  board::timers_poll(board::now_ms());
}

uint32_t board_network_sleep_ms() {
  const uint32_t timers_ms = board::timers_sleep_ms(board::now_ms());
  const uint32_t frames_ms = board::ethernet_sleep_ms();
  return timers_ms < frames_ms ? timers_ms : frames_ms;
}

// lwIP's clock.
extern "C" u32_t sys_now() { return board::now_ms(); }
