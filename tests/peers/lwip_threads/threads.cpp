// SPDX-License-Identifier: MIT
// lwIP in its own thread; a task with a server, and one with a client, each with a loop and a network of its own; and
// three threads that post messages to the client's connection through mailboxes. Then everything is silent for a while,
// in which the server's task must not turn. Prints how many messages came in order, and how many turns the silence had.
#include <pthread.h>
#include <unistd.h>

#include <cstdio>
#include <cstdlib>
#include <random>

#include "lwip/tcpip.h"
#include "whit/client.h"
#include "whit/lwip/lwip_task.h"
#include "whit/mailbox.h"
#include "whit/server.h"

namespace {

constexpr unsigned kThreads = 3;
constexpr unsigned kMessages = 2000;  // of each
constexpr unsigned kSilenceMs = 1500;
constexpr uint16_t kPort = 80;

using Loop = whit::Loop<2, 2, 512>;

template <class Base>
class TaskNetwork final : public whit::LwipTaskNetwork<Base> {
 public:
  whit::Status random(whit::MutableBytes destination) override {
    for (size_t i = 0; i < destination.size; ++i) destination.data[i] = static_cast<uint8_t>(device_());
    return whit::Status::kOk;
  }

 private:
  std::random_device device_;
};

[[noreturn]] void fail(const char* why) {
  std::fprintf(stderr, "%s\n", why);
  std::_Exit(1);
}

// What the tasks and the main thread tell each other.
sys_sem_t listening;
sys_sem_t opened;
sys_sem_t all_came;
whit::WebSocket target;

unsigned next[kThreads];
unsigned came = 0;
uint32_t turns = 0;  // of the server's task; read and written under the core lock

void on_message(const whit::Message& message) {
  unsigned thread = 0;
  unsigned number = 0;
  char text[64] = {};
  for (size_t i = 0; i < message.data.size && i + 1 < sizeof text; ++i) text[i] = message.text()[i];
  if (std::sscanf(text, "%u %u", &thread, &number) != 2 || thread >= kThreads) fail("not a message of ours");
  if (number != next[thread]++) fail("out of order");
  if (++came == kThreads * kMessages) sys_sem_signal(&all_came);
}

void serve(void*) {
  static TaskNetwork<whit::LwipServerNetwork<4>> network;
  static Loop loop;
  static whit::Server server{loop};
  static whit::ServerOptions options;
  options.port = kPort;
  if (network.enter() != whit::Status::kOk || loop.start(network) != whit::Status::kOk) fail("no loop");
  if (server.listen(options) != whit::Status::kOk) fail("no server");
  sys_sem_signal(&listening);
  for (;;) {
    const uint32_t now_ms = network.wait(loop.wait_ms());
    ++turns;
    while (const whit::Event event = loop.poll(now_ms)) {
      if (event.type == whit::Event::kMessage) on_message(event.message);
      if (event.type == whit::Event::kClose) fail("the connection ended");
    }
  }
}

TaskNetwork<whit::LwipNetwork<4>> client_network;
whit::Mailbox<1024> mailboxes[kThreads] = {whit::Mailbox<1024>{client_network}, whit::Mailbox<1024>{client_network},
                                           whit::Mailbox<1024>{client_network}};

void connect(void*) {
  static Loop loop;
  static whit::Client client{loop};
  static whit::ClientOptions options;
  options.url = "ws://127.0.0.1/";
  if (client_network.enter() != whit::Status::kOk || loop.start(client_network) != whit::Status::kOk) fail("no loop");
  if (client.connect(options) != whit::Status::kOk) fail("no client");
  for (;;) {
    const uint32_t now_ms = client_network.wait(loop.wait_ms());
    for (whit::MailboxCore& each : mailboxes) each.deliver();
    while (const whit::Event event = loop.poll(now_ms)) {
      if (event.type == whit::Event::kClose) fail("the client's connection ended");
      if (event.type != whit::Event::kOpen) continue;
      target = event.socket;
      sys_sem_signal(&opened);
    }
  }
}

void* post(void* argument) {
  const auto thread = static_cast<unsigned>(reinterpret_cast<uintptr_t>(argument));
  for (unsigned number = 0; number < kMessages; ++number) {
    char text[64];
    const int size = std::snprintf(text, sizeof text, "%u %u", thread, number);
    const whit::Bytes message = whit::as_bytes(whit::Text(text, static_cast<size_t>(size)));
    while (mailboxes[thread].post(target, message, whit::MessageType::kText) == whit::Status::kWouldBlock) usleep(100);
  }
  return nullptr;
}

uint32_t turns_now() {
  LOCK_TCPIP_CORE();
  const uint32_t now = turns;
  UNLOCK_TCPIP_CORE();
  return now;
}

void wait_for(sys_sem_t* semaphore) {
  if (sys_arch_sem_wait(semaphore, 60'000) == SYS_ARCH_TIMEOUT) fail("nothing for a minute");
}

}  // namespace

int main() {
  sys_sem_t started;
  for (sys_sem_t* each : {&started, &listening, &opened, &all_came}) sys_sem_new(each, 0);
  tcpip_init([](void* semaphore) { sys_sem_signal(static_cast<sys_sem_t*>(semaphore)); }, &started);
  wait_for(&started);
  sys_thread_new("server", serve, nullptr, 0, 0);
  wait_for(&listening);
  sys_thread_new("client", connect, nullptr, 0, 0);
  wait_for(&opened);
  pthread_t threads[kThreads];
  for (uintptr_t i = 0; i < kThreads; ++i) pthread_create(&threads[i], nullptr, post, reinterpret_cast<void*>(i));
  for (pthread_t each : threads) pthread_join(each, nullptr);
  wait_for(&all_came);
  usleep(500 * 1000);  // the last acknowledgement
  const uint32_t before = turns_now();
  usleep(kSilenceMs * 1000);
  std::printf("%u messages, %u turns in silence\n", kThreads * kMessages, static_cast<unsigned>(turns_now() - before));
  std::fflush(stdout);
  std::_Exit(0);
}
