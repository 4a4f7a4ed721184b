// SPDX-License-Identifier: MIT
// what: the client with wss
// over: mbedtls, configured by boards/lm3s6965evb/defconfig-wss-client
#include "network.h"
#include "whit/client.h"
#include "whit/mbedtls/tls_network.h"

static whit::TlsNetwork<4> secure{network};
static whit::Loop<2, 2, 256> loop;
static whit::Client client{loop};
static whit::ClientOptions options;
static whit::TlsOptions tls;

int main() {
  static constexpr uint8_t kDer[1] = {};
  static constexpr whit::Bytes kAuthority{kDer, sizeof kDer};
  tls.trusted = &kAuthority;
  tls.trusted_count = 1;
  options.url = "wss://server.example/";
  options.long_messages = whit::LongMessages::kRefuse;
  if (secure.set_client(tls) != whit::Status::kOk || loop.start(secure) != whit::Status::kOk ||
      client.connect(options) != whit::Status::kOk) {
    return 1;
  }
  for (;;) {
    const uint32_t now_ms = wait(loop.wait_ms());
    while (const whit::Event event = loop.poll(now_ms)) {
      PART;
      if (event.type != whit::Event::kMessage) continue;
      if (event.socket.send(event.message) == whit::Status::kWouldBlock) event.socket.hold();
    }
  }
}
