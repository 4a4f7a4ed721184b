// SPDX-License-Identifier: MIT
// Echo server. On native_sim: ws://192.0.2.1:8080/, through the interface that Zephyr's net-setup.sh makes.
#include <zephyr/sys/printk.h>

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

int main() {
  options.port = 8080;
  if (loop.start(network) != whit::Status::kOk || server.listen(options) != whit::Status::kOk) {
    printk("port %u is refused: error %d\n", options.port, static_cast<int>(network.error()));
    return 1;
  }
  printk("listening on port %u\n", server.port());
  for (;;) {
    const uint32_t now_ms = network.wait(loop.wait_ms());
    while (const whit::Event event = loop.poll(now_ms)) {
      if (event.type != whit::Event::kMessage) continue;
      if (event.socket.send(event.message) == whit::Status::kWouldBlock) event.socket.hold();
    }
  }
}
