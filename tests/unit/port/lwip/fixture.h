// SPDX-License-Identifier: MIT
// The port under test on a virtual clock, with everything that a test needs to play loop and peers. At the end of each
// test lwIP's pools and lists must be as they were at its start.
#pragma once

#include <gtest/gtest.h>

#include <deque>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "peer.h"
#include "whit/lwip/lwip_network.h"
#include "wire.h"

namespace lwip_test {

constexpr uint16_t kSlots = 4;
constexpr uint8_t kRxPbufs = 2;
constexpr uint8_t kWaiting = 3;
constexpr uint16_t kPort = 8080;

class TestNetwork final : public whit::LwipNetwork<kSlots, kRxPbufs, kWaiting, 2> {
 public:
  whit::Status random(whit::MutableBytes destination) override;
  void wake() override {}

  size_t packets_per_poll = 1000;
  std::function<void()> in_pump;  // called where lwIP's callbacks run

 private:
  void pump() override;
};

class LwipTest : public testing::Test {
 protected:
  LwipTest();
  ~LwipTest() override;
  void SetUp() override;
  void TearDown() override;

  // One turn: poll, then lwIP's segments to the peers, then what the peers have to say.
  void turn();
  // Turns until neither side has anything to say; the clock stands still.
  void settle();
  // Lets the time pass in steps, with a turn (and the echo, if one is wanted) in each.
  void run(uint32_t duration_ms, uint32_t step_ms = 1);
  // An echo service in place of the loop: accepts, reads, writes back what it has read, ends when the peer ends.
  void echo();

  Peer& peer(uint16_t lwip_port = kPort, bool ipv6 = false);
  // A listening port, a peer that is connected, and its transport in slot `index`.
  whit::Transport* connected(Peer** peer_out, uint16_t index = 0);
  // An outgoing connection to a peer with this port, still connecting.
  whit::Transport* dialled(Peer** peer_out, uint16_t index = 0);

  // The bytes that a transport has, until it blocks; `status` is then how it ended.
  std::string read_all(whit::Transport* transport, whit::Status* status = nullptr, size_t piece = 64);
  size_t write(whit::Transport* transport, const std::string& bytes, whit::Status* status = nullptr);
  std::vector<uint16_t> announced();  // takes the ready line
  bool is_announced(uint16_t index);  // takes the ready line
  // The slots that a test has used; aborted at its end.
  void used(uint16_t index, whit::Transport* transport) { transports_[index] = transport; }
  void abort(uint16_t index);

  TestNetwork network_;
  whit::IndexQueue ready_;
  std::deque<std::unique_ptr<Peer>> peers_;
  whit::Transport* transports_[kSlots] = {};
  uint32_t lose_one_in_ = 0;  // of the packets in either direction, at random; 0: none

 private:
  bool lost();

  uint16_t links_[kSlots] = {};
  std::vector<unsigned> usage_before_;
  uint16_t next_peer_port_ = 40000;
  std::string to_echo_[kSlots];
  bool ending_[kSlots] = {};
};

extern "C" int test_context_is_wrong;

whit::Bytes bytes(const std::string& text);
std::string pattern(size_t size);

}  // namespace lwip_test
