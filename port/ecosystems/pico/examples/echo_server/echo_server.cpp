// SPDX-License-Identifier: MIT
// Echo server on a Pico W: ws:// on port 80, for browsers and all other clients. It prints its address when it has one.
#include <stdio.h>

#include "lwip/ip4_addr.h"
#include "lwip/netif.h"
#include "pico/cyw43_arch.h"
#include "pico/stdlib.h"
#include "whit/pico_network.h"
#include "whit/server.h"

namespace {

constexpr uint16_t kConnections = 4;
constexpr uint16_t kHandshakes = 2;
constexpr uint32_t kJoinMs = 30000;

whit::PicoServerNetwork<kConnections + kHandshakes> network;
whit::Loop<kConnections, 6, 512, kHandshakes> loop;
whit::Server server{loop};
whit::ServerOptions options;

int fail(const char* what, int code) {
  printf("%s: %d\n", what, code);
  return 1;
}

}  // namespace

int main() {
  stdio_init_all();
  if (const int error = cyw43_arch_init()) return fail("cyw43_arch_init", error);
  cyw43_arch_enable_sta_mode();
  while (const int error =
             cyw43_arch_wifi_connect_timeout_ms(WIFI_SSID, WIFI_PASSWORD, CYW43_AUTH_WPA2_AES_PSK, kJoinMs)) {
    fail("no connection to the Wi-Fi network " WIFI_SSID ", next attempt", error);
  }

  options.port = 80;
  if (network.enter() != whit::Status::kOk || loop.start(network) != whit::Status::kOk)
    return fail("Whit does not start", 0);
  if (server.listen(options) != whit::Status::kOk) return fail("listen", static_cast<int>(network.error()));
  printf("ws://%s/\n", ip4addr_ntoa(netif_ip4_addr(netif_default)));

  while (true) {
    const uint32_t now_ms = network.wait(loop.wait_ms());
    while (const whit::Event event = loop.poll(now_ms)) {
      if (event.type != whit::Event::kMessage) continue;
      if (event.socket.send(event.message) == whit::Status::kWouldBlock) event.socket.hold();
    }
  }
}
