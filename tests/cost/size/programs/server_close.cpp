// SPDX-License-Identifier: MIT
// what: the server whose application pings and closes
#include "network.h"
#include "whit/server.h"

static whit::Loop<2, 2, 256> loop;
static whit::Server server{loop};
static whit::ServerOptions options;

int main() {
  options.long_messages = whit::LongMessages::kRefuse;
  if (loop.start(network) != whit::Status::kOk || server.listen(options) != whit::Status::kOk) return 1;
  for (;;) {
    const uint32_t now_ms = wait(loop.wait_ms());
    while (const whit::Event event = loop.poll(now_ms)) {
      if (event.type != whit::Event::kMessage) continue;
      if (event.message.data.empty()) (void)event.socket.ping();
      (void)event.socket.close(1000, "bye");
    }
  }
}
