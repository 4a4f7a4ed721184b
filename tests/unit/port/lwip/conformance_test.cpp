// SPDX-License-Identifier: MIT
// The port contract, as every port is held to it, on the wire and the clock of these tests.
#include "unit/port/conformance.h"

#include <deque>

#include "fixture.h"
#include "lwip/timeouts.h"
#include "whit/lwip/whit_lwip.h"

namespace whit {
namespace {

using lwip_test::Peer;
using lwip_test::Segment;
using lwip_test::Wire;

constexpr uint16_t kFarPort = 7;
constexpr uint16_t kClosedPort = 9;

// The far end: a peer of the wire, which lives as long as the port.
class LwipFar {
 public:
  explicit LwipFar(Peer* peer) : peer_(peer) {}
  bool send(const std::string& text) {
    peer_->send(text);
    return true;
  }
  std::string take() {
    std::string taken;
    taken.swap(peer_->received);
    return taken;
  }
  bool ended() { return peer_->got_fin && peer_->received.empty(); }
  bool was_reset() { return peer_->got_rst; }
  void close() { peer_->finish(); }
  void reset() { peer_->reset(); }
  void stop_reading() { set_window(0); }
  void start_reading() { set_window(4096); }

 private:
  void set_window(uint16_t window) {
    peer_->window = window;
    peer_->acknowledge();
  }

  Peer* peer_;
};

// A network over memory and functions as programs in C declare them.
class NetworkOfC {
 public:
  void poll(uint32_t now_ms) { network().poll(now_ms); }
  operator Network&() { return network(); }

 private:
  static void pump() {
    Wire::get().deliver(1000);
    sys_check_timeouts();
  }
  static bool random(void* destination, size_t size) {
    static uint8_t last = 0;
    for (size_t i = 0; i < size; ++i) static_cast<uint8_t*>(destination)[i] = last = static_cast<uint8_t>(last * 5 + 1);
    return true;
  }
  static void wake() {}
  Network& network() { return reinterpret_cast<Network&>(*network_); }

  static constexpr whit_lwip_board kBoard = {pump, random, wake};

  whit_lwip_network base_ = {};
  whit_lwip_transport transports_[4] = {};
  whit_lwip_waiting waiting_[3] = {};
  whit_lwip_lookup lookups_[WHIT_LWIP_LOOKUPS] = {};
  const whit_lwip_memory memory_ = {&base_, transports_, waiting_, lookups_, 4, 3, WHIT_LWIP_LOOKUPS, 2};
  whit_network* const network_ = whit_lwip_start(&memory_, &kBoard);
};

template <class LwipNetworkType>
class LwipPort {
 public:
  using Far = LwipFar;
  static constexpr bool kKnowsUnacknowledged = true;

  LwipPort() { Wire::get().clear(); }
  // Two minutes of TIME_WAIT, so that the next test finds everything free.
  ~LwipPort() {
    for (auto& peer : peers_) peer->silent = true;
    for (int i = 0; i < 700; ++i) {
      network_.poll(turn());
      Wire::now_ms += 250;
    }
    EXPECT_EQ(lwip_test::pool_used(MEMP_TCP_PCB), 0u);
  }

  Network& network() { return network_; }
  uint32_t turn() {
    for (const Segment& segment : Wire::get().take_segments()) route(segment);
    for (auto& peer : peers_) peer->move(Wire::now_ms);
    return ++Wire::now_ms;
  }
  std::string host() { return "10.0.0.2"; }
  std::unique_ptr<Far> dial(uint16_t port) {
    peers_.push_back(std::make_unique<Peer>(next_port_++, port));
    peers_.back()->connect();
    return std::make_unique<Far>(peers_.back().get());
  }
  uint16_t far_listen() { return kFarPort; }
  std::unique_ptr<Far> far_accept() {
    if (answered_.empty()) return nullptr;
    Peer* const peer = answered_.front();
    answered_.pop_front();
    return std::make_unique<Far>(peer);
  }
  uint16_t closed_port() { return kClosedPort; }

 private:
  void route(const Segment& segment) {
    for (auto& peer : peers_) {
      if (peer->take(segment)) return;
    }
    if ((segment.flags & lwip_test::kSyn) == 0) return;
    peers_.push_back(std::make_unique<Peer>(segment.to, segment.from));
    Peer& peer = *peers_.back();
    peer.refuses_syn = segment.to == kClosedPort;
    peer.take(segment);
    if (segment.to == kFarPort) answered_.push_back(&peer);
  }

  LwipNetworkType network_;
  std::deque<std::unique_ptr<Peer>> peers_;
  std::deque<Peer*> answered_;
  uint16_t next_port_ = 40000;
};

using Ports = testing::Types<LwipPort<lwip_test::TestNetwork>, LwipPort<NetworkOfC>>;

class PortNames {
 public:
  template <class Port>
  static std::string GetName(int index) {
    return index == 0 ? "OfCpp" : "OfC";
  }
};

INSTANTIATE_TYPED_TEST_SUITE_P(Lwip, Conformance, Ports, PortNames);

TEST(LwipOfC, ListensAloneAndRefusesMoreSlotsThanLwipHas) {
  WHIT_LWIP_SERVER(small, 4);
  static constexpr whit_lwip_board kBoard = {[] {}, [](void*, size_t) { return false; }, [] {}};
  Network& network = reinterpret_cast<Network&>(*whit_lwip_server_start(&small, &kBoard));
  EXPECT_EQ(network.capacity(), 4);
  Status status = Status::kOk;
  EXPECT_EQ(network.connect(0, "10.0.0.2", 7, false, &status), nullptr);
  EXPECT_EQ(status, Status::kFailed);
  uint8_t bytes[4];
  EXPECT_EQ(network.random({bytes, sizeof bytes}), Status::kFailed);
  whit_lwip_memory large = small;
  large.slots = MEMP_NUM_TCP_PCB + 1;
  EXPECT_EQ(whit_lwip_server_start(&large, &kBoard), nullptr);
  EXPECT_EQ(whit_lwip_start(&large, &kBoard), nullptr);
}

}  // namespace
}  // namespace whit
