// SPDX-License-Identifier: MIT
// Socket.IO client: a device that reports numbered readings, each of which the server has to acknowledge, then an image
// as a binary attachment, and has its LED switched by the event "led". Reconnect keeps the connection up; a reading
// whose acknowledgement did not come is sent again. One line for each thing that happens.
#include "whit/socket_io_client.h"
#include "board.h"
#include "support/give_up.h"
#include "support/secure.h"
#include "whit/check_url.h"
#include "whit/client.h"
#include "whit/describe.h"
#include "whit/json_text.h"
#include "whit/reconnect.h"

namespace {

namespace config = whit::config;
using whit::SocketIoEvent;
using whit::Status;
using whit::Text;

constexpr board::Argument kArguments[] = {
    {"url", "ws://host[:port] of a Socket.IO server, or wss://", nullptr, board::Argument::kText, true},
    {"auth", "authentication for it, a JSON object", ""},
    {"count", "readings to report", "3", board::Argument::kNumber, false, 1},
    {"image", "bytes of the image", "3000", board::Argument::kNumber},
    {"wait", "milliseconds of the first wait before a new attempt", "1000", board::Argument::kNumber, false, 1,
     3600000},
};

constexpr uint32_t kAckTimeoutMs = 10000;

[[noreturn]] void give_up(std::initializer_list<const char*> parts) { app::give_up("socket_io_client", parts); }

whit::Loop<config::kConnections, config::kBuffers, config::kBufferBytes, config::kHandshakes> loop;
whit::Client client{loop};
whit::ClientOptions options;
whit::SocketIoAckMemory<2> acks;
uint8_t long_packet[1024];
whit::SocketIoClient io{client, acks, {long_packet, sizeof long_packet}};
whit::Reconnect* keeper;  // main() has it: it needs the network, which has to be started after the arguments were read

struct {
  char auth[200] = {};
  uint32_t count = 0;
  uint32_t done = 0;
  uint32_t image_bytes = 0;
  uint32_t image_sent = 0;
  uint32_t received = 0;  // bytes of attachments of the packet in work
  uint32_t ack_id = 0;
  uint8_t attachments = 0;  // of the packet in work, to come
  bool owed = false;        // a reading, or the image, is to be sent
  bool sends_image = false;
  bool ok = false;
} run;

void print(Text text) {
  char line[128];
  const size_t size = text.size < sizeof line - 1 ? text.size : sizeof line - 1;
  for (size_t i = 0; i < size; ++i) line[i] = text[i];
  line[size] = '\0';
  board::print(line);
}

uint8_t image_byte(uint32_t at) { return static_cast<uint8_t>(at * 7 + at / 256); }

// The next pieces of the image, as many as there is room for.
void send_image_pieces() {
  uint8_t bytes[256];
  while (run.sends_image) {
    const uint32_t left = run.image_bytes - run.image_sent;
    whit::Message piece;
    piece.data = {bytes, left < sizeof bytes ? left : sizeof bytes};
    piece.first = run.image_sent == 0;
    piece.last = piece.data.size == left;
    for (size_t i = 0; i < piece.data.size; ++i) bytes[i] = image_byte(run.image_sent + static_cast<uint32_t>(i));
    if (io.attach(piece) != Status::kOk) return;  // kWritable follows
    run.image_sent += static_cast<uint32_t>(piece.data.size);
    run.sends_image = !piece.last;
  }
}

void send_owed() {
  if (!run.owed || !io.has_joined()) return;
  whit::SocketIoEmit how;
  how.ack_id = &run.ack_id;
  how.ack_timeout_ms = kAckTimeoutMs;
  if (run.done < run.count) {
    char digits[11];
    run.owed = io.emit("reading", board::decimal(run.done, digits), how) != Status::kOk;
    return;
  }
  how.attachments = 1;
  run.owed = io.emit("image", "{\"_placeholder\":true,\"num\":0}", how) != Status::kOk;
  if (run.owed) return;
  run.image_sent = 0;
  run.sends_image = true;
  send_image_pieces();
}

void on_ack(const SocketIoEvent& packet) {
  if (packet.id != run.ack_id) return;
  board::print(run.done < run.count ? "reading acknowledged: " : "image acknowledged: ");
  print(packet.arguments);
  board::print("\n");
  ++run.done;
  run.owed = run.done <= run.count;
  run.ok = !run.owed;
  send_owed();
  if (run.ok && run.attachments == 0) keeper->stop();
}

void on_packet_event(const SocketIoEvent& packet) {
  board::print("event ");
  print(packet.name);
  board::print(" ");
  print(packet.arguments);
  board::print("\n");
  if (packet.name == "led") board::set_led(packet.arguments == "true");
  // Without room the event is taken again when there is.
  if (packet.has_id && io.acknowledge(packet, board::led() ? "true" : "false") == Status::kWouldBlock) io.hold();
}

void on_attachment(const whit::Message& piece) {
  if (piece.offset == 0) run.received = 0;
  for (size_t i = 0; i < piece.data.size; ++i) {
    if (piece.data.data[i] != image_byte(run.received++)) give_up({"an attachment has other bytes than the image"});
  }
  if (!piece.last) return;
  board::print("attachment of ");
  board::print_number(run.received);
  board::print(" bytes\n");
  if (--run.attachments == 0 && run.ok) keeper->stop();
}

void on_packet(const SocketIoEvent& packet) {
  if (packet.type == SocketIoEvent::kEvent || packet.type == SocketIoEvent::kAck) run.attachments = packet.attachments;
  switch (packet.type) {
    case SocketIoEvent::kOpen:
      app::report_open();
      if (io.join(run.auth) == Status::kInvalidArgument) give_up({"--auth is not UTF-8"});
      return;
    case SocketIoEvent::kConnect:
      board::print("joined\n");
      run.owed = true;
      run.sends_image = false;
      return send_owed();
    case SocketIoEvent::kConnectError:
      board::print("refused: ");
      print(packet.payload);
      board::print("\n");
      return keeper->stop();
    case SocketIoEvent::kEvent:
      return on_packet_event(packet);
    case SocketIoEvent::kAck:
      return on_ack(packet);
    case SocketIoEvent::kAttachment:
      return on_attachment(packet.attachment);
    case SocketIoEvent::kDisconnect:
      board::print("the server has ended the namespace\n");
      return keeper->disconnect();
    case SocketIoEvent::kWritable:
      send_image_pieces();
      return send_owed();
    default:
      return;
  }
}

// After Reconnect has seen the event, so that the wait that it has chosen can be told.
void on_close(const whit::Close& close) {
  char line[whit::kDescriptionBytes + 1];
  line[whit::describe(close, line, sizeof line - 1, app::cause_text(close.cause)).size] = '\0';
  board::print("ended: ");
  board::print(line);
  board::print("\n");
}

void configure(whit::Reconnect& reconnect) {
  static char base[400];
  static uint8_t url[512];
  if (!board::argument("url", base, sizeof base)) give_up({"the URL is too long: 399 bytes at most"});
  if (!board::argument("auth", run.auth, sizeof run.auth)) give_up({"--auth is too long: 199 bytes at most"});
  Text rest = run.auth;
  const Text auth = whit::take_json_value(&rest);
  if (run.auth[0] != '\0' && (auth.empty() || auth[0] != '{' || !rest.empty())) {
    give_up({"--auth ", run.auth, ": not a JSON object, such as {\"token\":\"abc\"}"});
  }
  options.url = whit::engine_io_url(base, {url, sizeof url});
  run.count = board::argument_number("count");
  run.image_bytes = board::argument_number("image");
  reconnect.times.min_wait_ms = reconnect.times.random_range_ms = board::argument_number("wait");
  const whit::UrlProblem problem = whit::check_url(options.url);
  if (problem.part != whit::UrlPart::kNone) give_up({base, ": not a WebSocket URL: ", problem.why.data});
  if (whit::Client::is_secure(options.url)) app::secure_client();
}

}  // namespace

