// SPDX-License-Identifier: MIT
// Socket.IO server: a device whose clients (npm socket.io-client, with the transport "websocket") get readings after
// they have subscribed, switch its LED, and get back what they send to "echo", attachments included. The namespace
// "/admin" asks for a token, and counts the clients.
//
//   const socket = io('ws://192.0.2.7:8080', {transports: ['websocket']});
//   socket.on('reading', (number) => ...);
//   socket.emit('subscribe', () => ...);
//   socket.emit('led', true, (state) => ...);
#include "whit/socket_io_server.h"
#include "board.h"
#include "support/give_up.h"
#include "support/secure.h"
#include "whit/http_service.h"
#include "whit/json_text.h"
#include "whit/per_connection.h"
#include "whit/server.h"

namespace {

namespace config = whit::config;
using whit::SocketIoEvent;
using whit::Status;
using whit::Text;

constexpr board::Argument kArguments[] = {
    {"port", "TCP port; 0: any that is free", "8080", board::Argument::kNumber, false, 0, 65535},
    {"address", "address to listen at; default: every one of the machine", ""},
    {"token", "token for the namespace /admin", "secret"},
    {"interval", "milliseconds between readings", "1000", board::Argument::kNumber, false, 1, 3600000},
    {"ping", "milliseconds between pings", "25000", board::Argument::kNumber, false, 1, 3600000},
    {"patience", "milliseconds that a client may take to answer a ping", "20000", board::Argument::kNumber, false, 1,
     3600000},
};

enum Space : uint8_t { kRoot, kAdmin };
constexpr Text kSpaces[] = {"/", "/admin"};

[[noreturn]] void give_up(std::initializer_list<const char*> parts) { app::give_up("socket_io_server", parts); }

struct Viewer {
  bool subscribed = false;
  bool echoes = false;  // attachments go back as they come
};

whit::Loop<config::kConnections, config::kBuffers, config::kBufferBytes, config::kHandshakes> loop;
whit::Server server{loop};
whit::ServerOptions options;
constexpr whit::HttpOptions kHttp;
whit::SocketIoServerOptions io_options;
whit::SocketIoAckMemory<4> acks;
using Io = whit::SocketIoServer<decltype(loop)::kSlots>;
Io* io;  // main() has it: it needs the network
whit::PerConnection<Viewer, decltype(loop)::kSlots> viewers;
char token[64];
uint32_t interval_ms;
uint32_t reading;
uint32_t next_reading_ms;
uint32_t joined;

void on_connect(const SocketIoEvent& packet) {
  const bool welcome =
      packet.space == kRoot || whit::json_plain_string(whit::json_member(packet.payload, "token")) == token;
  const Status status = welcome ? io->admit(packet) : io->refuse(packet, "Not authorized");
  if (status == Status::kWouldBlock) return io->hold(packet);
  if (viewers.find(packet.socket) == nullptr && viewers.start(packet.socket) != nullptr) ++joined;
}

// What is not answered at once for lack of room comes again.
void answer(const SocketIoEvent& packet, Text arguments, uint8_t attachments = 0) {
  if (!packet.has_id) return;
  if (io->acknowledge(packet, arguments, attachments) == Status::kWouldBlock) io->hold(packet);
}

// The same values, as the acknowledgement or as an event of that name; attachments follow as they come.
void echo(const SocketIoEvent& packet, Viewer* viewer) {
  whit::SocketIoEmit how;
  how.space = packet.space;
  how.attachments = packet.attachments;
  const Status status = packet.has_id ? io->acknowledge(packet, packet.arguments, packet.attachments)
                                      : io->emit(packet.socket, "echo", packet.arguments, how);
  viewer->echoes = status == Status::kOk && packet.attachments != 0;
  if (status == Status::kWouldBlock) io->hold(packet);
}

// The client is asked, and its answer goes back to it as the event "answered".
void ask(const SocketIoEvent& packet) {
  whit::SocketIoEmit how;
  uint32_t id = 0;
  how.space = packet.space;
  how.ack_id = &id;
  how.ack_timeout_ms = 2000;
  if (io->emit(packet.socket, "question", packet.arguments, how) == Status::kWouldBlock) io->hold(packet);
}

void on_client_event(const SocketIoEvent& packet, Viewer* viewer) {
  char digits[11];
  if (packet.name == "echo") return echo(packet, viewer);
  if (packet.name == "ask") return ask(packet);
  if (packet.name == "count") return answer(packet, board::decimal(joined, digits));
  if (packet.name == "led") board::set_led(packet.arguments == "true");
  if (packet.name == "subscribe") viewer->subscribed = true;
  answer(packet, board::led() ? "true" : "false");
}

void on_packet(const SocketIoEvent& packet) {
  Viewer* const viewer = viewers.find(packet.socket);
  switch (packet.type) {
    case SocketIoEvent::kRequest:
      (void)packet.socket.reject(404);
      return;
    case SocketIoEvent::kConnect:
      return on_connect(packet);
    case SocketIoEvent::kEvent:
      if (viewer != nullptr) on_client_event(packet, viewer);
      return;
    case SocketIoEvent::kAttachment:
      if (viewer != nullptr && viewer->echoes && io->attach(packet.socket, packet.attachment) == Status::kWouldBlock) {
        io->hold(packet);
      }
      return;
    case SocketIoEvent::kAck:
      (void)io->emit(packet.socket, "answered", packet.arguments, {packet.space});
      return;
    case SocketIoEvent::kAckTimeout:
      (void)io->emit(packet.socket, "unanswered", {}, {packet.space});
      return;
    case SocketIoEvent::kClose:
      if (viewer != nullptr) --joined;
      return;
    default:
      return;
  }
}

void send_readings(uint32_t now_ms) {
  if (static_cast<int32_t>(now_ms - next_reading_ms) < 0) return;
  next_reading_ms = now_ms + interval_ms;
  char digits[11];
  const Text number = board::decimal(++reading, digits);
  for (const whit::WebSocket socket : server.open()) {
    const Viewer* const viewer = viewers.find(socket);
    if (viewer != nullptr && viewer->subscribed) (void)io->emit(socket, "reading", number);  // the next one has more
  }
}

uint32_t wait_ms(uint32_t now_ms) {
  const uint32_t longest_ms = io->wait_ms(loop.wait_ms());
  const int32_t left_ms = static_cast<int32_t>(next_reading_ms - now_ms);
  if (left_ms <= 0) return 0;
  return static_cast<uint32_t>(left_ms) < longest_ms ? static_cast<uint32_t>(left_ms) : longest_ms;
}

void listen() {
  static char address[56];
  char port[8];
  if (!board::argument("address", address, sizeof address)) give_up({"--address is too long for an IP address"});
  if (!board::argument("port", port, sizeof port)) give_up({"--port is too long"});
  if (!board::argument("token", token, sizeof token)) give_up({"--token is too long: 63 bytes at most"});
  interval_ms = board::argument_number("interval");
  io_options.ping_interval_ms = board::argument_number("ping");
  io_options.ping_timeout_ms = board::argument_number("patience");
  io_options.spaces = kSpaces;
  io_options.space_count = 2;
  options.address = address;
  options.port = static_cast<uint16_t>(board::argument_number("port"));
  options.on_request = &whit::keep_request_fields;
  options.http = &kHttp;
  options.secure = app::secure_server();
  switch (server.listen(options)) {
    case Status::kOk:
      break;
    case Status::kInUse:
      give_up({"port ", port, " is in use: end the program that has it, or choose another with --port"});
    case Status::kInvalidArgument:
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
  app::declare_arguments("Socket.IO server: readings, a switch, and an echo.", kArguments, app::Role::kServer);
  whit::Network& network = app::server_network("socket_io_server");
  if (loop.start(network) != Status::kOk)
    give_up({"the network has fewer transports than WHIT_CONNECTIONS and WHIT_HANDSHAKES ask for"});
  static Io sockets{server, network, acks, io_options};
  io = &sockets;
  listen();
  uint32_t now_ms = board::now_ms();
  next_reading_ms = now_ms;
  for (;;) {
    now_ms = board::wait(wait_ms(now_ms));
    while (const SocketIoEvent late = io->poll(now_ms)) on_packet(late);
    send_readings(now_ms);
    while (const whit::Event event = loop.poll(now_ms)) on_packet(io->on_event(event));
    if (options.secure) app::report_refusals();
  }
}
