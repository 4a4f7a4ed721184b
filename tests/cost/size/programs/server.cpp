// SPDX-License-Identifier: MIT
// what: an echo server; a message that does not fit a buffer ends its connection
#include "whit/server.h"
#include "network.h"

static whit::Loop<2, 2, 256> loop;
static whit::Server server{loop};
static whit::ServerOptions options;

int main() {
  options.long_messages = whit::LongMessages::kRefuse;
  if (loop.start(network) != whit::Status::kOk || server.listen(options) != whit::Status::kOk) return 1;
  for (;;) {
    const uint32_t now_ms = wait(loop.wait_ms());
    while (const whit::Event event = loop.poll(now_ms)) {
      PART;
      if (event.type != whit::Event::kMessage) continue;
      if (event.socket.send(event.message) == whit::Status::kWouldBlock) event.socket.hold();
    }
  }
}
