// SPDX-License-Identifier: MIT
// Whit as an echo server with the numbers of a host: echo_whit PORT. What boards/apps/echo_server.cpp is, for ten
// thousand connections; a message that fits no buffer is streamed.
#include <stdio.h>
#include <stdlib.h>

#include "posix/posix_network.h"
#include "whit/server.h"

namespace {

constexpr uint16_t kConnections = 10100;
constexpr uint16_t kHandshakes = 256;
constexpr uint16_t kBuffers = 1024;  // those in use at once: what a turn reads, and what blocked peers leave
// Not a power of two: the same place in each buffer would be the same set of the processor's cache.
constexpr uint32_t kBufferBytes = 256 * 1024 + 33 * 64;

whit::Loop<kConnections, kBuffers, kBufferBytes, kHandshakes> loop;
whit::PosixNetwork<decltype(loop)::kSlots> network;
whit::Server server{loop};
whit::ServerOptions options;

// What the loop and the network grow by with each connection. All of it is there from the start.
constexpr size_t kMany = 1001;
constexpr size_t kStateBytes = (sizeof(whit::Loop<kMany, 2, 256, 1>) + sizeof(whit::PosixNetwork<kMany>) -
                                sizeof(whit::Loop<1, 2, 256, 1>) - sizeof(whit::PosixNetwork<1>)) /
                               (kMany - 1);

}  // namespace

int main(int count, char** arguments) {
  if (count < 2) return fprintf(stderr, "usage: echo_whit PORT\n"), 1;
  options.port = static_cast<uint16_t>(atoi(arguments[1]));
  options.address = "127.0.0.1";
  if (loop.start(network) != whit::Status::kOk || server.listen(options) != whit::Status::kOk) {
    return fprintf(stderr, "echo_whit: cannot listen at port %s\n", arguments[1]), 1;
  }
  printf("state %zu\n", kStateBytes);
  fflush(stdout);
  for (;;) {
    const uint32_t now_ms = network.wait(loop.wait_ms());
    while (const whit::Event event = loop.poll(now_ms)) {
      if (event.type != whit::Event::kMessage) continue;
      if (event.socket.send(event.message) == whit::Status::kWouldBlock) event.socket.hold();
    }
  }
}
