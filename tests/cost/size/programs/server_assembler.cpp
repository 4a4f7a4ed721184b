// SPDX-License-Identifier: MIT
// what: the server that joins long messages of up to 1,000 bytes
#include "network.h"
#include "whit/assembler.h"
#include "whit/server.h"

static whit::Loop<2, 2, 256> loop;
static whit::Server server{loop};
static whit::ServerOptions options;
static uint8_t memory[1000];
static whit::Assembler assembler{{memory, sizeof memory}};

int main() {
  if (loop.start(network) != whit::Status::kOk || server.listen(options) != whit::Status::kOk) return 1;
  for (;;) {
    const uint32_t now_ms = wait(loop.wait_ms());
    while (const whit::Event event = loop.poll(now_ms)) {
      if (event.type != whit::Event::kMessage) continue;
      whit::Message message;
      if (assembler.add(event.message, &message) == whit::Status::kOk) (void)event.socket.send(message);
    }
  }
}
