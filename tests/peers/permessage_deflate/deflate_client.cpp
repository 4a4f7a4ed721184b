// SPDX-License-Identifier: MIT
// deflate_client URL MEMORY echo | nats: a client with permessage-deflate. `echo` sends messages of several sizes,
// compressed, to a server that sends them back; `nats` connects to a NATS server, publishes a message to itself, and
// ends when it is there.
#include <cstdio>
#include <cstring>
#include <string>

#include "whit/client.h"
#include "whit/permessage_deflate.h"
#include "whit/posix/posix_network.h"

namespace {

using whit::Event;

whit::Loop<1, 8, 200000, 1> loop;
whit::PosixNetwork<loop.kSlots> network;
whit::Client client{loop};
whit::ClientOptions options;
whit::MessageDeflater<12> deflater;

whit::DeflateMemory<1, 15, 0, 1, 1> kept_memory;
whit::DeflateMemory<1, 15, 1, 0, 0> shared_memory;
whit::DeflateMemory<1, 9, 0, 1, 1> small_memory;
whit::DeflateMemory<1, 9, 1, 0, 0> least_memory;
whit::PermessageDeflate kept{kept_memory};
whit::PermessageDeflate shared{shared_memory};
whit::PermessageDeflate small{small_memory};
whit::PermessageDeflate least{least_memory};

constexpr size_t kSizes[] = {0, 1, 100, 300, 5000, 5000, 100000, 70000};
size_t next = 0;
std::string expected;
std::string received;

void send_next(whit::WebSocket socket) {
  if (next == sizeof kSizes / sizeof kSizes[0]) return (void)socket.close(1000);
  expected.clear();
  for (unsigned i = 0; expected.size() < kSizes[next]; ++i)
    expected += "a line of telemetry, " + std::to_string(i * i % 1009) + "; ";
  expected.resize(kSizes[next]);
  const whit::Text text(expected.data(), expected.size());
  if (deflater.send(socket, text) != whit::Status::kOk) std::printf("message %zu could not be sent\n", next);
}

void on_echo(const Event& event) {
  received.append(reinterpret_cast<const char*>(event.message.data.data), event.message.data.size);
  if (!event.message.last) return;
  if (received != expected) {
    std::printf("message %zu differs\n", next);
    return event.socket.abort();
  }
  received.clear();
  ++next;
  send_next(event.socket);
}

void send_line(whit::WebSocket socket, const std::string& line) {
  const whit::Bytes data{reinterpret_cast<const uint8_t*>(line.data()), line.size()};
  if (deflater.send(socket, data, whit::MessageType::kBinary) != whit::Status::kOk) std::printf("not sent\n");
}

void on_nats(const Event& event) {
  received.append(reinterpret_cast<const char*>(event.message.data.data), event.message.data.size);
  const std::string body(3000, 'n');
  if (next == 0 && received.find("INFO {") == 0 && received.find("\r\n") != std::string::npos) {
    next = 1;
    send_line(event.socket,
              "CONNECT {\"verbose\":false,\"pedantic\":false}\r\nSUB whit 1\r\nPUB whit 3000\r\n" + body + "\r\n");
  } else if (next == 1 && received.find("MSG whit 1 3000\r\n" + body) != std::string::npos) {
    next = 2;
    (void)event.socket.close(1000);
  }
}

}  // namespace

int main(int count, char** words) {
  if (count != 4) return 2;
  const bool nats = std::strcmp(words[3], "nats") == 0;
  const std::string memory = words[2];
  options.compression = memory == "kept" ? &kept : memory == "shared" ? &shared : memory == "small" ? &small : &least;
  options.url = words[1];
  if (loop.start(network) != whit::Status::kOk || client.connect(options) != whit::Status::kOk) return 2;
  for (;;) {
    const uint32_t now_ms = network.wait(loop.wait_ms());
    while (const Event event = loop.poll(now_ms)) {
      if (event.type == Event::kOpen && !nats) send_next(event.socket);
      if (event.type == Event::kMessage) nats ? on_nats(event) : on_echo(event);
      if (event.type == Event::kError) std::printf("error %d\n", static_cast<int>(event.close.cause.code));
      if (event.type != Event::kClose) continue;
      const bool done = next == (nats ? 2 : sizeof kSizes / sizeof kSizes[0]);
      std::printf("%s, closed with %d\n", done ? "done" : "not done", int{event.close.code});
      return done ? 0 : 1;
    }
  }
}
