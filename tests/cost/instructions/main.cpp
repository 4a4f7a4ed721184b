// SPDX-License-Identifier: MIT
// tools/instructions measures stack/ alone with this, on the M3 board: one connection over a network in RAM.
#include "board.h"
#include "measure.h"
#include "memory_network.h"
#include "whit/broadcast.h"
#include "whit/client.h"
#include "whit/server.h"

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
whit::BroadcastMemory<loop.kSlots, 4, 1000> memory;
whit::Broadcast all{loop, memory};
whit::WebSocket opened;
const uint8_t* payload_at;
bool client_masks;  // the peer is a client

// One turn of an echo application. The type of its last event.
[[gnu::noinline]] Event::Type turn() {
  Event::Type last = Event::kNone;
  while (const Event event = loop.poll(now_ms)) {
    last = event.type;
    opened = event.socket;
    if (event.type == Event::kRequest) (void)event.socket.accept();
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
  report(name, payload_at);
  board::print("\n");
  if (last != expected) fail("another event was expected");
}

// The second time is measured: the state that the first one leaves is the usual one. `count` frames in one read; an
// echo has to be as long as what it answers, less the key (or with one).
void echo(const char* name, uint8_t first, Bytes payload, int count = 1) {
  for (int pass = 0; pass < 2; ++pass) {
    for (int i = 0; i < count; ++i) {
      network.input_size += write_frame(network.input + network.input_size, first, payload, client_masks);
    }
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
  for (size_t i = 0; i < text.size; ++i) network.input[network.input_size++] = static_cast<uint8_t>(text[i]);
  network.announce();
}

void open_server(const char* name) {
  network.dial();
  settle();  // accepted
  put_text(kRequest);
  measure(name, Event::kOpen);
  settle();
}

// Ends the connection and waits until its place is free.
void hang_up() {
  network.hang_up();
  for (int i = 0; i < 10; ++i) {
    now_ms += 100000;
    settle();
  }
  network.hang_up();
}

// A handshake with one more part of the server switched on.
void open_server_with(const char* name, void (*choose)()) {
  network.input_size += write_frame(network.input, kClose, {}, true);
  network.announce();
  settle();
  hang_up();
  server_options = {};
  server_options.timeouts_ms[whit::Deadline::kKeepaliveInterval] = 0;
  choose();
  open_server(name);
}

void open_client() {
  client_options.url = "ws://server.example.com/chat";
  client_options.timeouts_ms[whit::Deadline::kKeepaliveInterval] = 0;
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

// After all others: from now on the broadcast has its part of each turn.
void broadcasts() {
  client.socket().abort();
  hang_up();
  server_options.on_request = nullptr;
  if (server.listen(server_options) != whit::Status::kOk) fail("listen");
  network.dial();
  settle();
  put_text(kRequest);
  settle();
  if (all.subscribe(opened) != whit::Status::kOk) fail("subscribe");
  const Bytes data{filled("abcdefgh", 8), 125};
  // The second time is measured.
  if (all.publish(data, whit::MessageType::kText) != whit::Status::kOk) fail("publish");
  settle();
  measure("server, idle turn with a subscriber", Event::kNone);
  measure_begin();
  const whit::Status status = all.publish(data, whit::MessageType::kText);
  measure_end();
  report("server, ASCII 125 published", nullptr);
  board::print("\n");
  if (status != whit::Status::kOk) fail("publish");
  measure("server, and delivered to one subscriber", Event::kNone);
  if (network.output_size != 2 + data.size) fail("not delivered");
}

}  // namespace

int main() {
  server_options.timeouts_ms[whit::Deadline::kKeepaliveInterval] = 0;
  if (loop.start(network) != whit::Status::kOk || server.listen(server_options) != whit::Status::kOk) fail("listen");
  open_server("server, opening handshake");
  echoes_of_server();
  open_server_with("server, opening handshake, on_request",
                   [] { server_options.on_request = &whit::keep_request_fields; });
  server.stop();
  hang_up();
  open_client();
  echoes_of_client();
  broadcasts();
  board::print("done\n");
  board::exit(0);
}
