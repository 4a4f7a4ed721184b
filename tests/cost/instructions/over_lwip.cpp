// SPDX-License-Identifier: MIT
// tools/instructions measures this over TCP: a server in the firmware of the M3 board, lwIP, port and glue included.
// Only what differs from one run to the next is replaced: the Ethernet controller, behind which there is a peer in RAM,
// the clock, which stands still, and the seed of the random numbers.
#include "board.h"
#include "board_network.h"
#include "lwip/pbuf.h"
#include "measure.h"
#include "nic.h"
#include "random.h"
#include "tcp_peer.h"
#include "whit/server.h"

namespace {

using whit::Bytes;
using whit::Event;

TcpPeer peer;
whit::Loop<1, 3, 4096, 1> loop;
whit::Server server{loop};
whit::ServerOptions options;
const uint8_t* payload_at;
uint32_t frames_in;  // of the board
uint32_t frames_out;

}  // namespace

// ---- in place of the board's sources ----

uint32_t board::now_ms() { return 1000; }
void board_wake() {}
void board_clear_event() {}

bool board_seed(uint8_t* seed) {
  for (uint8_t i = 0; i < 32; ++i) seed[i] = i;
  return true;
}

namespace board::nic {

void start(uint8_t* mac) {
  for (size_t i = 0; i < 6; ++i) mac[i] = TcpPeer::kBoardMac[i];
}

uint16_t next_size() { return peer.to_board.empty() ? 0 : peer.to_board.front().size; }

void read(pbuf* frame) {
  size_t at = 0;
  for (size_t skip = ETH_PAD_SIZE; frame != nullptr; frame = frame->next, skip = 0) {
    auto* const to = static_cast<uint8_t*>(frame->payload);
    for (size_t i = skip; i < frame->len; ++i) to[i] = peer.to_board.front().bytes[at++];
  }
  peer.to_board.drop();
  ++frames_in;
}

void drop() { fail("no memory for a frame"); }

void send(pbuf* frame) {
  Frame& sent = peer.from_board.add();
  sent.size = 0;
  for (size_t skip = ETH_PAD_SIZE; frame != nullptr; frame = frame->next, skip = 0) {
    const auto* const from = static_cast<const uint8_t*>(frame->payload);
    for (size_t i = skip; i < frame->len; ++i) sent.bytes[sent.size++] = from[i];
  }
  ++frames_out;
}

void interrupt_off() {}
void interrupt_on() {}

}  // namespace board::nic

namespace {

// One turn of an echo application.
[[gnu::noinline]] void turn() {
  while (const Event event = loop.poll(board::now_ms())) {
    if (event.type != Event::kMessage) continue;
    payload_at = event.message.data.data;
    if (event.socket.send(event.message) == whit::Status::kWouldBlock) event.socket.hold();
  }
}

void counted_turn() {
  measure_begin();
  turn();
  measure_end();
}

// Turns until the peer has received `size` bytes.
void exchange(size_t size, bool counted = true) {
  constexpr int kMaxTurns = 100;
  peer.received_size = 0;
  for (int turns = 0; peer.received_size < size; ++turns) {
    if (turns == kMaxTurns) fail("no answer");
    peer.speak(size);
    counted ? counted_turn() : turn();
    peer.hear();
  }
}

void start_measurement() {
  payload_at = nullptr;
  frames_in = frames_out = 0;
}

// "name, at 4n+0; frames in / frames out / exchanges that were counted together"
void print_result(const char* name, uint32_t exchanges = 1) {
  report(name, payload_at);
  board::print("; ");
  board::print_number(frames_in);
  board::print(" / ");
  board::print_number(frames_out);
  board::print(" / ");
  board::print_number(exchanges);
  board::print("\n");
}

bool was_received(Bytes expected) {
  if (peer.received_size < expected.size) return false;
  for (size_t i = 0; i < expected.size; ++i) {
    if (peer.received[i] != expected.data[i]) return false;
  }
  return true;
}

// A series, because not every message is accompanied by the same acknowledgements and windows. The first one only
// brings the connection into the state that the others leave.
void echo(const char* name, uint8_t first, Bytes payload, size_t count = 1) {
  constexpr uint32_t kSeries = 50;
  static uint8_t frames[4096];
  static uint8_t expected[4096];
  size_t size = 0;
  size_t expected_size = 0;
  for (size_t i = 0; i < count; ++i) {
    size += write_frame(frames + size, first, payload, true);
    expected_size += write_frame(expected + expected_size, first == kPing ? kPong : first, payload, false);
  }
  for (uint32_t pass = 0; pass <= kSeries; ++pass) {
    if (pass == 1) start_measurement();
    peer.write({frames, size});
    exchange(expected_size, pass != 0);
    if (!was_received({expected, expected_size})) fail("another answer was expected");
  }
  print_result(name, kSeries);
}

void open() {
  peer.ask_for_address();
  turn();
  start_measurement();
  peer.dial();
  counted_turn();
  peer.hear();
  peer.speak(1);
  counted_turn();
  print_result("over lwIP, TCP connection");
  start_measurement();
  peer.write(whit::as_bytes(kRequest));
  exchange(1);
  if (!was_received(whit::as_bytes("HTTP/1.1 101 "))) fail("refused");
  print_result("over lwIP, opening handshake");
}

void idle() {
  for (int i = 0; i < 4; ++i) turn();
  start_measurement();
  counted_turn();
  print_result("over lwIP, idle turn");
}

void echoes() {
  const uint8_t* const ascii = filled("abcdefgh", 8);
  echo("over lwIP, binary 16", kBinary, {ascii, 16});
  echo("over lwIP, binary 125", kBinary, {ascii, 125});
  echo("over lwIP, binary 200", kBinary, {ascii, 200});
  echo("over lwIP, binary 500", kBinary, {ascii, 500});
  echo("over lwIP, binary 1000", kBinary, {ascii, 1000});
  echo("over lwIP, binary 3000", kBinary, {ascii, 3000});
  echo("over lwIP, 16 x binary 16", kBinary, {ascii, 16}, 16);
  echo("over lwIP, ASCII 16", kText, {ascii, 16});
  echo("over lwIP, ASCII 125", kText, {ascii, 125});
  echo("over lwIP, ASCII 200", kText, {ascii, 200});
  echo("over lwIP, ASCII 500", kText, {ascii, 500});
  echo("over lwIP, ASCII 1000", kText, {ascii, 1000});
  echo("over lwIP, ASCII 3000", kText, {ascii, 3000});
  echo("over lwIP, ping 4", kPing, {ascii, 4});
}

}  // namespace

int main() {
  options.timeouts_ms[whit::Deadline::kKeepaliveInterval] = 0;
  if (loop.start(board::network()) != whit::Status::kOk || server.listen(options) != whit::Status::kOk) fail("listen");
  open();
  idle();
  echoes();
  board::print("done\n");
  board::exit(0);
}
