// SPDX-License-Identifier: MIT
// Listening, accepting, connecting, and the peers that give way when lwIP has no control block left.
#include "fixture.h"
#include "lwip/priv/tcp_priv.h"
#include "whit/config.h"

namespace lwip_test {
namespace {

using whit::Layer;
using whit::Status;

class NetworkTest : public LwipTest {
 protected:
  // Control blocks that belong to another part of the program, until the end of the test.
  void take_blocks(unsigned left) {
    while (MEMP_NUM_TCP_PCB - pool_used(MEMP_TCP_PCB) > left) taken_.push_back(memp_malloc(MEMP_TCP_PCB));
  }
  void give_blocks() {
    for (void* block : taken_) memp_free(MEMP_TCP_PCB, block);
    taken_.clear();
  }
  void TearDown() override {
    give_blocks();
    LwipTest::TearDown();
  }

  std::vector<void*> taken_;
};

TEST_F(NetworkTest, ListensWhereItCan) {
  EXPECT_EQ(network_.capacity(), kSlots);
  EXPECT_EQ(network_.listen(0, "", kPort, false), Status::kOk);
  EXPECT_EQ(network_.listening_port(0), kPort);
  EXPECT_EQ(network_.listen(0, "", 1234, false), Status::kInvalidArgument) << "taken";
  EXPECT_EQ(network_.listen(whit::Network::kMaxListeners, "", 1234, false), Status::kInvalidArgument);
  EXPECT_EQ(network_.listen(1, "", kPort, false), Status::kInUse);
  EXPECT_EQ(network_.error(), ERR_USE);
  EXPECT_EQ(network_.listen(1, "10.0.0.1", 81, false), Status::kOk);
  EXPECT_EQ(network_.listen(2, "10.0.0.9", 82, false), Status::kInvalidArgument) << "not this machine's";
  EXPECT_EQ(network_.listen(2, "nonsense", 82, false), Status::kInvalidArgument);
  EXPECT_EQ(network_.listen(2, whit::Text("10.0.0.1\0x", 10), 82, false), Status::kInvalidArgument);
  EXPECT_EQ(network_.listen(2, "0.0.0.0", 82, false), Status::kOk);
#if LWIP_IPV6
  EXPECT_EQ(network_.listen(3, "fd00::1", 83, false), Status::kOk);
  network_.unlisten(3);
  EXPECT_EQ(network_.listen(3, "fd00::9", 83, false), Status::kInvalidArgument);
#endif
  EXPECT_EQ(network_.listening_port(3), 0);
  EXPECT_EQ(network_.listen(3, "", 0, false), Status::kOk);
  EXPECT_NE(network_.listening_port(3), 0);
  network_.unlisten(3);
  network_.unlisten(3);
  network_.unlisten(whit::Network::kMaxListeners);
  EXPECT_EQ(network_.listening_port(3), 0);
  EXPECT_EQ(network_.listening_port(whit::Network::kMaxListeners), 0);
}

TEST_F(NetworkTest, ListensAgainAlthoughOldConnectionsAreStillThere) {
  Peer* open = nullptr;
  Peer* waits = nullptr;
  connected(&open, 0);
  whit::Transport* const over = connected(&waits, 1);
  EXPECT_EQ(over->finish(), Status::kOk);
  settle();
  waits->finish();
  settle();
  EXPECT_NE(tcp_tw_pcbs, nullptr);
  network_.unlisten(0);
  EXPECT_EQ(network_.listen(0, "", kPort, false), Status::kOk);
}

TEST_F(NetworkTest, AcceptsInTheOrderOfArrivalAndPerListener) {
  ASSERT_EQ(network_.listen(0, "", kPort, false), Status::kOk);
  ASSERT_EQ(network_.listen(1, "", kPort + 1, false), Status::kOk);
  EXPECT_EQ(network_.accept(0, 0), nullptr);
  for (int round = 0; round < 3; ++round) {
    Peer& first = peer(kPort);
    Peer& second = peer(round == 1 ? kPort + 1 : kPort);
    first.connect();
    settle();
    second.connect();
    settle();
    EXPECT_EQ(network_.counters().waiting, 2);
    EXPECT_EQ(network_.accept(2, 0), nullptr) << "not a listener";
    used(0, network_.accept(0, 0));
    used(1, network_.accept(round == 1 ? 1 : 0, 1));
    ASSERT_NE(transports_[0], nullptr);
    ASSERT_NE(transports_[1], nullptr);
    EXPECT_EQ(transports_[0]->remote().port, first.port());
    EXPECT_EQ(transports_[1]->remote().port, second.port());
    EXPECT_EQ(network_.accept(0, 2), nullptr);
    abort(0);
    abort(1);
    settle();
  }
  EXPECT_EQ(network_.counters().waiting_most, 2);
}

TEST_F(NetworkTest, WhatComesWhileAConnectionWaitsIsThereAfterAccept) {
  ASSERT_EQ(network_.listen(0, "", kPort, false), Status::kOk);
  Peer& other = peer();
  other.connect();
  settle();
  other.send("GET / HTTP/1.1\r\n");
  other.finish();
  settle();
  (void)announced();
  used(0, network_.accept(0, 0));
  ASSERT_NE(transports_[0], nullptr);
  EXPECT_TRUE(is_announced(0));
  Status status = Status::kOk;
  EXPECT_EQ(read_all(transports_[0], &status), "GET / HTTP/1.1\r\n");
  EXPECT_EQ(status, Status::kClosed);
}

TEST_F(NetworkTest, APeerThatGoesWhileItWaitsIsForgotten) {
  ASSERT_EQ(network_.listen(0, "", kPort, false), Status::kOk);
  Peer& other = peer();
  other.connect();
  settle();
  other.send("x");
  settle();
  EXPECT_EQ(network_.counters().waiting, 1);
  other.reset();
  settle();
  EXPECT_EQ(network_.counters().waiting, 0);
  EXPECT_EQ(network_.accept(0, 0), nullptr);
  EXPECT_TRUE(announced().empty());
}

TEST_F(NetworkTest, UnlistenResetsThoseWhoWait) {
  ASSERT_EQ(network_.listen(0, "", kPort, false), Status::kOk);
  ASSERT_EQ(network_.listen(1, "", kPort + 1, false), Status::kOk);
  Peer& other = peer();
  Peer& stays = peer(kPort + 1);
  other.connect();
  stays.connect();
  settle();
  network_.unlisten(0);
  settle();
  EXPECT_TRUE(other.got_rst);
  EXPECT_FALSE(stays.got_rst);
  EXPECT_EQ(network_.counters().waiting, 1);
  used(0, network_.accept(1, 0));
  EXPECT_NE(transports_[0], nullptr);
}

TEST_F(NetworkTest, NoMoreConnectionsThanMayWait) {
  ASSERT_EQ(network_.listen(0, "", kPort, false), Status::kOk);
  std::vector<Peer*> waiting;
  for (int i = 0; i < kWaiting; ++i) {
    waiting.push_back(&peer());
    waiting.back()->connect();
    settle();
    EXPECT_TRUE(waiting.back()->open());
  }
  Peer& late = peer();
  late.connect();
  settle();
  EXPECT_TRUE(late.got_rst);
  EXPECT_EQ(network_.counters().accepts_refused, 1);
  used(0, network_.accept(0, 0));
  Peer& later = peer();
  later.connect();
  settle();
  EXPECT_TRUE(later.open());
  for (Peer* each : waiting) EXPECT_FALSE(each->got_rst);
}

// ---- silent peers give way ----

constexpr uint32_t kGraceMs = whit::config::kSilentGraceMs;

// Each SYN takes a control block until lwIP gives up the peer, after 20 s.
TEST_F(NetworkTest, SynsOfNobodyGiveWay) {
  ASSERT_EQ(network_.listen(0, "", kPort, false), Status::kOk);
  for (int i = 0; i < 200; ++i) {
    peer().connect();
    peers_.back()->silent = true;
  }
  settle();
  EXPECT_EQ(pool_used(MEMP_TCP_PCB), unsigned{MEMP_NUM_TCP_PCB});
  run(2 * kGraceMs, 10);
  Peer& good = peer();
  good.connect();
  settle();
  EXPECT_TRUE(good.open());
  used(0, network_.accept(0, 0));
  ASSERT_NE(transports_[0], nullptr);
  EXPECT_EQ(transports_[0]->remote().port, good.port());
}

TEST_F(NetworkTest, SilentOnesThatWaitGiveWay) {
  ASSERT_EQ(network_.listen(0, "", kPort, false), Status::kOk);
  Peer* open = nullptr;
  whit::Transport* const in_use = connected(&open, 0);
  Peer& spoken = peer();
  spoken.connect();
  settle();
  spoken.send("waits for us");
  std::vector<Peer*> silent;
  for (int i = 0; i < kWaiting - 1; ++i) {
    silent.push_back(&peer());
    silent.back()->connect();
  }
  settle();
  take_blocks(0);
  run(kGraceMs - 20, 10);
  for (Peer* each : silent) EXPECT_FALSE(each->got_rst) << "not yet";
  run(kGraceMs + 20, 10);
  for (Peer* each : silent) EXPECT_FALSE(each->got_rst) << "nobody needs its place";
  Peer& good = peer();
  good.connect();
  settle();
  EXPECT_TRUE(good.open());
  unsigned gone = 0;
  for (Peer* each : silent) gone += each->got_rst ? 1 : 0;
  EXPECT_EQ(gone, 1u);
  EXPECT_FALSE(spoken.got_rst);
  open->send("alive");
  settle();
  EXPECT_EQ(read_all(in_use), "alive");
}

// The same where the control blocks suffice, but not the places.
TEST_F(NetworkTest, SilentOnesGiveUpTheirPlaces) {
  ASSERT_EQ(network_.listen(0, "", kPort, false), Status::kOk);
  for (int i = 0; i < kWaiting; ++i) peer().connect();
  run(2 * kGraceMs + 20, 10);
  Peer& good = peer();
  good.connect();
  settle();
  EXPECT_TRUE(good.open());
  EXPECT_FALSE(good.got_rst);
  EXPECT_EQ(network_.counters().waiting, kWaiting);
}

TEST_F(NetworkTest, WhoHasSomethingToSayIsAcceptedFirst) {
  ASSERT_EQ(network_.listen(0, "", kPort, false), Status::kOk);
  Peer& silent = peer();
  Peer& first = peer();
  Peer& second = peer();
  for (Peer* each : {&silent, &first, &second}) {
    each->connect();
    settle();
  }
  EXPECT_FALSE(network_.waiting(0)) << "nothing that an accepted one should give way for";
  second.send("x");
  first.send("x");
  settle();
  EXPECT_TRUE(network_.waiting(0));
  const uint16_t order[] = {first.port(), second.port(), silent.port()};
  for (uint16_t i = 0; i < 3; ++i) {
    used(i, network_.accept(0, i));
    ASSERT_NE(transports_[i], nullptr);
    EXPECT_EQ(transports_[i]->remote().port, order[i]);
  }
  EXPECT_FALSE(network_.waiting(0));
}

// Then the loop may end one that it has accepted.
TEST_F(NetworkTest, ASynWithoutAControlBlockCountsAsWaiting) {
  Peer* open = nullptr;
  connected(&open, 0);
  take_blocks(0);
  EXPECT_FALSE(network_.waiting(0));
  peer().connect();
  settle();
  EXPECT_TRUE(network_.waiting(0));
  EXPECT_EQ(network_.accept(0, 1), nullptr);
  EXPECT_FALSE(network_.waiting(0)) << "it has been tried";
}

// ---- after the end ----

// Both ends cross, or ours is the last, and then the peer is gone: lwIP by itself would repeat its last segment for
// minutes. TIME_WAIT, which holds nothing but its control block, is left to lwIP.
TEST_F(NetworkTest, AnEndThatNobodyAcknowledgesIsGivenUp) {
  for (const bool ours_first : {true, false}) {
    for (const size_t unsent : {size_t{0}, size_t{500}}) {
      peers_.clear();
      Peer* other = nullptr;
      whit::Transport* const transport = connected(&other);
      other->finish();
      other->move(Wire::now_ms);  // its end is on its way, and with it the last acknowledgement
      if (!ours_first) settle();
      EXPECT_EQ(write(transport, pattern(unsent)), unsent);
      EXPECT_EQ(transport->finish(), Status::kOk);
      other->silent = true;
      settle();
      Status status = Status::kOk;
      EXPECT_EQ(read_all(transport, &status), "");
      EXPECT_EQ(status, Status::kClosed);
      abort(0);
      ASSERT_NE(tcp_active_pcbs, nullptr);
      EXPECT_EQ(tcp_active_pcbs->state, ours_first ? CLOSING : LAST_ACK);
      run(15'000, 50);
      EXPECT_EQ(tcp_active_pcbs, nullptr) << ours_first << " " << unsent;
      EXPECT_EQ(pool_used(MEMP_TCP_SEG), 0u) << ours_first << " " << unsent;
    }
  }
}

// lwIP calls accept without a connection when it has no control block; and a SYN never ends a connection in use.
TEST_F(NetworkTest, ASynWithoutAControlBlockHurtsNobody) {
  Peer* other = nullptr;
  whit::Transport* const transport = connected(&other);
  take_blocks(0);
  Peer& late = peer();
  late.connect();
  run(2000, 50);
  EXPECT_FALSE(late.open());
  EXPECT_GT(network_.counters().accepts_refused, 0);
  EXPECT_EQ(network_.accept(0, 1), nullptr);
  other->send("alive");
  settle();
  EXPECT_EQ(read_all(transport), "alive");
  give_blocks();
  run(2000, 50);
  EXPECT_TRUE(late.open());
  used(1, network_.accept(0, 1));
  EXPECT_NE(transports_[1], nullptr);
}

TEST_F(NetworkTest, AConnectionThatWaitsGivesWayToOneThatTheApplicationMakes) {
  Peer* open = nullptr;
  whit::Transport* const in_use = connected(&open, 0);
  Peer& waits = peer();
  waits.connect();
  settle();
  EXPECT_EQ(network_.counters().waiting, 1);
  take_blocks(0);
  Peer* called = nullptr;
  whit::Transport* const transport = dialled(&called, 1);
  ASSERT_NE(transport, nullptr);
  EXPECT_EQ(network_.counters().waiting, 0);
  open->send("alive");
  settle();
  EXPECT_EQ(read_all(in_use), "alive");
  // And when only connections in use are left, the new one does without.
  abort(1);
  take_blocks(0);
  Status status = Status::kOk;
  whit::Transport* const failed = network_.connect(1, "10.0.0.2", 80, false, &status);
  ASSERT_NE(failed, nullptr);
  EXPECT_EQ(failed->progress().layer, Layer::kConnect);
  EXPECT_EQ(failed->progress().status, Status::kFailed);
  EXPECT_EQ(failed->error(), ERR_MEM);
  failed->abort();
  settle();
  open->send("still");
  settle();
  EXPECT_EQ(read_all(in_use), "still");
}

TEST_F(NetworkTest, ConnectsToAnAddress) {
  Peer* other = nullptr;
  whit::Transport* const transport = dialled(&other);
  EXPECT_EQ(transport->progress().layer, Layer::kConnect);
  EXPECT_EQ(transport->progress().status, Status::kWouldBlock);
  EXPECT_EQ(transport->write(bytes("early")).status, Status::kWouldBlock);
  EXPECT_EQ(transport->read({}).status, Status::kWouldBlock);
  EXPECT_EQ(transport->finish(), Status::kOk);
  (void)announced();
  run(4000, 50);  // the SYN was taken away by dialled(); lwIP repeats it
  EXPECT_TRUE(is_announced(0));
  EXPECT_EQ(transport->progress().layer, Layer::kOpen);
  EXPECT_EQ(transport->progress().status, Status::kOk);
  EXPECT_EQ(write(transport, "hello"), 5u);
  other->send("you too");
  settle();
  EXPECT_EQ(other->received, "hello");
  EXPECT_EQ(read_all(transport), "you too");
}

TEST_F(NetworkTest, SaysThatAConnectionWasRefused) {
  Peer* other = nullptr;
  whit::Transport* const transport = dialled(&other);
  other->refuses_syn = true;
  run(4000, 50);
  EXPECT_TRUE(is_announced(0));
  EXPECT_EQ(transport->progress().layer, Layer::kConnect);
  EXPECT_EQ(transport->progress().status, Status::kFailed);
  EXPECT_EQ(transport->error(), ERR_RST);
  EXPECT_EQ(transport->read({}).status, Status::kFailed);
}

TEST_F(NetworkTest, SaysThatNobodyAnswered) {
  Peer* other = nullptr;
  whit::Transport* const transport = dialled(&other);
  other->answers_syn = false;
  run(300'000, 250);
  EXPECT_EQ(transport->progress().layer, Layer::kConnect);
  EXPECT_EQ(transport->progress().status, Status::kFailed);
  EXPECT_EQ(transport->error(), ERR_ABRT);
}

TEST_F(NetworkTest, AbortWhileConnecting) {
  Peer* other = nullptr;
  dialled(&other);
  abort(0);
  EXPECT_EQ(tcp_active_pcbs, nullptr);
  settle();
  (void)announced();
  // The transport is free: another connection may have it at once.
  whit::Transport* const transport = dialled(&other);
  run(4000, 50);
  EXPECT_EQ(transport->progress().layer, Layer::kOpen);
}

TEST_F(NetworkTest, RefusesWhatItCannotDo) {
  Status status = Status::kOk;
  EXPECT_EQ(network_.connect(0, "10.0.0.2", 443, true, &status), nullptr) << "wss never runs in the clear";
  EXPECT_EQ(status, Status::kInvalidArgument);
  EXPECT_EQ(network_.connect(0, "10.0.0.2", 0, false, &status), nullptr);
  EXPECT_EQ(status, Status::kFailed);
  EXPECT_EQ(network_.connect(0, "", 80, false, &status), nullptr);
  EXPECT_EQ(status, Status::kFailed);
  EXPECT_EQ(network_.error(), ERR_ARG);
  EXPECT_EQ(network_.connect(0, whit::Text("10.0.0.2\0.evil.example", 22), 80, false, &status), nullptr);
  EXPECT_EQ(status, Status::kFailed);
  EXPECT_EQ(pool_used(MEMP_TCP_PCB), 0u);
}

#if !LWIP_DNS
TEST_F(NetworkTest, RefusesNamesWithoutAResolver) {
  Status status = Status::kOk;
  EXPECT_EQ(network_.connect(0, "name.example", 80, false, &status), nullptr);
  EXPECT_EQ(status, Status::kFailed);
  EXPECT_EQ(network_.error(), ERR_VAL);
}
#endif

using Context = NetworkTest;

TEST_F(Context, CallsOutOfAnLwipCallbackAreAnAssertion) {
  Peer* other = nullptr;
  whit::Transport* const transport = connected(&other);
  uint8_t byte = 0;
  const std::function<void()> calls[] = {
      [&] { network_.poll(0); },
      [&] { (void)network_.accept(0, 1); },
      [&] {
        (void)transport->read({&byte, 1});
      },
      [&] {
        (void)transport->write({&byte, 1});
      },
      [&] { (void)transport->finish(); },
      [&] { transport->abort(); },
  };
  for (const auto& call : calls) {
    EXPECT_DEATH(
        {
          network_.in_pump = call;
          network_.poll(Wire::now_ms);
        },
        "Whit was called in an lwIP callback");
  }
}

// Also those that have nothing to do just then.
TEST_F(Context, CallsOutsideLwipsContextAreAnAssertion) {
  Peer* other = nullptr;
  whit::Transport* const transport = connected(&other);
  uint8_t byte = 0;
  const std::function<void()> calls[] = {
      [&] { (void)network_.accept(0, 1); },
      [&] { (void)transport->progress(); },
      [&] {
        (void)transport->read({&byte, 1});
      },
  };
  for (const auto& call : calls) {
    EXPECT_DEATH(
        {
          test_context_is_wrong = 1;
          call();
        },
        "out of its context");
  }
}

}  // namespace
}  // namespace lwip_test
