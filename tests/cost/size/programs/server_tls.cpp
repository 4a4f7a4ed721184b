// SPDX-License-Identifier: MIT
// what: the server with wss
// over: mbedtls, configured by boards/lm3s6965evb/defconfig-wss
#include "network.h"
#include "whit/mbedtls/tls_network.h"
#include "whit/server.h"

static whit::TlsNetwork<4> secure{network};
static whit::Loop<2, 2, 256> loop;
static whit::Server server{loop};
static whit::ServerOptions options;
static whit::TlsOptions tls;

int main() {
  static constexpr uint8_t kDer[1] = {};
  static constexpr whit::Bytes kCertificate{kDer, sizeof kDer};
  tls.certificates = &kCertificate;
  tls.certificate_count = 1;
  tls.private_key = kCertificate;
  options.secure = true;
  options.long_messages = whit::LongMessages::kRefuse;
  if (secure.set_server(tls) != whit::Status::kOk || loop.start(secure) != whit::Status::kOk ||
      server.listen(options) != whit::Status::kOk) {
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
