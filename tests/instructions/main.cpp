// SPDX-License-Identifier: MIT
// What tools/instructions measures on the M3 board: one connection over a network in RAM. Prints a line for each
// measurement, in the order in which tests/instructions/counter.c numbers them.
#include "board.h"
#include "memory_network.h"
#include "whit/client.h"
#include "whit/server.h"

// The marks. What a plugin of QEMU sees is that they are executed.
extern "C" [[gnu::noinline]] void measure_begin() { __asm__ volatile(""); }
extern "C" [[gnu::noinline]] void measure_end() { __asm__ volatile(""); }

namespace {

using whit::Bytes;
using whit::Event;

MemoryNetwork network;
whit::Loop<1, 3, 4096, 1> loop;
whit::Server server{loop};
whit::Client client{loop};
whit::ServerOptions server_options;
whit::ClientOptions client_options;
uint32_t now_ms = 1;
const uint8_t* payload_at;
bool client_masks;  // the peer is a client

[[noreturn]] void fail(const char* what) {
  board::print("failed: ");
  board::print(what);
  board::print("\n");
  board::exit(1);
}

// One turn of an echo application. The type of its last event.
[[gnu::noinline]] Event::Type turn() {
  Event::Type last = Event::kNone;
  while (const Event event = loop.poll(now_ms)) {
    last = event.type;
    if (event.type != Event::kMessage) continue;
    payload_at = event.message.data.data;
    if (event.socket.send(event.message) == whit::Status::kWouldBlock) event.socket.hold();
  }
  return last;
}

void settle() {
  for (int i = 0; i < 4; ++i) turn();
  network.output_size = 0;
}

// One turn, which ends in this event.
void measure(const char* name, Event::Type expected) {
  payload_at = nullptr;
  ++now_ms;
  measure_begin();
  const Event::Type last = turn();
  measure_end();
  board::print(name);
  if (payload_at != nullptr) {
    board::print(", at 4n+");
    board::print_number(reinterpret_cast<uintptr_t>(payload_at) & 3);
  }
  board::print("\n");
  if (last != expected) fail("another event was expected");
}

// ---- frames of the peer ----

void put(size_t byte) { network.input[network.input_size++] = static_cast<uint8_t>(byte); }

void put_frame(uint8_t first, Bytes payload) {
  constexpr uint8_t kKey[4] = {0x37, 0xFA, 0x21, 0x3D};
  const size_t mask_bit = client_masks ? 0x80 : 0;
  put(first);
  if (payload.size <= 125) {
    put(mask_bit | payload.size);
  } else {
    put(mask_bit | 126);
    put(payload.size >> 8);
    put(payload.size);
  }
  for (size_t i = 0; i < 4 && client_masks; ++i) put(kKey[i]);
  for (size_t i = 0; i < payload.size; ++i) put(payload.data[i] ^ (client_masks ? kKey[i % 4] : 0));
}

// The second time is measured: the state that the first one leaves is the usual one. `count` frames in one read; an
// echo has to be as long as what it answers, less the key (or with one).
void echo(const char* name, uint8_t first, Bytes payload, int count = 1) {
  for (int pass = 0; pass < 2; ++pass) {
    for (int i = 0; i < count; ++i) put_frame(first, payload);
    const size_t sent = network.input_size;
    network.announce();
    if (pass == 1) {
      measure(name, (first & 8) != 0 ? Event::kNone : Event::kMessage);
      const size_t keys = 4 * static_cast<size_t>(count);
      if (network.output_size != (client_masks ? sent - keys : sent + keys)) fail("no echo");
    }
    settle();
  }
}

const uint8_t* filled(const char* unit, size_t unit_size) {
  static uint8_t data[3000];
  for (size_t i = 0; i < sizeof data; ++i) data[i] = static_cast<uint8_t>(unit[i % unit_size]);
  return data;
}

constexpr uint8_t kText = 0x81;
constexpr uint8_t kBinary = 0x82;
constexpr uint8_t kPing = 0x89;

void echoes_of_server() {
  client_masks = true;
  const uint8_t* const ascii = filled("abcdefgh", 8);
  measure("server, idle turn", Event::kNone);
  echo("server, binary 0", kBinary, {ascii, 0});
  echo("server, binary 16", kBinary, {ascii, 16});
  echo("server, binary 125", kBinary, {ascii, 125});
  echo("server, binary 126", kBinary, {ascii, 126});
  echo("server, binary 1000", kBinary, {ascii, 1000});
  echo("server, binary 3000", kBinary, {ascii, 3000});
  echo("server, 16 x binary 16", kBinary, {ascii, 16}, 16);
  echo("server, 2 x binary 1000", kBinary, {ascii, 1000}, 2);
  echo("server, ASCII 16", kText, {ascii, 16});
  echo("server, ASCII 1000", kText, {ascii, 1000});
  echo("server, ASCII 3000", kText, {ascii, 3000});
  const uint8_t* const multibyte = filled("\xE2\x82\xAC", 3);
  echo("server, multibyte 1002", kText, {multibyte, 1002});
  echo("server, multibyte 3000", kText, {multibyte, 3000});
  echo("server, ping 4", kPing, {ascii, 4});
}

void echoes_of_client() {
  client_masks = false;
  const uint8_t* const ascii = filled("abcdefgh", 8);
  echo("client, binary 16", kBinary, {ascii, 16});
  echo("client, binary 1000", kBinary, {ascii, 1000});
  echo("client, binary 3000", kBinary, {ascii, 3000});
  echo("client, ASCII 3000", kText, {ascii, 3000});
  echo("client, ping 4", kPing, {ascii, 4});
}

// ---- opening handshakes ----

void put_text(whit::Text text) {
  for (size_t i = 0; i < text.size; ++i) put(static_cast<uint8_t>(text[i]));
  network.announce();
}

void open_server() {
  network.dial();
  settle();  // accepted
  put_text(
      "GET /chat HTTP/1.1\r\nHost: server.example.com\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
      "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nOrigin: http://example.com\r\nSec-WebSocket-Version: 13\r\n\r\n");
  measure("server, opening handshake", Event::kOpen);
  settle();
}

void open_client() {
  client_options.url = "ws://server.example.com/chat";
  client_options.keepalive_interval_ms = 0;
  if (client.connect(client_options) != whit::Status::kOk) fail("connect");
  measure("client, request", Event::kNone);
  settle();
  // The answer to the key that MemoryNetwork::random() gives.
  put_text(
      "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
      "Sec-WebSocket-Accept: qSDUw6iYRlenI1VEv7g7/t+nCnA=\r\n\r\n");
  measure("client, answer", Event::kOpen);
  settle();
}

}  // namespace

int main() {
  server_options.keepalive_interval_ms = 0;
  if (loop.start(network) != whit::Status::kOk || server.listen(server_options) != whit::Status::kOk) fail("listen");
  open_server();
  echoes_of_server();
  server.stop();
  network.hang_up();
  for (int i = 0; i < 10; ++i) {
    now_ms += 100000;
    settle();
  }
  network.hang_up();
  open_client();
  echoes_of_client();
  board::print("done\n");
  board::exit(0);
}
