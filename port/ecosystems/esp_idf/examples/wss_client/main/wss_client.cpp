// SPDX-License-Identifier: MIT
// A device that stays connected to a server over TLS, through every restart of either and every loss of Wi-Fi.
#include <time.h>

#include "esp_event.h"
#include "esp_log.h"
#include "esp_netif.h"
#include "esp_netif_sntp.h"
#include "nvs_flash.h"
#include "protocol_examples_common.h"
#include "sdkconfig.h"
#include "whit/client.h"
#include "whit/config.h"
#include "whit/describe.h"
#include "whit/mbedtls/tls_network.h"
#include "whit/posix/posix_network.h"
#include "whit/reconnect.h"

extern const uint8_t authority_begin[] asm("_binary_authority_pem_start");
extern const uint8_t authority_end[] asm("_binary_authority_pem_end");

namespace {

namespace config = whit::config;
using whit::Event;

constexpr char kTag[] = "whit";
constexpr time_t kYear2024 = 1704067200;  // an earlier clock was not set yet

whit::Loop<config::kConnections, config::kBuffers, config::kBufferBytes, config::kHandshakes> loop;
whit::PosixNetwork<decltype(loop)::kSlots> sockets;
whit::TlsNetwork<decltype(loop)::kSlots> network{sockets};
whit::Client client{loop};
whit::ClientOptions options;
whit::TlsOptions tls;
whit::Bytes authority;

void connect_to_network() {
  ESP_ERROR_CHECK(nvs_flash_init());
  ESP_ERROR_CHECK(esp_netif_init());
  ESP_ERROR_CHECK(esp_event_loop_create_default());
  ESP_ERROR_CHECK(example_connect());
  // Certificates have dates. Until the time is known, handshakes fail and are tried again.
  const esp_sntp_config_t time_server = ESP_NETIF_SNTP_DEFAULT_CONFIG(CONFIG_EXAMPLE_TIME_SERVER);
  ESP_ERROR_CHECK(esp_netif_sntp_init(&time_server));
}

int64_t unix_time() {
  const time_t now = time(nullptr);
  return now > kYear2024 ? now : 0;
}

whit::Status set_up() {
  authority = {authority_begin, static_cast<size_t>(authority_end - authority_begin)};
  tls.trusted = &authority;
  tls.trusted_count = 1;
  tls.unix_time = unix_time;
  options.url = CONFIG_EXAMPLE_URL;
  const whit::Status status = loop.start(network);
  return status == whit::Status::kOk ? network.set_client(tls) : status;
}

void on_event(const Event& event) {
  if (event.type == Event::kOpen) {
    ESP_LOGI(kTag, "connected");
    static_cast<void>(event.socket.send("hello"));
  } else if (event.type == Event::kMessage) {
    ESP_LOGI(kTag, "received %u bytes", static_cast<unsigned>(event.message.data.size));
  } else if (event.type == Event::kClose) {
    char line[whit::kDescriptionBytes + 1];
    line[whit::describe(event.close, line, sizeof line - 1).size] = '\0';
    ESP_LOGW(kTag, "ended: %s", line);
  }
}

}  // namespace

extern "C" void app_main() {
  connect_to_network();
  static whit::Reconnect reconnect{client, network, options};
  if (set_up() != whit::Status::kOk || reconnect.start(sockets.now_ms()) != whit::Status::kOk) {
    ESP_LOGE(kTag, "%s cannot be tried: error %ld", CONFIG_EXAMPLE_URL, static_cast<long>(network.error()));
    return;
  }
  for (;;) {
    const uint32_t now_ms = sockets.wait(reconnect.wait_ms(loop.wait_ms()));
    reconnect.poll(now_ms);
    while (const Event event = loop.poll(now_ms)) {
      reconnect.on_event(event);
      on_event(event);
    }
  }
}
