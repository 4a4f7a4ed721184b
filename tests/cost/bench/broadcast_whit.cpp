// SPDX-License-Identifier: MIT
// Whit as a server that sends each binary message to all clients: broadcast_whit PORT.
#include <stdio.h>
#include <stdlib.h>

#include "whit/broadcast.h"
#include "whit/posix/posix_network.h"
#include "whit/server.h"

namespace {

constexpr uint16_t kConnections = 10100;
constexpr uint32_t kMessageBytes = 16 * 1024;

whit::Loop<kConnections, 1024, kMessageBytes + 64, 256> loop;
whit::PosixNetwork<loop.kSlots> network;
whit::BroadcastMemory<loop.kSlots, 16, kMessageBytes> memory;
whit::Broadcast all{loop, memory};
whit::Server server{loop};
whit::ServerOptions options;

}  // namespace

int main(int count, char** arguments) {
  if (count != 2) return fprintf(stderr, "usage: broadcast_whit PORT\n"), 1;
  options.port = static_cast<uint16_t>(atoi(arguments[1]));
  options.address = "127.0.0.1";
  if (loop.start(network) != whit::Status::kOk || server.listen(options) != whit::Status::kOk) {
    return fprintf(stderr, "broadcast_whit: cannot listen at port %s\n", arguments[1]), 1;
  }
  for (;;) {
    const uint32_t now_ms = network.wait(loop.wait_ms());
    while (const whit::Event event = loop.poll(now_ms)) {
      if (event.type == whit::Event::kOpen) (void)all.subscribe(event.socket, whit::WhenBehind::kClose);
      if (event.type == whit::Event::kMessage) (void)all.publish(event.message.data, event.message.type);
    }
  }
}
