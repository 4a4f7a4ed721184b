// SPDX-License-Identifier: MIT
// A chat: text goes to all who are there, binary back to its sender. One that does not keep up misses the oldest texts.
#include "board.h"
#include "support/give_up.h"
#include "whit/broadcast.h"
#include "whit/server.h"

namespace {

namespace config = whit::config;

whit::Loop<config::kConnections, config::kBuffers, config::kBufferBytes, config::kHandshakes> loop;
whit::Server server{loop};
whit::BroadcastMemory<loop.kSlots, 4, 128> memory;
whit::Broadcast all{loop, memory};
whit::ServerOptions options;

constexpr board::Argument kArguments[] = {
    {"port", "TCP port", "8080", board::Argument::kNumber, false, 0, 65535},
};

}  // namespace

int main() {
  board::declare_arguments("WebSocket server that sends each text to all clients.", kArguments);
  options.port = static_cast<uint16_t>(board::argument_number("port"));
  if (loop.start(board::server_network()) != whit::Status::kOk || server.listen(options) != whit::Status::kOk)
    app::give_up("chat_server", {"the port is in use, or the network has fewer transports than the loop"});
  board::print("listening on 0.0.0.0:");
  board::print_number(server.port());
  board::print("\n");
  for (;;) {
    const uint32_t now_ms = board::wait(loop.wait_ms());
    bool full = false;
    while (const whit::Event event = loop.poll(now_ms)) {
      if (event.type == whit::Event::kOpen) (void)all.subscribe(event.socket);
      if (event.type != whit::Event::kMessage) continue;
      const bool text = event.message.type == whit::MessageType::kText && event.message.whole();
      const whit::Status status = text ? all.publish(event.message.text()) : event.socket.send(event.message);
      if (status != whit::Status::kWouldBlock) continue;
      event.socket.hold();  // it comes again: an echo after kWritable, a text in the next turn
      full = full || text;
    }
    if (!full) continue;
    for (const whit::WebSocket socket : server.open()) socket.resume();
  }
}
