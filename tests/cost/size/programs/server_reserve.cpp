// SPDX-License-Identifier: MIT
// what: the server that writes into reserved room instead of handing over its bytes
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
      const whit::MutableBytes room = event.socket.reserve(1);
      if (room.data == nullptr) continue;
      room.data[0] = event.message.data.data[0];
      (void)event.socket.commit(event.message.type);
    }
  }
}
