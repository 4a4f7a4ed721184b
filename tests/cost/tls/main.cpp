// SPDX-License-Identifier: MIT
// The cost of TLS on the M3 board: both roles in one image, over the pipe port, so that nothing but TLS is counted.
// Prints one line per handshake: role, instructions, longest step, arena, bytes on the wire.
//
// Time is QEMU's (-icount shift=6,sleep=off): 64 ns per instruction, and a counter of 40 ns per tick. Run by
// tools/tls_cost.
#include "board.h"
#include "credentials.h"
#include "hardware.h"
#include "stack.h"
#include "whit/mbedtls/tls_network.h"
#include "whit/pipe/pipe_network.h"

namespace {

using whit::Bytes;
using whit::Status;
using whit::TlsVersion;
using whit::Transport;

constexpr uint16_t kClient = 0;
constexpr uint16_t kServer = 1;
constexpr uint16_t kPort = 443;

whit::PipeNetwork<2, 8192> pipe;
whit::TlsNetwork<2> network{pipe};
whit::IndexQueue ready;
uint16_t links[2];
whit::TlsOptions client_options;
whit::TlsOptions server_options;
Bytes authority, certificate;
uint32_t now_ms;

uint32_t instructions_since(uint32_t start) {
  return static_cast<uint32_t>(uint64_t{board::hardware::clock_ticks() - start} * 40 / 64);
}

struct Cost {
  uint32_t instructions = 0;
  uint32_t longest = 0;

  void add(uint32_t step) {
    instructions += step;
    if (step > longest) longest = step;
  }
};

[[noreturn]] void fail(const char* what) {
  board::print("failed: ");
  board::print(what);
  board::print(" ");
  board::print_number(static_cast<uint32_t>(network.error()));
  board::print("\n");
  board::exit(1);
}

void print_field(const char* name, uint32_t number) {
  board::print(" ");
  board::print(name);
  board::print("=");
  board::print_number(number);
}

struct Ends {
  Transport* transport[2] = {};
  bool open[2] = {};
  Cost cost[2];
};

// One turn: one of the ends, in turns, makes its step, or reads when it is open (a ticket may come).
void turn(Ends* ends) {
  network.poll(++now_ms);
  if (ends->transport[kServer] == nullptr) ends->transport[kServer] = network.accept(0, kServer);
  const uint16_t i = now_ms % 2;
  Transport* const transport = ends->transport[i];
  if (transport == nullptr) return;
  const uint32_t start = board::hardware::clock_ticks();
  if (!ends->open[i]) {
    const whit::Progress progress = transport->progress();
    if (progress.status == Status::kFailed) fail("handshake");
    ends->open[i] = progress.status == Status::kOk;
  } else {
    uint8_t byte[16];
    if (transport->read({byte, sizeof byte}).status == Status::kFailed) fail("read");
  }
  ends->cost[i].add(instructions_since(start));
}

void echo_cost(Ends* ends, size_t size) {
  static uint8_t data[1024];
  static uint8_t room[1024];
  uint32_t start = board::hardware::clock_ticks();
  if (ends->transport[kClient]->write({data, size}).status != Status::kOk) fail("write");
  print_field(size == 16 ? "write16" : "write1024", instructions_since(start));
  network.poll(++now_ms);
  start = board::hardware::clock_ticks();
  if (ends->transport[kServer]->read({room, size}).size != size) fail("read");
  print_field(size == 16 ? "read16" : "read1024", instructions_since(start));
}

void handshake(const char* name) {
  Ends ends;
  Status status = Status::kOk;
  const uint32_t resumed = network.statistics().resumed;
  ends.transport[kClient] = network.connect(kClient, "localhost", kPort, true, &status);
  if (ends.transport[kClient] == nullptr) fail("connect");
  for (int i = 0; i < 200 && !(ends.open[0] && ends.open[1]); ++i) turn(&ends);
  if (!ends.open[0] || !ends.open[1]) fail("not open");
  const uint64_t bytes[2] = {pipe.transport(kClient).counters().bytes_written,
                             pipe.transport(kServer).counters().bytes_written};
  for (int i = 0; i < 4; ++i) turn(&ends);
  for (uint16_t i = 0; i < 2; ++i) {
    board::print(name);
    board::print(i == kClient ? " client" : " server");
    board::print(network.statistics().resumed != resumed ? " resumed" : " full");
    print_field("instructions", ends.cost[i].instructions);
    print_field("longest", ends.cost[i].longest);
    print_field("peak", network.memory_peak(i));
    print_field("steady", network.memory_used(i));
    print_field("sent", static_cast<uint32_t>(bytes[i]));
    if (i == kServer) {
      echo_cost(&ends, 16);
      echo_cost(&ends, 1024);
    }
    board::print("\n");
  }
  for (Transport* each : ends.transport) each->abort();
  network.poll(++now_ms);
}

void run(const char* name, TlsVersion version, bool psk) {
  static const uint8_t key[16] = {1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16};
  client_options = server_options = whit::TlsOptions();
  client_options.dates = server_options.dates = whit::TlsDates::kIgnore;
  client_options.min_version = client_options.max_version = version;
  if (psk) {
    client_options.psk = server_options.psk = {key, sizeof key};
    client_options.psk_identity = server_options.psk_identity = "device";
  } else {
    client_options.trusted = &authority;
    client_options.trusted_count = 1;
    server_options.certificates = &certificate;
    server_options.certificate_count = 1;
    server_options.private_key = board::credential(board::Credential::kKey, "key");
  }
  const uint32_t before = network.statistics().arena.used;
  if (network.set_client(client_options) != Status::kOk || network.set_server(server_options) != Status::kOk)
    fail("set");
  if (network.listen(0, "", kPort, true) != Status::kOk) fail("listen");
  board::print(name);
  board::print(" roles");
  print_field("bytes", network.statistics().arena.used - before);
  board::print("\n");
  handshake(name);
  handshake(name);
}

}  // namespace

int main() {
  authority = board::default_authorities();
  certificate = board::credential(board::Credential::kCertificate, "cert");
  ready.attach(links, 2);
  network.attach(&ready);
  const bool psk = board::argument_flag("psk");
  const bool tls13 = board::argument_flag("tls13");
  const char* const name = tls13 ? (psk ? "1.3 PSK" : "1.3 ECDSA") : (psk ? "1.2 PSK" : "1.2 ECDSA");
  run(name, tls13 ? TlsVersion::kTls13 : TlsVersion::kTls12, psk);
  board::print("stack ");
  board::print_number(board_stack_used());
  board::print("\ndone\n");
  board::exit(0);
}
