// SPDX-License-Identifier: MIT
// nsh> whit_echo [PORT]: an echo server on NuttX's sockets, in RAM that the linker has reserved.
#include <stdio.h>
#include <stdlib.h>

#include "whit/config.h"
#include "whit/posix/posix_network.h"
#include "whit/server.h"

namespace {

namespace config = whit::config;

whit::PosixNetwork<config::kConnections + config::kHandshakes> network;
whit::Loop<config::kConnections, config::kBuffers, config::kBufferBytes, config::kHandshakes> loop;
whit::Server server{loop};
whit::ServerOptions options;

}  // namespace

extern "C" int main(int argc, char* argv[]) {
  options.port = static_cast<uint16_t>(argc > 1 ? atoi(argv[1]) : 8080);
  if (loop.start(network) != whit::Status::kOk || server.listen(options) != whit::Status::kOk) {
    fprintf(stderr, "whit_echo: port %u is refused: error %ld\n", options.port, static_cast<long>(network.error()));
    return EXIT_FAILURE;
  }
  printf("listening on port %u\n", server.port());
  for (;;) {
    const uint32_t now_ms = network.wait(loop.wait_ms());
    while (const whit::Event event = loop.poll(now_ms)) {
      if (event.type != whit::Event::kMessage) continue;
      if (event.socket.send(event.message) == whit::Status::kWouldBlock) event.socket.hold();
    }
  }
}
