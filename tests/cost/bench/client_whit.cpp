// SPDX-License-Identifier: MIT
// Whit as a client that keeps DEPTH messages under way: client_whit PORT SIZE DEPTH MS [tls]. Its peer is
// `echo_floor --canned`. Prints one line of JSON: messages, and its own CPU time per message.
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#include "whit/client.h"
#include "whit/mbedtls/tls_network.h"
#include "whit/posix/posix_network.h"

namespace {

constexpr size_t kMaxBytes = 1024 * 1024;
constexpr double kWarmSeconds = 0.1;

whit::Loop<1, 4, kMaxBytes + 16, 1> loop;
whit::PosixNetwork<decltype(loop)::kSlots> network;
whit::TlsNetwork<decltype(loop)::kSlots> tls_network{network};
whit::Client client{loop};
whit::ClientOptions options;
uint8_t payload[kMaxBytes];

struct Run {
  size_t size = 0;
  uint32_t owed = 0;  // messages that may be sent
  double seconds = 0;
  double begin = 0;
  double cpu = 0;
  double messages = 0;
  bool measuring = false;
} run;

double seconds(clockid_t clock) {
  timespec now;
  clock_gettime(clock, &now);
  return static_cast<double>(now.tv_sec) + static_cast<double>(now.tv_nsec) * 1e-9;
}

[[noreturn]] void give_up(const char* why) {
  fprintf(stderr, "client_whit: %s\n", why);
  exit(1);
}

void send_owed(whit::WebSocket socket) {
  const whit::Bytes message(payload, run.size);
  while (run.owed != 0 && socket.send(message, whit::MessageType::kBinary) == whit::Status::kOk) --run.owed;
}

void on_event(const whit::Event& event) {
  switch (event.type) {
    case whit::Event::kMessage:
      if (!event.message.whole() || event.message.data.size != run.size) give_up("not the answer that was expected");
      ++run.messages;
      ++run.owed;
      return send_owed(event.socket);
    case whit::Event::kOpen:
    case whit::Event::kWritable:
      return send_owed(event.socket);
    case whit::Event::kError:
    case whit::Event::kClose:
      give_up("the connection ended");
    default:
      return;
  }
}

// Once in a turn.
void measure() {
  const double now = seconds(CLOCK_MONOTONIC);
  if (!run.measuring && now - run.begin < kWarmSeconds) return;
  if (!run.measuring) {
    run.measuring = true;
    run.begin = now;
    run.cpu = seconds(CLOCK_PROCESS_CPUTIME_ID);
    run.messages = 0;
    return;
  }
  if (now - run.begin < run.seconds) return;
  printf("{\"messages\": %.0f, \"own_us\": %.4f}\n", run.messages,
         (seconds(CLOCK_PROCESS_CPUTIME_ID) - run.cpu) / run.messages * 1e6);
  exit(0);
}

// The certificate is not under test.
whit::Network& secure_network() {
  static whit::TlsOptions tls;
  tls_network.dangerously_accept_any_server_certificate();
  if (tls_network.set_client(tls) != whit::Status::kOk) give_up("TLS cannot be set up");
  return tls_network;
}

}  // namespace

int main(int count, char** arguments) {
  if (count < 5) give_up("usage: client_whit PORT SIZE DEPTH MS [tls]");
  const bool secure = count > 5;
  static char url[64];
  snprintf(url, sizeof url, "%s://127.0.0.1:%d/", secure ? "wss" : "ws", atoi(arguments[1]));
  run.size = strtoul(arguments[2], nullptr, 10);
  if (run.size > kMaxBytes) give_up("the message is too long");
  run.owed = static_cast<uint32_t>(atoi(arguments[3]));
  run.seconds = atof(arguments[4]) / 1000;
  run.begin = seconds(CLOCK_MONOTONIC);
  options.url = whit::Text(url);
  whit::Network& below = secure ? secure_network() : network;
  if (loop.start(below) != whit::Status::kOk || client.connect(options) != whit::Status::kOk) give_up("cannot connect");
  for (;;) {
    const uint32_t now_ms = network.wait(loop.wait_ms());
    while (const whit::Event event = loop.poll(now_ms)) on_event(event);
    measure();
  }
}
