// SPDX-License-Identifier: MIT
// Echo client: connects, sends messages one after the other, checks that each comes back byte for byte, closes,
// reports. Messages are made as they leave and checked as they come, so their size is not bounded by memory.
#include "board.h"
#include "support/give_up.h"
#include "support/secure.h"
#include "whit/check_url.h"
#include "whit/client.h"
#include "whit/describe.h"

namespace {

namespace config = whit::config;
using whit::Event;
using whit::MessageType;
using whit::Text;

whit::Loop<config::kConnections, config::kBuffers, config::kBufferBytes, config::kHandshakes> loop;
whit::Client client{loop};
whit::ClientOptions options;
whit::Text protocol;
char url[512];
char protocol_text[64];

constexpr board::Argument kArguments[] = {
    {"url", "ws://host[:port][/path], or wss://", config::kEchoClientUrl, board::Argument::kText, true},
    {"count", "messages to send", "10", board::Argument::kNumber, false, 1},
    {"size", "bytes of each", "64", board::Argument::kNumber},
    {"text", "send text, with characters of two to four bytes", nullptr, board::Argument::kFlag},
    {"binary", "send binary messages (the default)", nullptr, board::Argument::kFlag},
    {"type", "the same in a word: text or binary", "binary"},
    {"protocol", "subprotocol to ask for", ""},
    {"connections", "connections to make, one after the other", "1", board::Argument::kNumber, false, 1},
    {"timeout", "seconds without progress after which to give up", "60", board::Argument::kNumber, false, 1, 86400},
};

// The messages that are sent and expected. Each one differs: its number shifts the pattern.
struct Pattern {
  static constexpr uint8_t kUnit[] =
      "Gr\xC3\xBC\xC3\x9F"
      "e \xE4\xB8\x96\xE7\x95\x8C \xF0\x9F\x99\x82 ";
  static constexpr uint32_t kUnitSize = sizeof kUnit - 1;

  MessageType type = MessageType::kBinary;
  uint32_t size = 0;
  uint32_t number = 0;

