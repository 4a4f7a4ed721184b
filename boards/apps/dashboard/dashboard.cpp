// SPDX-License-Identifier: MIT
// Dashboard: a page in flash that shows the board as it is now, in any number of browsers at once, over one WebSocket
// each. Telemetry is sent while a page looks, and only then, so a board that nobody looks at sleeps. README.md has the
// messages, and what each of them costs.
#include "board.h"
#include "command.h"
#include "json.h"
#include "support/give_up.h"
#include "support/secure.h"
#include "viewers.h"
#include "whit/request_values.h"
#include "whit/same_host.h"
#include "whit/server.h"
#include "whit_pages.h"

namespace {

namespace config = whit::config;
using dashboard::Command;
using dashboard::Json;
using whit::Event;
using whit::Status;
using whit::Text;
using whit::WebSocket;

constexpr uint32_t kPeriodMs = 500;            // of the telemetry
constexpr uint16_t kTakenOver = 4001;          // close code: the same tab has come again
constexpr uint32_t kKeepaliveMs = 15000;       // a phone that has gone gives its place back after this ...
constexpr uint32_t kKeepaliveAnswerMs = 5000;  // ... and this
constexpr uint32_t kCloseMs = 1000;
constexpr Text kLivePath = "/live";
constexpr Text kStatusPath = "/status";
constexpr Text kNoStore = "Cache-Control: no-store\r\n";
constexpr Text kTryAgain = "Cache-Control: no-store\r\nRetry-After: 2\r\n";

whit::Loop<config::kConnections, config::kBuffers, config::kBufferBytes, config::kHandshakes> loop;
whit::Server server{loop};
whit::ServerOptions options;
constexpr whit::HttpOptions http{pages, page_count};
dashboard::Viewers viewers{loop};

constexpr board::Argument kArguments[] = {
    {"port", "TCP port; 0: any that is free", "8080", board::Argument::kNumber, false, 0, 65535},
    {"address", "address to listen at; default: every one of the machine", ""},
    {"evict", "a full server takes the place of the page that is idle longest; default: it answers 503", nullptr,
     board::Argument::kFlag},
};

struct {
  uint32_t number;      // of this start, by which a page knows that the device was reset
  uint32_t seen_ms;     // the clock when `up_ms` was last brought up to date
  uint32_t up_seconds;  // since the start; the clock itself wraps after 49 days
  uint32_t up_ms;
} boot;

struct {
  uint32_t due_ms;  // of the next telemetry
  char hello[160];
  char state[dashboard::kMaxStateBytes];
  char chat[dashboard::kMaxChatBytes];
} out;

uint32_t tabs[dashboard::kSlots];         // of each connection, from its request on
WebSocket successors[dashboard::kSlots];  // a tab that comes again, until the connection that it had has ended

[[noreturn]] void give_up(std::initializer_list<const char*> parts) { app::give_up("dashboard", parts); }

// Pages that may look at once. With TLS the memory of one connection is left for a browser that fetches the page, as a
// reload does before it leaves its old place: without it the browser would be told nothing but an alert of TLS.
uint32_t places() {
  return options.secure && config::kConnections > 1 ? config::kConnections - 1 : config::kConnections;
}

bool is_full() { return options.on_full == nullptr && loop.connections().in_use >= places(); }

// ---- what is sent ----

Text hello() {
  Json json(out.hello);
  json.raw("{\"device\":{\"board\":\"" DASHBOARD_BOARD "\",\"boot\":").number(boot.number);
  json.raw(",\"buffers\":").number(config::kBuffers).raw(",\"connections\":").number(places());
  json.raw(",\"stack\":").number(board::stack_use().size).raw(",\"tls\":");
  return json.number(options.secure ? app::secure_memory().size : 0).raw("}}").text();
}

Text state(uint32_t now_ms) {
  const whit::Usage buffers = loop.buffers();
  const whit::Usage connections = loop.connections();
  const app::SecureMemory tls = app::secure_memory();
  const dashboard::Traffic& traffic = viewers.traffic();
  Json json(out.state);
  json.raw("{\"now\":{\"clock\":").number(now_ms).raw(",\"up\":").number(boot.up_seconds);
  json.raw(",\"led\":").raw(board::led() ? "true" : "false");
  json.raw(",\"buffers\":").pair(buffers.in_use, buffers.high_water);
  json.raw(",\"connections\":").pair(connections.in_use, connections.high_water);
  json.raw(",\"refused\":").number(connections.refused + loop.handshakes().refused);
  json.raw(",\"messages\":").pair(traffic.messages[0], traffic.messages[1]);
  json.raw(",\"bytes\":").pair(traffic.bytes[0], traffic.bytes[1]);
  json.raw(",\"stack\":").number(board::stack_use().deepest);
  return json.raw(",\"tls\":").pair(tls.used, tls.peak).raw("}}").text();
}

// Whoever changes something, or comes, makes the next telemetry due.
void show_state(uint32_t now_ms) {
  if (static_cast<int32_t>(now_ms - out.due_ms) < 0) return;
  out.due_ms = now_ms + kPeriodMs;
  viewers.show(state(now_ms));
  viewers.tell_missed();
}

void say(WebSocket from, const Command& command) {
  Json json(out.chat);
  json.raw("{\"chat\":{\"name\":").string(command.name).raw(",\"text\":").string(command.text).raw("}}");
  viewers.chat(from, json.text());
}

// ---- what comes ----

void on_message(const Event& event, uint32_t now_ms) {
  const WebSocket socket = event.socket;
  if (!viewers.hear(event, now_ms)) {
    return (void)socket.close(whit::close_code::kPolicyViolation, "too many messages");
  }
  if (event.message.type != whit::MessageType::kText) {
    return (void)socket.close(whit::close_code::kUnsupportedData, "text only");
  }
  const Command command = dashboard::read_command(event.message.text());
  switch (command.kind) {
    case Command::kInvalid:
      return (void)socket.close(whit::close_code::kPolicyViolation, "no such command");
    case Command::kChat:
      return say(socket, command);
    default:
      board::set_led(command.kind == Command::kLedOn);
      out.due_ms = now_ms;
  }
}

// Tells tabs apart, and proves nothing. 0: none.
uint32_t tab_of(Text target) {
  uint8_t memory[11];
  const Text digits = whit::parameter(whit::query_of(target), "tab", {memory, sizeof memory});
  uint32_t tab = 0;
  for (size_t i = 0; i < digits.size; ++i) {
    if (digits[i] < '0' || digits[i] > '9') return 0;
    tab = tab * 10 + static_cast<uint32_t>(digits[i] - '0');
  }
  return tab;
}

// Scripts are not told why a WebSocket was refused, so the page asks again over HTTP whether the device is full.
void send_places(WebSocket socket) {
  char memory[48];
  Json json(memory);
  json.raw("{\"open\":").number(loop.connections().in_use).raw(",\"limit\":").number(places()).raw("}\n");
  whit::Response response;
  response.type = "application/json";
  response.fields = is_full() ? kTryAgain : kNoStore;
  response.body = json.text();
  (void)socket.respond(response);
}

void open_live(WebSocket socket, const whit::Request& request) {
  if (!whit::is_same_host(request, options.secure)) return (void)socket.reject(403);
  const uint32_t tab = tab_of(request.target);
  tabs[socket.index()] = tab;
  const WebSocket before = viewers.with_tab(tab);
  if (before == WebSocket())
    return (void)(is_full() ? socket.reject(503, kTryAgain, "the device is busy\n") : socket.accept());
  (void)successors[before.index()].reject(409);  // the tab has come a third time: where there is none, nothing
  successors[before.index()] = socket;
  (void)before.close(kTakenOver, "this tab has come again");
}

void on_request(WebSocket socket) {
  whit::Request request;
  if (!socket.request(&request)) return;
  const Text path = whit::path_of(request.target);
  if (!request.upgrade) return path == kStatusPath ? send_places(socket) : (void)socket.accept();
  return path == kLivePath ? open_live(socket, request) : (void)socket.reject(404);
}

void on_close(WebSocket socket) {
  viewers.remove(socket);
  const WebSocket successor = successors[socket.index()];
  successors[socket.index()] = {};
  (void)successor.accept();  // where there is none, or it has gone, this does nothing
}

void greet(WebSocket socket, uint32_t now_ms) {
  if (viewers.greet(socket, hello())) out.due_ms = now_ms;
}

void on_event(const Event& event, uint32_t now_ms) {
  switch (event.type) {
    case Event::kRequest:
      return on_request(event.socket);
    case Event::kOpen:
      viewers.add(event.socket, tabs[event.socket.index()], now_ms);
      return greet(event.socket, now_ms);
    case Event::kMessage:
      return on_message(event, now_ms);
    case Event::kWritable:
      return greet(event.socket, now_ms);
    case Event::kClose:
      return on_close(event.socket);
    default:
      return;
  }
}

// ---- start, and the loop ----

void listen() {
  static char address[64];
  static char port[8];
  if (!board::argument("address", address, sizeof address)) give_up({"--address is too long for an IP address"});
  if (!board::argument("port", port, sizeof port)) give_up({"--port is too long"});
  options.address = address;
  options.port = static_cast<uint16_t>(board::argument_number("port"));
  options.on_request = &whit::keep_request_fields;
  options.http = &http;
  options.long_messages = whit::LongMessages::kRefuse;
  options.max_message_bytes = dashboard::kMaxCommandBytes;
  options.timeouts_ms[whit::Deadline::kKeepaliveInterval] = kKeepaliveMs;
  options.timeouts_ms[whit::Deadline::kKeepaliveAnswer] = kKeepaliveAnswerMs;
  options.timeouts_ms[whit::Deadline::kClose] = kCloseMs;
  if (board::argument_flag("evict")) options.on_full = &whit::evict_oldest_idle;
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

// Until the next telemetry, or for as long as Whit allows where no page looks.
uint32_t sleep_ms() {
  const uint32_t wait_ms = loop.wait_ms();
  if (!viewers.any()) return wait_ms;
  const uint32_t left_ms = out.due_ms - board::now_ms();
  return left_ms > kPeriodMs ? 0 : left_ms < wait_ms ? left_ms : wait_ms;
}

void count_time(uint32_t now_ms) {
  boot.up_ms += now_ms - boot.seen_ms;
  boot.seen_ms = now_ms;
  boot.up_seconds += boot.up_ms / 1000;
  boot.up_ms %= 1000;
}

void start() {
  app::declare_arguments("The board as a live page in browsers.", kArguments, app::Role::kServer);
  whit::Network& network = app::server_network("dashboard");
  if (loop.start(network) != Status::kOk)
    give_up({"the network has fewer transports than WHIT_CONNECTIONS and WHIT_HANDSHAKES ask for"});
  boot.seen_ms = board::now_ms();
  if (network.random({reinterpret_cast<uint8_t*>(&boot.number), sizeof boot.number}) != Status::kOk)
    give_up({"the board has no random bytes"});
  listen();
}

}  // namespace

int main() {
  start();
  for (;;) {
    const uint32_t now_ms = board::wait(sleep_ms());
    count_time(now_ms);
    while (const Event event = loop.poll(now_ms)) on_event(event, now_ms);
    if (viewers.any()) show_state(now_ms);
    viewers.resume_held();
    if (options.secure) app::report_refusals();
  }
}
