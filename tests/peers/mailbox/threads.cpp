// SPDX-License-Identifier: MIT
// A server and its client in one thread with one loop; three threads that post messages to the client's connection,
// each through a mailbox of its own; the server counts what comes. Prints how many messages came in order.
#include <cstdio>
#include <cstdlib>
#include <thread>

#include "whit/client.h"
#include "whit/mailbox.h"
#include "whit/posix/posix_network.h"
#include "whit/server.h"

namespace {

constexpr unsigned kThreads = 3;
constexpr unsigned kMessages = 20000;  // of each

using Loop = whit::Loop<2, 4, 512>;

whit::PosixNetwork<Loop::kSlots> network;
Loop loop;
whit::Server server{loop};
whit::Client client{loop};
whit::ServerOptions server_options;
whit::ClientOptions client_options;
whit::Mailbox<1024> mailboxes[kThreads] = {whit::Mailbox<1024>{network}, whit::Mailbox<1024>{network},
                                           whit::Mailbox<1024>{network}};
unsigned next[kThreads];  // number of the next message of each thread, as the server sees it
unsigned came = 0;

[[noreturn]] void fail(const char* why) {
  std::fprintf(stderr, "%s\n", why);
  std::exit(1);
}

void write(unsigned thread, whit::WebSocket socket) {
  for (unsigned number = 0; number < kMessages; ++number) {
    char text[64];
    const int size = std::snprintf(text, sizeof text, "%u %u %*s", thread, number, static_cast<int>(number % 20), "");
    const whit::Text message(text, static_cast<size_t>(size));
    while (mailboxes[thread].post(socket, whit::as_bytes(message), whit::MessageType::kText) ==
           whit::Status::kWouldBlock) {
      std::this_thread::yield();
    }
  }
}

void on_message(const whit::Message& message) {
  unsigned thread = 0;
  unsigned number = 0;
  char text[64] = {};
  for (size_t i = 0; i < message.data.size && i + 1 < sizeof text; ++i) text[i] = message.text()[i];
  if (std::sscanf(text, "%u %u", &thread, &number) != 2 || thread >= kThreads) fail("not a message of ours");
  if (number != next[thread]++) fail("out of order");
  ++came;
}

}  // namespace

int main() {
  server_options.address = "127.0.0.1";
  server_options.port = 0;
  if (loop.start(network) != whit::Status::kOk || server.listen(server_options) != whit::Status::kOk) return 1;
  char url[64];
  std::snprintf(url, sizeof url, "ws://127.0.0.1:%u/", static_cast<unsigned>(server.port()));
  client_options.url = url;
  if (client.connect(client_options) != whit::Status::kOk) return 1;
  std::thread threads[kThreads];
  while (came < kThreads * kMessages) {
    const uint32_t now_ms = network.wait(loop.wait_ms());
    for (whit::MailboxCore& each : mailboxes) each.deliver();
    while (const whit::Event event = loop.poll(now_ms)) {
      if (event.type == whit::Event::kMessage) on_message(event.message);
      if (event.type == whit::Event::kClose) fail("the connection ended");
      if (event.type != whit::Event::kOpen || !(event.socket == client.socket())) continue;
      for (unsigned i = 0; i < kThreads; ++i) threads[i] = std::thread(write, i, event.socket);
    }
  }
  for (std::thread& each : threads) each.join();
  std::printf("%u messages\n", came);
}
