// SPDX-License-Identifier: MIT
// Echo server: sends every message back as it came, text as text, binary as binary, of any size. A message that fits a
// buffer goes back as one frame, a longer one in pieces while it still arrives. Speaks the subprotocol "echo".
#include "board.h"
#include "support/give_up.h"
#include "support/secure.h"
#include "whit/server.h"

namespace {

namespace config = whit::config;

whit::Loop<config::kConnections, config::kBuffers, config::kBufferBytes, config::kHandshakes> loop;
whit::Server server{loop};
whit::ServerOptions options;

constexpr whit::Text kProtocols[] = {"echo"};

constexpr board::Argument kArguments[] = {
    {"port", "TCP port; 0: any that is free", "8080", board::Argument::kNumber, false, 0, 65535},
    {"address", "address to listen at; default: every one of the machine", ""},
};

[[noreturn]] void give_up(std::initializer_list<const char*> parts) { app::give_up("echo_server", parts); }

void listen() {
  static char address[56];  // the longest has 45 bytes, or 26 and the name of an interface
  char port[8];
  if (!board::argument("address", address, sizeof address)) give_up({"--address is too long for an IP address"});
  if (!board::argument("port", port, sizeof port)) give_up({"--port is too long"});
  options.address = address;
  options.port = static_cast<uint16_t>(board::argument_number("port"));
  options.protocols = kProtocols;
  options.protocol_count = 1;
  options.secure = app::secure_server();
  switch (server.listen(options)) {
    case whit::Status::kOk:
      break;
    case whit::Status::kInUse:
      give_up({"port ", port, " is in use: end the program that has it, or choose another with --port"});
    case whit::Status::kInvalidArgument:
      give_up({"--address ", address, ": not an IP address of this machine"});
    default:
      give_up(
          {"port ", port, " is refused by the network: below 1024 it may need privileges; choose another with --port"});
  }
  board::print("listening on ");
  board::print(address[0] != '\0' ? address : "0.0.0.0");
  board::print(":");
  board::print_number(server.port());
  board::print(options.secure ? " (wss)\n" : "\n");
}

}  // namespace

int main() {
  app::declare_arguments("WebSocket server that sends every message back.", kArguments, app::Role::kServer);
  if (loop.start(app::server_network("echo_server")) != whit::Status::kOk)
    give_up({"the network has fewer transports than WHIT_CONNECTIONS and WHIT_HANDSHAKES ask for"});
  listen();
  for (;;) {
    const uint32_t now_ms = board::wait(loop.wait_ms());
    while (const whit::Event event = loop.poll(now_ms)) {
      if (event.type != whit::Event::kMessage) continue;
      if (event.socket.send(event.message) == whit::Status::kWouldBlock) event.socket.hold();
    }
    if (options.secure) app::report_refusals();
  }
}
