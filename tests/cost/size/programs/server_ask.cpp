// SPDX-License-Identifier: MIT
// what: the server whose application is asked, and accepts by subprotocol and Origin
#include "network.h"
#include "whit/server.h"

static whit::Loop<2, 2, 256> loop;
static whit::Server server{loop};
static whit::ServerOptions options;
static constexpr whit::Text kProtocols[] = {"chat"};

int main() {
  options.ask = whit::ask_application;
  options.protocols = kProtocols;
  options.protocol_count = 1;
  options.long_messages = whit::LongMessages::kRefuse;
  if (loop.start(network) != whit::Status::kOk || server.listen(options) != whit::Status::kOk) return 1;
  for (;;) {
    const uint32_t now_ms = wait(loop.wait_ms());
    while (const whit::Event event = loop.poll(now_ms)) {
      whit::Request request;
      if (event.type == whit::Event::kRequest && event.socket.request(&request)) {
        const bool ours = request.origin == "https://ours.example";
        (void)(ours ? event.socket.accept("chat") : event.socket.reject(403));
      }
      if (event.type != whit::Event::kMessage) continue;
      if (event.socket.send(event.message) == whit::Status::kWouldBlock) event.socket.hold();
    }
  }
}
