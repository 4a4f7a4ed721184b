// SPDX-License-Identifier: MIT
// what: both with wss
// over: mbedtls, configured by tests/cost/size/defconfig-wss-both
#include "network.h"
#include "whit/client.h"
#include "whit/mbedtls/tls_network.h"
#include "whit/server.h"

static whit::TlsNetwork<4> secure{network};
static whit::Loop<2, 2, 256> loop;
static whit::Server server{loop};
static whit::Client client{loop};
static whit::ServerOptions server_options;
static whit::ClientOptions client_options;
static whit::TlsOptions tls;

int main() {
  static constexpr uint8_t kDer[1] = {};
  static constexpr whit::Bytes kCertificate{kDer, sizeof kDer};
  tls.trusted = tls.certificates = &kCertificate;
  tls.trusted_count = tls.certificate_count = 1;
  tls.private_key = kCertificate;
  server_options.secure = true;
  client_options.url = "wss://server.example/";
  client_options.long_messages = server_options.long_messages = whit::LongMessages::kRefuse;
  if (secure.set_server(tls) != whit::Status::kOk || secure.set_client(tls) != whit::Status::kOk ||
      loop.start(secure) != whit::Status::kOk || server.listen(server_options) != whit::Status::kOk ||
      client.connect(client_options) != whit::Status::kOk) {
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
