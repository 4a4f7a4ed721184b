// SPDX-License-Identifier: MIT
// what: the client with messages of any size, in pieces
#include "network.h"
#include "whit/client.h"

static whit::Loop<2, 2, 256> loop;
static whit::Client client{loop};
static whit::ClientOptions options;

int main() {
  options.url = "ws://server.example/";
  if (loop.start(network) != whit::Status::kOk || client.connect(options) != whit::Status::kOk) return 1;
  for (;;) {
    const uint32_t now_ms = wait(loop.wait_ms());
    while (const whit::Event event = loop.poll(now_ms)) {
      if (event.type != whit::Event::kMessage) continue;
      if (event.socket.send(event.message) == whit::Status::kWouldBlock) event.socket.hold();
    }
  }
}
