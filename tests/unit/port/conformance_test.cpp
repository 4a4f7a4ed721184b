// SPDX-License-Identifier: MIT
// The ports that run on this machine prove themselves: posix with epoll and with poll(), pipe, and a tunnel through it.
#include "unit/port/conformance.h"

#include <memory>
#include <string>

#include "unit/port/socket_peer.h"
#include "unit/port/test_pipe.h"
#include "whit/posix/posix_epoll.h"
#include "whit/posix/posix_poll.h"
#include "whit/posix/whit_posix.h"
#include "whit/proxy/proxy_network.h"

namespace whit {
namespace {

#if defined(__linux__) && !defined(WHIT_POSIX_PORTABLE)
constexpr bool kPosixKnowsUnacknowledged = true;
#else
constexpr bool kPosixKnowsUnacknowledged = false;
#endif

// A network of the C++ classes, or one whose memory is declared as programs in C do it.
template <class PosixNetworkType>
class Made {
 public:
  Network& network() { return *network_; }
  uint32_t wait(uint32_t timeout_ms) { return network_->wait(timeout_ms); }

 private:
  std::unique_ptr<PosixNetworkType> network_ = std::make_unique<PosixNetworkType>();
};

WHIT_POSIX(memory_of_c, 8);

class MadeInC {
 public:
  ~MadeInC() { whit_posix_end(network_); }
  Network& network() { return reinterpret_cast<Network&>(*network_); }
  uint32_t wait(uint32_t timeout_ms) { return whit_posix_wait(network_, timeout_ms); }

 private:
  whit_network* const network_ = whit_posix_start(&memory_of_c);
};

template <class Holder>
class PosixPort {
 public:
  using Far = SocketPeer;
  static constexpr bool kKnowsUnacknowledged = kPosixKnowsUnacknowledged;

  Network& network() { return made_.network(); }
  uint32_t turn() { return made_.wait(1); }
  std::string host() { return "127.0.0.1"; }
  std::unique_ptr<Far> dial(uint16_t port) { return SocketPeer::dial(port); }
  uint16_t far_listen() {
    listener_.listen();
    return listener_.port();
  }
  std::unique_ptr<Far> far_accept() { return listener_.accept(); }
  uint16_t closed_port() { return listener_.port(); }  // bound, not listening: no other program can take it

 private:
  SocketListener listener_;
  Holder made_;
};

class PipeFar {
 public:
  explicit PipeFar(TestPeer* peer) : peer_(peer) {}
  bool send(const std::string& text) {
    peer_->send(text);
    return true;
  }
  std::string take() { return peer_->take(); }
  bool ended() { return peer_->closed(); }
  bool was_reset() { return peer_->was_reset(); }
  void close() { peer_->close(); }
  void reset() { peer_->reset(); }
  void stop_reading() { peer_->stop_reading(); }
  void start_reading() { peer_->start_reading(); }

 private:
  TestPeer* peer_;
};

class PipePort {
 public:
  using Far = PipeFar;
  static constexpr bool kKnowsUnacknowledged = true;

  ~PipePort() { EXPECT_EQ(pipe_.in_use(), 0); }
  Network& network() { return pipe_; }
  uint32_t turn() { return ++now_ms_; }
  std::string host() { return "10.0.0.1"; }
  std::unique_ptr<Far> dial(uint16_t port) { return std::make_unique<Far>(&pipe_.dial(port)); }
  uint16_t far_listen() { return 7; }
  std::unique_ptr<Far> far_accept() {
    if (accepted_ == pipe_.answered_count()) return nullptr;
    return std::make_unique<Far>(&pipe_.answered(accepted_++));
  }
  uint16_t closed_port() {
    pipe_.refuse_unknown(true);
    return 9;
  }

 private:
  TestPipe<8, 1000> pipe_;
  size_t accepted_ = 0;
  uint32_t now_ms_ = 0;
};

// Through a proxy to the pipe's far side, which lets every request through.
class ProxyPort {
 public:
  using Far = PipeFar;
  static constexpr bool kKnowsUnacknowledged = true;

  ProxyPort() {
    ProxyOptions options;
    options.host = "10.0.0.2";
    network_.set_proxy(options);
  }
  ~ProxyPort() { EXPECT_EQ(pipe_.in_use(), 0); }
  Network& network() { return network_; }
  uint32_t turn() {
    for (; asked_ < pipe_.answered_count(); ++asked_) {
      TestPeer& proxy = pipe_.answered(asked_);
      if (proxy.gone()) continue;
      if (proxy.received().empty()) break;
      EXPECT_EQ(proxy.take(), "CONNECT 10.0.0.1:7 HTTP/1.1\r\nHost: 10.0.0.1:7\r\n\r\n");
      proxy.send("HTTP/1.0 200 OK\r\n\r\n");
    }
    return ++now_ms_;
  }
  std::string host() { return "10.0.0.1"; }
  std::unique_ptr<Far> dial(uint16_t port) { return std::make_unique<Far>(&pipe_.dial(port)); }
  uint16_t far_listen() { return 7; }
  std::unique_ptr<Far> far_accept() {
    return accepted_ == asked_ ? nullptr : std::make_unique<Far>(&pipe_.answered(accepted_++));
  }
  uint16_t closed_port() {
    pipe_.refuse_unknown(true);
    return 9;
  }

 private:
  TestPipe<8, 1000> pipe_;
  ProxyNetwork<8> network_{pipe_};
  size_t asked_ = 0;
  size_t accepted_ = 0;
  uint32_t now_ms_ = 0;
};

using Ports = testing::Types<PosixPort<Made<PosixEpollNetwork<8>>>, PosixPort<Made<PosixPollNetwork<8>>>,
                             PosixPort<MadeInC>, PipePort, ProxyPort>;

class PortNames {
 public:
  template <class Port>
  static std::string GetName(int index) {
    static const char* const names[] = {"Epoll", "Poll", "OfC", "Pipe", "Proxy"};
    return names[index];
  }
};

INSTANTIATE_TYPED_TEST_SUITE_P(Here, Conformance, Ports, PortNames);

}  // namespace
}  // namespace whit
