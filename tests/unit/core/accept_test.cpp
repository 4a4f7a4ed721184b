// SPDX-License-Identifier: MIT
// The connections that give way when a peer waits and no place for another handshake is free: the silent ones, and no
// others. The times are those of the configuration; bench.advance() sleeps as wait_ms() says, so a loop that would not
// wake by itself is late here.
#include "unit/core/bench.h"

namespace whit {
namespace {

constexpr uint32_t kGraceMs = config::kSilentGraceMs;

std::string status_line(const TestPeer& peer) { return peer.received().substr(0, peer.received().find("\r\n")); }
bool is_open(const TestPeer& peer) { return status_line(peer) == "HTTP/1.1 101 Switching Protocols"; }

// After how many milliseconds `peer` has the first line of an answer.
template <class AnyBench>
uint32_t answered_after(AnyBench* bench, const TestPeer& peer, uint32_t most_ms) {
  const uint32_t start_ms = bench->now_ms;
  while (peer.received().empty() && bench->now_ms - start_ms < most_ms) bench->advance(1);
  return bench->now_ms - start_ms;
}

// As many slots as the host's server has.
class Crowd : public testing::Test {
 protected:
  static constexpr int kPeers = 200;

  void SetUp() override {
    bench.listen();
    for (TestPeer*& each : peers) each = &bench.pipe.dial(80);
  }
  // Every peer says the next byte of its request.
  void drip() {
    for (TestPeer* each : peers) each->send(request().substr(said, 1));
    ++said;
    bench.settle();
  }
  void expect_a_good_peer_within(uint32_t most_ms) {
    TestPeer& good = bench.pipe.dial(80);
    good.send(request());
    EXPECT_LE(answered_after(&bench, good, 60'000), most_ms);
    EXPECT_TRUE(is_open(good)) << good.received();
  }

  Bench<4, 128, 256, 64> bench;
  TestPeer* peers[kPeers] = {};
  size_t said = 0;
};

TEST_F(Crowd, OfSilentPeers) {
  bench.settle();
  expect_a_good_peer_within(1000);
}

TEST_F(Crowd, OfSilentPeersThatCameLongAgo) {
  bench.advance(5000);
  expect_a_good_peer_within(kGraceMs);
}

TEST_F(Crowd, OfHeadsOfOneByteASecond) {
  for (int second = 0; second < 3; ++second) {
    drip();
    expect_a_good_peer_within(1000);
    bench.advance(1000);
  }
}

// Of the buffers, handshakes have half: a place as well, and one that gives way.
TEST(GivingWay, ForAShareOfTheBuffers) {
  Bench<4, 4, 256, 6> bench;
  bench.listen();
  TestPeer* halves[2];
  for (TestPeer*& each : halves) {
    each = &bench.pipe.dial(80);
    each->send(request().substr(0, 60));
  }
  bench.settle();
  EXPECT_EQ(bench.loop.buffers().in_use, 2);
  TestPeer& good = bench.pipe.dial(80);
  good.send(request());
  bench.advance(kGraceMs - 1);
  EXPECT_EQ(good.received(), "");
  bench.advance(1);
  EXPECT_TRUE(is_open(good));
  EXPECT_NE(halves[0]->gone(), halves[1]->gone()) << "one was enough";
}

class OneSlot : public testing::Test {
 protected:
  void SetUp() override { bench.listen(); }
  TestPeer& dial(const std::string& bytes = "") {
    TestPeer& peer = bench.pipe.dial(80);
    if (!bytes.empty()) peer.send(bytes);
    bench.settle();
    return peer;
  }

  Bench<2, 4, 256, 1> bench;
};

TEST_F(OneSlot, NobodyGivesWayToNobody) {
  TestPeer& silent = dial();
  bench.advance(config::kHeadTimeoutMs - 1);
  EXPECT_FALSE(silent.gone());
  bench.advance(1);
  EXPECT_TRUE(silent.gone()) << "its own deadline";
}

TEST_F(OneSlot, NotBeforeTheGrace) {
  TestPeer& silent = dial();
  TestPeer& good = dial(request());
  bench.advance(kGraceMs - 1);
  EXPECT_FALSE(silent.gone());
  EXPECT_EQ(good.received(), "");
  bench.advance(1);
  EXPECT_TRUE(silent.gone());
  EXPECT_TRUE(is_open(good));
  EXPECT_EQ(bench.loop.handshakes().refused, 1u);
}

TEST_F(OneSlot, WhoGetsFurtherKeepsIt) {
  const std::string head = request();
  TestPeer& slow = dial(head.substr(0, 10));
  TestPeer& good = dial(head);
  for (size_t at = 10; at < head.size(); at += 10) {
    bench.advance(kGraceMs - 1);
    slow.send(head.substr(at, 10));
    bench.settle();
    ASSERT_FALSE(slow.gone()) << at;
  }
  EXPECT_TRUE(is_open(slow));
  EXPECT_TRUE(is_open(good));
}

// It is the application that takes its time.
TEST_F(OneSlot, WhoWaitsForTheApplicationKeepsIt) {
  bench.server.stop();
  bench.server_options.on_request = &keep_request_fields;
  bench.listen();
  TestPeer& asked = dial(request());
  TestPeer& next = dial(request());
  bench.advance(10 * kGraceMs);
  EXPECT_FALSE(asked.gone());
  EXPECT_EQ(bench.last(Event::kRequest)->socket.accept(), Status::kOk);
  bench.settle();
  EXPECT_TRUE(is_open(asked));
  EXPECT_EQ(next.received(), "");
  EXPECT_EQ(bench.last(Event::kRequest)->socket.reject(403), Status::kOk);
  bench.settle();
}

// A refused peer that does not end holds the slot no longer than a silent one.
TEST_F(OneSlot, WhoLingersGivesWay) {
  TestPeer& refused = dial("GET / HTTP/1.1\r\nHost: x\r\n\r\n");
  EXPECT_EQ(status_line(refused), "HTTP/1.1 426 Refused");
  TestPeer& good = dial(request());
  EXPECT_LE(answered_after(&bench, good, 10'000), kGraceMs);
  EXPECT_TRUE(is_open(good));
}

TEST(GivingWay, TheLongestSilentFirst) {
  Bench<2, 4, 256, 3> bench;
  bench.listen();
  TestPeer* peers[3];
  for (TestPeer*& each : peers) {
    each = &bench.pipe.dial(80);
    bench.advance(10);
  }
  peers[0]->send("G");  // which makes the second the longest silent
  bench.advance(kGraceMs - 5);
  bench.pipe.dial(80).send(request());
  bench.settle();
  EXPECT_FALSE(peers[0]->gone());
  EXPECT_TRUE(peers[1]->gone());
  EXPECT_FALSE(peers[2]->gone());
}

// RFC 6455, 7.1.1: a client that has closed in order may be back at once, before its old TCP connection is gone.
TEST(GivingWay, AClosedConnectionDoesNotCountAsOpen) {
  Bench<2, 4, 256, 1> bench;
  Peer first = bench.open(Role::kServer);
  bench.open(Role::kServer);
  first.send_close(1001);
  bench.settle();
  EXPECT_EQ(bench.last(Event::kClose)->close.was_clean, true);
  EXPECT_EQ(bench.loop.connections().in_use, 1);
  EXPECT_FALSE(first.pipe->gone()) << "its TCP connection lingers";
  bench.open(Role::kServer);
  // Now every slot is taken; the one that lingers longest gives way, so that a full server can still say so.
  TestPeer& late = bench.pipe.dial(80);
  late.send(request());
  EXPECT_LE(answered_after(&bench, late, 10'000), kGraceMs);
  EXPECT_EQ(status_line(late), "HTTP/1.1 503 Refused");
  bench.advance(config::kLingerTimeoutMs);
  EXPECT_EQ(bench.loop.connections().in_use, 2);
  EXPECT_EQ(bench.loop.handshakes().in_use, 0);
}

// Peers that have vanished keep a full server full until keepalive finds out. When another one is refused, those that
// may have vanished are asked at once.
TEST(GivingWay, TheOpenAreAskedWhenTheServerIsFull) {
  Bench<2, 4, 256, 1> bench;
  Peer vanished = bench.open(Role::kServer);
  bench.advance(config::kKeepaliveAnswerMs / 2);
  Peer alive = bench.open(Role::kServer);
  vanished.pipe->freeze();
  bench.advance(config::kKeepaliveAnswerMs / 2);
  const auto dial = [&bench] {
    TestPeer& late = bench.pipe.dial(80);
    late.send(request());
    bench.settle();
    const std::string line = status_line(late);
    late.close();
    return line;
  };
  EXPECT_EQ(dial(), "HTTP/1.1 503 Refused");
  bench.advance(config::kKeepaliveAnswerMs - 1);
  EXPECT_TRUE(alive.frames().empty()) << "it has said something a short while ago";
  EXPECT_EQ(bench.count(Event::kClose), 0u) << "no open connection is robbed";
  bench.advance(1);
  EXPECT_EQ(bench.count(Event::kClose, vanished.socket), 1u);
  EXPECT_EQ(dial(), "HTTP/1.1 101 Switching Protocols");
}

// The application has not been told of the end before its kClose.
TEST(GivingWay, CountsWhatTheApplicationKnows) {
  Bench<1, 4, 256, 1> bench;
  Peer first = bench.open(Role::kServer);
  size_t open = 1;
  bench.app = [&](const Event& event) {
    if (event.type == Event::kOpen) ++open;
    if (event.type == Event::kClose) --open;
    EXPECT_LE(open, 1u);
    EXPECT_EQ(bench.loop.connections().in_use, open);
  };
  TestPeer& next = bench.pipe.dial(80);
  next.send(request());
  first.send_close(1000);
  bench.settle();
  EXPECT_FALSE(next.received().empty());
}

}  // namespace
}  // namespace whit
