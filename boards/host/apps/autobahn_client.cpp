// SPDX-License-Identifier: MIT
// Conformance driver: the client's part of the Autobahn testsuite's protocol against a fuzzing server. Asks how many
// cases there are, then runs them one after the other, sending every message back, and at last has the reports written.
// It checks nothing itself: the reports are the server's. tests/peers/autobahn/README.md says how to use it.
#include <stdio.h>
#include <string.h>
#include <strings.h>

#include "board.h"
#include "support/secure.h"
#include "whit/client.h"
#include "whit/permessage_deflate.h"

namespace {

namespace config = whit::config;
using whit::Event;

whit::Loop<config::kConnections, config::kBuffers, config::kBufferBytes, config::kHandshakes> loop;
whit::Client client{loop};
whit::ClientOptions options;
// Context takeover both ways; two connections, because the one before may linger.
constexpr uint8_t kWindowBits = config::kBufferBytes < 2048 ? 8 : 15;  // a small board has a small window
whit::DeflateMemory<2, kWindowBits, 0, 2, 2> memory;
whit::PermessageDeflate compression{memory};
whit::MessageDeflater<12> deflater;
char base[512];
char agent[3 * 64 + 1];  // percent-encoded
char url[sizeof base + sizeof agent + 64];

constexpr board::Argument kArguments[] = {
    {"url", "ws://host[:port] of the fuzzing server, or wss://", nullptr, board::Argument::kText, true},
    {"agent", "name under which the results are filed, at most 64 characters", "whit"},
    {"timeout", "seconds without progress after which to give up a case", "60", board::Argument::kNumber, false, 1,
     86400},
    {"deflate", "offer permessage-deflate, and send compressed", nullptr, board::Argument::kFlag},
};

enum class Step : uint8_t { kCount, kCase, kReports, kDone };

struct {
  Step step = Step::kCount;
  uint32_t cases = 0;
  uint32_t number = 1;  // of the case
  uint32_t failed = 0;  // cases that never opened
  bool counted = false;
  bool opened = false;
  size_t sent_back = 0;  // of the piece in hand
} run;

constexpr size_t kPartBytes = config::kBufferBytes / 2;

[[noreturn]] void give_up(const char* why) {
  board::print("autobahn_client: ");
  board::print(why);
  board::print("\n");
  board::exit(1);
}

// RFC 3986, 2.3: all but these is percent-encoded.
bool is_unreserved(char c) {
  const char letter = static_cast<char>(c | 0x20);
  return (letter >= 'a' && letter <= 'z') || (c >= '0' && c <= '9') || c == '-' || c == '.' || c == '_' || c == '~';
}

void read_arguments() {
  char name[65];
  if (!board::argument("url", base, sizeof base)) give_up("the URL is too long");
  if (!board::argument("agent", name, sizeof name)) give_up("the agent's name is too long");
  if (strncasecmp(base, "wss:", 4) == 0) app::secure_client();
  size_t size = strlen(base);
  while (size != 0 && base[size - 1] == '/') base[--size] = '\0';
  char* out = agent;
  for (const char* in = name; *in != '\0'; ++in) {
    if (is_unreserved(*in)) {
      *out++ = *in;
    } else {
      out += snprintf(out, 4, "%%%02X", static_cast<unsigned char>(*in));
    }
  }
  *out = '\0';
}

// Where the next step is done. False: not yet, the connection before lingers.
bool connect() {
  const char* path = run.step == Step::kCount ? "getCaseCount" : "updateReports";
  if (run.step == Step::kCase) {
    snprintf(url, sizeof url, "%s/runCase?case=%u&agent=%s", base, static_cast<unsigned>(run.number), agent);
  } else {
    snprintf(url, sizeof url, "%s/%s?agent=%s", base, path, agent);
  }
  run.opened = false;
  run.sent_back = 0;
  options.url = url;
  if (!client.is_over()) return false;  // the server ends TCP first
  const whit::Status status = client.connect(options);
  if (status == whit::Status::kInvalidArgument)
    give_up("not a valid WebSocket URL: ws://host[:port] or wss://host[:port]");
  if (status != whit::Status::kOk) give_up("cannot start to connect");
  return true;
}

void read_count(const whit::Message& message) {
  for (size_t i = 0; i < message.data.size; ++i) {
    const uint8_t digit = message.data.data[i];
    if (digit < '0' || digit > '9' || run.cases > 99999) give_up("the server's number of cases is none");
    run.cases = run.cases * 10 + (digit - '0');
  }
  run.counted = message.last;
}

[[noreturn]] void no_count(const whit::Cause& cause) {
  const char* const tls_text = app::cause_text(cause);
  if (tls_text == nullptr) give_up("no number of cases: is a fuzzing server listening there?");
  board::print("autobahn_client: no number of cases: ");
  board::print(tls_text);
  board::print("\n");
  board::exit(1);
}

void on_close(const whit::Close& close) {
  switch (run.step) {
    case Step::kCount:
      if (!run.counted) no_count(close.cause);
      board::print_number(run.cases);
      board::print(" cases\n");
      run.step = run.cases != 0 ? Step::kCase : Step::kReports;
      return;
    case Step::kCase:
      if (!run.opened) {
        ++run.failed;
        board::print("case ");
        board::print_number(run.number);
        board::print(": no connection\n");
      }
      if (++run.number > run.cases) run.step = Step::kReports;
      return;
    case Step::kReports:
      if (!run.opened) give_up("the reports could not be asked for");
      run.step = Step::kDone;
      return;
    case Step::kDone:
      return;
  }
}

// Sends a message, or a piece of one, back: compressed in parts of which each fits a buffer whatever compression makes
// of it.
bool send_back(const Event& event) {
  if (options.compression == nullptr) return event.socket.send(event.message) != whit::Status::kWouldBlock;
  whit::Message part = event.message;
  while (run.sent_back != event.message.data.size || event.message.data.size == 0) {
    part.data = event.message.data.from(run.sent_back);
    part.last = event.message.last;
    if (part.data.size > kPartBytes) {
      part.data.size = kPartBytes;
      part.last = false;
    }
    part.first = event.message.first && run.sent_back == 0;
    if (deflater.send(event.socket, part) == whit::Status::kWouldBlock) return false;
    run.sent_back += part.data.size;
    if (part.data.size == 0) break;
  }
  run.sent_back = 0;
  return true;
}

void on_event(const Event& event) {
  if (event.type == Event::kOpen) run.opened = true;
  if (event.type == Event::kClose) on_close(event.close);
  if (event.type != Event::kMessage) return;
  if (run.step == Step::kCount) {
    read_count(event.message);
  } else if (!send_back(event)) {
    event.socket.hold();
  }
}

}  // namespace

int main() {
  app::declare_arguments("Runs the cases of an Autobahn fuzzing server.", kArguments, app::Role::kClient);
  if (loop.start(app::client_network("autobahn_client")) != whit::Status::kOk)
    give_up("the network has too few transports");
  read_arguments();
  options.timeouts_ms[whit::Deadline::kKeepaliveInterval] = 0;  // a ping of ours is not part of any case
  if (board::argument_number("deflate") != 0) options.compression = &compression;
  const uint32_t timeout_ms = board::argument_number("timeout") * 1000;
  uint32_t progress_ms = board::now_ms();
  bool running = false;
  while (run.step != Step::kDone) {
    if (!running) running = connect();
    const uint32_t wait_ms = loop.wait_ms();
    const uint32_t now_ms = board::wait(wait_ms < timeout_ms ? wait_ms : timeout_ms);
    while (const Event event = loop.poll(now_ms)) {
      progress_ms = now_ms;
      if (event.type == Event::kClose) running = false;
      on_event(event);
    }
    if (running && now_ms - progress_ms >= timeout_ms) client.socket().abort();
  }
  board::print("done; the fuzzing server has the reports\n");
  board::exit(run.failed == 0 ? 0 : 1);
}