int main() {
  app::declare_arguments("Socket.IO client that reports readings and an image.", kArguments, app::Role::kClient);
  whit::Network& network = app::client_network("socket_io_client");
  if (loop.start(network) != Status::kOk)
    give_up({"the network has fewer transports than WHIT_CONNECTIONS and WHIT_HANDSHAKES ask for"});
  static whit::Reconnect reconnect{client, network, options};
  keeper = &reconnect;
  configure(reconnect);
  if (reconnect.start(board::now_ms()) != Status::kOk) give_up({"no attempt can begin"});
  while (reconnect.state() != whit::Reconnect::State::kStopped || !client.is_over()) {
    const uint32_t now_ms = board::wait(reconnect.wait_ms(io.wait_ms(loop.wait_ms())));
    reconnect.poll(now_ms);
    while (const SocketIoEvent late = io.poll(now_ms)) {
      board::print("no acknowledgement in time\n");
      run.owed = true;
      send_owed();
    }
    while (const whit::Event event = loop.poll(now_ms)) {
      reconnect.on_event(event);
      on_packet(io.on_event(event));
      if (event.type == whit::Event::kClose) on_close(event.close);
    }
  }
  board::print(run.ok ? "ok\n" : "failed\n");
  board::exit(run.ok ? 0 : 1);
}
