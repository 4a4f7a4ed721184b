// SPDX-License-Identifier: MIT
// what: both in one loop
#include "network.h"
#include "whit/client.h"
#include "whit/server.h"

static whit::Loop<2, 2, 256> loop;
static whit::Server server{loop};
static whit::Client client{loop};
static whit::ServerOptions server_options;
static whit::ClientOptions client_options;

int main() {
  client_options.url = "ws://server.example/";
  client_options.long_messages = server_options.long_messages = whit::LongMessages::kRefuse;
  if (loop.start(network) != whit::Status::kOk || server.listen(server_options) != whit::Status::kOk ||
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
