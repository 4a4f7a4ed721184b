// SPDX-License-Identifier: MIT
// many PORT [share]: ten thousand connections in one process. Text goes to all of them, but for "who", which is answered
// with the number of the process; binary goes back to its sender. `share`: other processes listen on the same port.
#include <sys/resource.h>
#include <unistd.h>

#include <cstdio>
#include <cstdlib>
#include <cstring>

#include "whit/broadcast.h"
#include "whit/posix/posix_network.h"
#include "whit/server.h"

namespace {

constexpr uint16_t kConnections = 10000;
whit::Loop<kConnections, 64, 1024, 200> loop;
whit::PosixNetwork<loop.kSlots> network;
whit::BroadcastMemory<loop.kSlots, 8, 200> memory;
whit::Broadcast all{loop, memory};
whit::Server server{loop};
whit::ServerOptions options;

// Connections above the limit of descriptors would wait, without a word.
bool has_descriptors() {
  constexpr rlim_t kNeeded = loop.kSlots + 20;
  rlimit limit;
  if (getrlimit(RLIMIT_NOFILE, &limit) != 0) return false;
  if (limit.rlim_cur < kNeeded) limit.rlim_cur = kNeeded;
  if (limit.rlim_max < kNeeded) limit.rlim_max = kNeeded;
  return setrlimit(RLIMIT_NOFILE, &limit) == 0;
}

whit::Status answer(const whit::Event& event) {
  const whit::Message& message = event.message;
  if (message.type == whit::MessageType::kBinary) return event.socket.send(message);
  if (message.text() != "who") return all.publish(message.text());
  char number[20];
  const int size = std::snprintf(number, sizeof number, "%d", static_cast<int>(getpid()));
  return event.socket.send(whit::Text(number, static_cast<size_t>(size)));
}

}  // namespace

int main(int count, char** words) {
  if (count < 2) {
    std::fprintf(stderr, "usage: many PORT [share]\n");
    return 2;
  }
  if (!has_descriptors()) {
    std::fprintf(stderr, "many: this account may not have %u open files\n", unsigned{loop.kSlots});
    return 3;
  }
  options.address = "127.0.0.1";
  options.port = static_cast<uint16_t>(std::atoi(words[1]));
  if (count > 2 && std::strcmp(words[2], "share") == 0) network.share_ports();
  if (loop.start(network) != whit::Status::kOk || server.listen(options) != whit::Status::kOk) {
    std::fprintf(stderr, "many: port %s is in use\n", words[1]);
    return 1;
  }
  std::printf("listening on 127.0.0.1:%u\n", unsigned{server.port()});
  std::fflush(stdout);
  for (;;) {
    const uint32_t now_ms = network.wait(loop.wait_ms());
    while (const whit::Event event = loop.poll(now_ms)) {
      if (event.type == whit::Event::kOpen) (void)all.subscribe(event.socket, whit::WhenBehind::kClose);
      if (event.type == whit::Event::kMessage && answer(event) == whit::Status::kWouldBlock) event.socket.hold();
    }
  }
}
