// SPDX-License-Identifier: MIT
// The contract of a port, for port/whit/posix over lwIP's own sockets: the far side is a socket of the same lwIP, which
// runs in its own thread and has no interface but loopback.
#include "unit/port/conformance.h"

#include <poll.h>

#include <memory>
#include <random>
#include <string>
#include <thread>

#include "lwip/priv/tcp_priv.h"
#include "lwip/tcpip.h"
#include "unit/port/socket_peer.h"
#include "whit/posix/posix_error.h"
#include "whit/posix/posix_platform.h"
#include "whit/posix/posix_poll.h"

extern "C" int __real_close(int descriptor);
// lwIP's numbers begin at LWIP_SOCKET_OFFSET.
extern "C" int __wrap_close(int descriptor) {
  return descriptor >= LWIP_SOCKET_OFFSET ? lwip_close(descriptor) : __real_close(descriptor);
}

// The function that a firmware defines.
bool whit::posix::fill_random(uint8_t* data, size_t size) {
  static std::random_device device;
  for (size_t i = 0; i < size; ++i) data[i] = static_cast<uint8_t>(device());
  return true;
}

namespace whit {
namespace {

void start_lwip() {
  static const bool started = [] {
    sys_sem_t ready;
    sys_sem_new(&ready, 0);
    tcpip_init([](void* semaphore) { sys_sem_signal(static_cast<sys_sem_t*>(semaphore)); }, &ready);
    sys_arch_sem_wait(&ready, 0);
    sys_sem_free(&ready);
    return true;
  }();
  static_cast<void>(started);
}

// lwIP's SO_LINGER resets only what has data in flight.
class LwipPeer : public SocketPeer {
 public:
  using SocketPeer::SocketPeer;
  void reset() {
    sockaddr_in own = {};
    socklen_t size = sizeof own;
    ASSERT_EQ(getsockname(descriptor(), reinterpret_cast<sockaddr*>(&own), &size), 0);
    sockaddr_in peer = {};
    ASSERT_EQ(getpeername(descriptor(), reinterpret_cast<sockaddr*>(&peer), &size), 0);
    LOCK_TCPIP_CORE();
    tcp_pcb* block = tcp_active_pcbs;
    while (block != nullptr &&
           (block->local_port != ntohs(own.sin_port) || block->remote_port != ntohs(peer.sin_port))) {
      block = block->next;
    }
    if (block != nullptr) tcp_abort(block);
    UNLOCK_TCPIP_CORE();
    EXPECT_NE(block, nullptr);
  }
};

class LwipSocketPort {
 public:
  using Far = LwipPeer;
  static constexpr bool kKnowsUnacknowledged = false;

  LwipSocketPort() {
    start_lwip();
    listener_ = std::make_unique<SocketListener>();
    network_ = std::make_unique<PosixPollNetwork<8>>();
  }
  Network& network() { return *network_; }
  uint32_t turn() { return network_->wait(1); }
  std::string host() { return "127.0.0.1"; }
  std::unique_ptr<Far> dial(uint16_t port) { return SocketPeer::dial<LwipPeer>(port); }
  uint16_t far_listen() {
    listener_->listen();
    return listener_->port();
  }
  std::unique_ptr<Far> far_accept() { return listener_->accept<LwipPeer>(); }
  uint16_t closed_port() { return listener_->port(); }

 private:
  std::unique_ptr<SocketListener> listener_;
  std::unique_ptr<PosixPollNetwork<8>> network_;
};

// The one thing that a firmware with sockets has to know of names: they are looked up at once, in the loop's task.
TEST(LwipSocketNames, AreAnsweredInsideConnect) {
  LwipSocketPort port;
  whit::IndexQueue ready;
  uint16_t links[8] = {};
  ready.attach(links, 8);
  port.network().attach(&ready);
  Status status = Status::kFailed;
  Transport* const found = port.network().connect(0, "localhost", port.far_listen(), false, &status);
  ASSERT_NE(found, nullptr);
  EXPECT_NE(found->progress().layer, Layer::kResolve);
  Transport* const missing = port.network().connect(1, "nobody.invalid", 80, false, &status);
  ASSERT_NE(missing, nullptr);
  EXPECT_EQ(missing->progress().layer, Layer::kResolve);
  EXPECT_EQ(missing->progress().status, Status::kFailed);
  EXPECT_LT(missing->error(), 0);
  EXPECT_STREQ(posix_error_text(missing->error()), "the name server has not answered, refuses or is out of order");
  found->abort();
  missing->abort();
}

// From another thread, as a mailbox does it; many wakes are one.
TEST(LwipSocketWake, EndsTheSleep) {
  LwipSocketPort port;
  whit::IndexQueue ready;
  uint16_t links[8] = {};
  ready.attach(links, 8);
  port.network().attach(&ready);
  auto& network = static_cast<PosixPollNetwork<8>&>(port.network());
  std::thread other([&] {
    for (int i = 0; i < 100; ++i) network.wake();
  });
  constexpr uint32_t kLongMs = 20'000;
  const uint32_t before_ms = network.now_ms();
  EXPECT_LT(network.wait(kLongMs) - before_ms, kLongMs);
  network.poll(0);
  other.join();
}

INSTANTIATE_TYPED_TEST_SUITE_P(LwipSockets, Conformance, LwipSocketPort);

}  // namespace
}  // namespace whit
