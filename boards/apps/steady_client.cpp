// SPDX-License-Identifier: MIT
// Steady client: a device that reports numbered readings to a server that comes and goes. Reconnect keeps the
// connection up; a reading whose echo did not come before its connection ended is sent again over the next one. One
// line for each connection and for each end with the wait after it.
#include "board.h"
#include "support/give_up.h"
#include "support/secure.h"
#include "whit/check_url.h"
#include "whit/client.h"
#include "whit/describe.h"
#include "whit/reconnect.h"

namespace {

namespace config = whit::config;
using whit::Event;
using whit::Reconnect;

constexpr board::Argument kArguments[] = {
    {"url", "ws://host[:port][/path], or wss://", config::kEchoClientUrl, board::Argument::kText, true},
    {"count", "readings to report", "10", board::Argument::kNumber, false, 1},
    {"wait", "milliseconds of the first wait, and of its random part", "1000", board::Argument::kNumber, false, 1,
     3600000},
    {"doublings", "times that the wait doubles", "5", board::Argument::kNumber, false, 0, 16},
};

[[noreturn]] void give_up(std::initializer_list<const char*> parts) { app::give_up("steady_client", parts); }

// A reading is "reading N". Its echo may come in pieces.
struct Reading {
  static constexpr char kBefore[] = "reading ";
  static constexpr size_t kBeforeSize = sizeof kBefore - 1;

  char text[kBeforeSize + 11] = {};
  size_t size = 0;
  size_t echoed = 0;

  void make(uint32_t number) {
    char digits[11];
    size = echoed = 0;
    for (const char* c = kBefore; *c != '\0'; ++c) text[size++] = *c;
    for (const char* c = board::decimal(number, digits); *c != '\0'; ++c) text[size++] = *c;
  }

  bool take(whit::Bytes piece) {
    if (piece.size > size - echoed) return false;
    for (size_t i = 0; i < piece.size; ++i) {
      if (piece.data[i] != static_cast<uint8_t>(text[echoed + i])) return false;
    }
    echoed += piece.size;
    return true;
  }
};

whit::Loop<config::kConnections, config::kBuffers, config::kBufferBytes, config::kHandshakes> loop;
whit::Client client{loop};
whit::ClientOptions options;
char url[512];
Reconnect* keeper;  // main() has it: it needs the network, which has to be started after the arguments were read

struct {
  Reading reading;
  uint32_t count = 0;
  uint32_t done = 0;
  bool owed = false;  // the reading is to be sent on this connection
} run;

void print_progress(const char* before) {
  board::print(before);
  board::print_number(run.done);
  board::print(" of ");
  board::print_number(run.count);
  board::print(" readings echoed\n");
}

void send_reading(whit::WebSocket socket) {
  if (!run.owed) return;
  run.owed = socket.send(whit::Text(run.reading.text, run.reading.size)) != whit::Status::kOk;  // kWritable follows
}

void next_reading() {
  run.reading.make(run.done);
  run.owed = true;
}

void on_message(whit::WebSocket socket, const whit::Message& message) {
  if (!run.reading.take(message.data)) give_up({"the echo differs from \"", run.reading.text, "\""});
  if (!message.last) return;
  if (run.reading.echoed != run.reading.size) give_up({"the echo is too short"});
  ++run.done;
  if (run.done == run.count) return keeper->stop();
  next_reading();
  send_reading(socket);
}

// After Reconnect has seen the event, so that the wait that it has chosen can be told.
void on_close(const whit::Close& close) {
  char line[whit::kDescriptionBytes + 1];
  line[whit::describe(close, line, sizeof line - 1, app::cause_text(close.cause)).size] = '\0';
  board::print("ended: ");
  board::print(line);
  if (keeper->state() == Reconnect::State::kStopped) return board::print("; no more attempts\n");
  board::print("; next attempt in ");
  board::print_number(keeper->wait_ms(Reconnect::kLongestWaitMs));
  board::print(" ms\n");
}

void on_event(const Event& event) {
  if (event.type == Event::kOpen) {
    print_progress("connected: ");
    app::report_open();
    next_reading();
  }
  if (event.type == Event::kOpen || event.type == Event::kWritable) send_reading(event.socket);
  if (event.type == Event::kMessage) on_message(event.socket, event.message);
  if (event.type == Event::kClose) on_close(event.close);
}

void configure(Reconnect& reconnect) {
  if (!board::argument("url", url, sizeof url)) give_up({"the URL is too long: 511 bytes at most"});
  options.url = url;
  options.on_response_field = [](whit::WebSocket socket, whit::Text name, whit::Text value) {
    keeper->on_response_field(socket, name, value);
  };
  run.count = board::argument_number("count");
  const uint32_t wait_ms = board::argument_number("wait");
  reconnect.times.min_wait_ms = reconnect.times.random_range_ms = wait_ms;
  reconnect.times.max_doublings = board::argument_number("doublings");
  if (whit::Client::is_secure(options.url)) app::secure_client();
}

void start(Reconnect& reconnect) {
  const whit::Status status = reconnect.start(board::now_ms());
  if (status == whit::Status::kOk) return;
  const whit::UrlProblem problem = whit::check_url(options.url);
  if (problem.part == whit::UrlPart::kNone) give_up({"no attempt can begin: ", whit::to_text(status).data});
  give_up({url, ": not a WebSocket URL: ", problem.why.data, ", at \"", url + problem.position, "\""});
}

}  // namespace

int main() {
  app::declare_arguments("WebSocket client that outlives its server.", kArguments, app::Role::kClient);
  whit::Network& network = app::client_network("steady_client");
  if (loop.start(network) != whit::Status::kOk)
    give_up({"the network has fewer transports than WHIT_CONNECTIONS and WHIT_HANDSHAKES ask for"});
  static Reconnect reconnect{client, network, options};
  keeper = &reconnect;
  configure(reconnect);
  start(reconnect);
  while (reconnect.state() != Reconnect::State::kStopped || !client.is_over()) {
    const uint32_t now_ms = board::wait(reconnect.wait_ms(loop.wait_ms()));
    reconnect.poll(now_ms);
    while (const Event event = loop.poll(now_ms)) {
      reconnect.on_event(event);
      on_event(event);
    }
  }
  const bool all = run.done == run.count;
  print_progress(all ? "ok: " : "failed: ");
  board::exit(all ? 0 : 1);
}
