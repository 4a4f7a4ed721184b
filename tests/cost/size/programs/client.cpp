// SPDX-License-Identifier: MIT
// what: a client that echoes; a message that does not fit a buffer ends its connection
#include "whit/client.h"
#include "network.h"

static whit::Loop<2, 2, 256> loop;
static whit::Client client{loop};
static whit::ClientOptions options;

int main() {
  options.url = "ws://server.example/";
  options.long_messages = whit::LongMessages::kRefuse;
  if (loop.start(network) != whit::Status::kOk || client.connect(options) != whit::Status::kOk) return 1;
  for (;;) {
    const uint32_t now_ms = wait(loop.wait_ms());
    while (const whit::Event event = loop.poll(now_ms)) {
      PART;
      if (event.type != whit::Event::kMessage) continue;
      if (event.socket.send(event.message) == whit::Status::kWouldBlock) event.socket.hold();
    }
  }
}