  uint8_t at(uint32_t offset) const {
    if (type == MessageType::kBinary) return static_cast<uint8_t>(offset * 31 + (offset >> 8) + number);
    if (offset < size - size % kUnitSize) return kUnit[offset % kUnitSize];
    return static_cast<uint8_t>('a' + number % 26);  // what is left is too short for a whole unit
  }
};

struct {
  Pattern pattern;
  uint32_t count = 0;
  uint32_t connections = 1;  // still to be made
  uint32_t sent = 0;         // bytes of the current message
  uint32_t received = 0;     // of its echo
  uint32_t done = 0;         // messages
  bool wrong = false;
  bool over = false;
} run;

[[noreturn]] void give_up(std::initializer_list<const char*> parts) { app::give_up("echo_client", parts); }

void send_more(whit::WebSocket socket) {
  while (run.done < run.count && (run.sent < run.pattern.size || run.sent == 0)) {
    const uint32_t left = run.pattern.size - run.sent;
    const uint32_t size = left < socket.max_send() ? left : static_cast<uint32_t>(socket.max_send());
    const whit::MutableBytes piece = socket.reserve(size);
    if (piece.data == nullptr) return;  // kWritable follows
    for (uint32_t i = 0; i < size; ++i) piece.data[i] = run.pattern.at(run.sent + i);
    if (socket.commit(run.pattern.type, run.sent == 0, size == left) != whit::Status::kOk) return;
    run.sent += size;
    if (size == left) return;
  }
}

void fail(whit::WebSocket socket, const char* why) {
  board::print_error("echo_client: ");
  board::print_error(why);
  board::print_error("\n");
  run.wrong = true;
  (void)socket.close(whit::close_code::kPolicyViolation);
}

void on_message(whit::WebSocket socket, const whit::Message& message) {
  if (message.type != run.pattern.type) return fail(socket, "the echo is of the other type");
  if (message.offset != run.received) return fail(socket, "a piece of the echo is missing");
  for (size_t i = 0; i < message.data.size; ++i) {
    if (run.received + i >= run.pattern.size ||
        message.data.data[i] != run.pattern.at(run.received + static_cast<uint32_t>(i))) {
      return fail(socket, "the echo differs");
    }
  }
  run.received += static_cast<uint32_t>(message.data.size);
  if (!message.last) return;
  if (run.received != run.pattern.size) return fail(socket, "the echo is too short");
  run.sent = run.received = 0;
  ++run.done;
  ++run.pattern.number;
  if (run.done == run.count) {
    (void)socket.close(whit::close_code::kNormalClosure);
  } else {
    send_more(socket);
  }
}

void report(const whit::Close& close) {
  const bool good = !run.wrong && run.done == run.count && close.was_clean;
  run.wrong = !good;
  run.over = true;
  board::print(good ? "ok: " : "failed: ");
  board::print_number(run.done);
  board::print(" of ");
  board::print_number(run.count);
  board::print(run.pattern.type == MessageType::kText ? " text messages of " : " binary messages of ");
  board::print_number(run.pattern.size);
  board::print(" bytes echoed; ");
  char line[whit::kDescriptionBytes + 1];
  const char* const tls_text = app::cause_text(close.cause);
  line[whit::describe(close, line, sizeof line - 1, tls_text).size] = '\0';
  board::print(line);
  if (close.memory_peak != 0) {
    board::print(", TLS took ");
    board::print_number(close.memory_peak);
    board::print(" bytes");
  }
  board::print("\n");
}

[[noreturn]] void not_valid() {
  const whit::UrlProblem problem = whit::check_url(options.url);
  if (problem.part == whit::UrlPart::kNone) give_up({"--protocol is not a token: ", protocol_text});
  give_up({url, ": not a WebSocket URL: ", problem.why.data, ", at \"", url + problem.position, "\""});
}

void dial() {
  if (!client.is_over()) return;  // the connection before waits for the server's end of TCP; the next turn tries again
  switch (client.connect(options)) {
    case whit::Status::kOk:
      run.sent = run.received = run.done = run.pattern.number = 0;
      run.over = false;
      --run.connections;
      return;
    case whit::Status::kInvalidArgument:
      not_valid();
    default:
      give_up({"no connection is free (WHIT_CONNECTIONS)"});
  }
}

void configure() {
  char type[8] = "";
  if (!board::argument("url", url, sizeof url)) give_up({"the URL is too long: 511 bytes at most"});
  if (!board::argument("protocol", protocol_text, sizeof protocol_text))
    give_up({"--protocol is too long: 63 bytes at most"});
  if (!board::argument("type", type, sizeof type)) give_up({"--type is text or binary"});
  const bool text = board::argument_flag("text") || whit::Text(type) == "text";
  if (text && board::argument_flag("binary")) give_up({"--text and --binary at once: choose one"});
  if (whit::Text(type) != "text" && whit::Text(type) != "binary") give_up({"--type ", type, ": it is text or binary"});
  run.pattern.type = text ? MessageType::kText : MessageType::kBinary;
  run.pattern.size = board::argument_number("size");
  run.count = board::argument_number("count");
  run.connections = board::argument_number("connections");
  protocol = protocol_text;
  options.url = url;
  options.protocols = &protocol;
  options.protocol_count = protocol.empty() ? 0 : 1;
  if (whit::Client::is_secure(url)) app::secure_client();
}

void on_event(const Event& event) {
  if (event.type == Event::kClose) report(event.close);
  if (event.type == Event::kOpen) app::report_open();
  if (event.type == Event::kOpen || event.type == Event::kWritable) send_more(event.socket);
  if (event.type == Event::kMessage) on_message(event.socket, event.message);
}

}  // namespace

int main() {
  app::declare_arguments("WebSocket client that checks a server's echo.", kArguments, app::Role::kClient);
  if (loop.start(app::client_network("echo_client")) != whit::Status::kOk)
    give_up({"the network has fewer transports than WHIT_CONNECTIONS and WHIT_HANDSHAKES ask for"});
  configure();
  dial();
  const uint32_t timeout_ms = board::argument_number("timeout") * 1000;
  uint32_t progress_ms = board::now_ms();
  for (;;) {
    const uint32_t wait_ms = loop.wait_ms();
    const uint32_t now_ms = board::wait(wait_ms < timeout_ms ? wait_ms : timeout_ms);
    while (const Event event = loop.poll(now_ms)) {
      progress_ms = now_ms;
      on_event(event);
    }
    const bool is_last = run.wrong || run.connections == 0;
    if (run.over && !is_last) dial();
    if (run.over && is_last && client.is_over()) board::exit(run.wrong ? 1 : 0);
    if (now_ms - progress_ms >= timeout_ms) give_up({"no progress for the seconds of --timeout: giving up"});
  }
}
