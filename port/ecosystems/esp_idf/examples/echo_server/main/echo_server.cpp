// SPDX-License-Identifier: MIT
// Echo server over Wi-Fi or Ethernet, whichever `idf.py menuconfig` has under "Example Connection Configuration".
#include "esp_event.h"
#include "esp_log.h"
#include "esp_netif.h"
#include "nvs_flash.h"
#include "protocol_examples_common.h"
#include "whit/config.h"
#include "whit/posix/posix_network.h"
#include "whit/server.h"

namespace {

namespace config = whit::config;

constexpr char kTag[] = "whit";

// Of the linker: the stack of a task would be too small for them.
whit::PosixNetwork<config::kConnections + config::kHandshakes> network;
whit::Loop<config::kConnections, config::kBuffers, config::kBufferBytes, config::kHandshakes> loop;
whit::Server server{loop};
whit::ServerOptions options;

void connect_to_network() {
  ESP_ERROR_CHECK(nvs_flash_init());
  ESP_ERROR_CHECK(esp_netif_init());
  ESP_ERROR_CHECK(esp_event_loop_create_default());
  ESP_ERROR_CHECK(example_connect());
}

}  // namespace

extern "C" void app_main() {
  connect_to_network();
  options.port = 80;
  if (loop.start(network) != whit::Status::kOk || server.listen(options) != whit::Status::kOk) {
    ESP_LOGE(kTag, "port %u is refused: error %ld", options.port, static_cast<long>(network.error()));
    return;
  }
  ESP_LOGI(kTag, "ws:// on port %u", server.port());
  for (;;) {
    const uint32_t now_ms = network.wait(loop.wait_ms());
    while (const whit::Event event = loop.poll(now_ms)) {
      if (event.type != whit::Event::kMessage) continue;
      if (event.socket.send(event.message) == whit::Status::kWouldBlock) event.socket.hold();
    }
  }
}
