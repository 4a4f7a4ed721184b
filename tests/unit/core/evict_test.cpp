// SPDX-License-Identifier: MIT
// evict_oldest_idle: a full server ends the connection that has been idle longest for one that is new.
#include "unit/core/bench.h"

namespace whit {
namespace {

constexpr uint32_t kJitterMs = config::kKeepaliveIntervalMs / 8;
constexpr uint32_t kPatienceMs = config::kKeepaliveAnswerMs + kJitterMs;

class Evict : public testing::Test, protected Bench<3, 8, 256, 3> {
 protected:
  Evict() { server_options.on_full = evict_oldest_idle; }

  // Three connections, each `apart_ms` younger than the one before.
  void fill(uint32_t apart_ms) {
    for (Peer& each : peers) {
      each = open(Role::kServer);
      advance(apart_ms);
    }
    take_seen();
  }
  TestPeer& newcomer() {
    TestPeer& peer = pipe.dial(80);
    peer.send(request());
    settle();
    return peer;
  }
  static std::string status(const TestPeer& peer) { return peer.received().substr(9, 3); }

  Peer peers[3];
};

TEST_F(Evict, TheOldestIdleOneEndsForTheNewcomer) {
  fill(kJitterMs);
  advance(config::kKeepaliveAnswerMs - 2 * kJitterMs);
  EXPECT_EQ(status(newcomer()), "101");
  EXPECT_EQ(peers[0].frames(), (std::vector<Frame>{{kCloseFrame, true, false, close_body(1013)}}));
  ASSERT_EQ(seen.size(), 3u);
  EXPECT_EQ(seen[0].type, Event::kError);
  EXPECT_EQ(seen[1].type, Event::kClose);
  for (int i = 0; i < 2; ++i) {
    EXPECT_TRUE(seen[static_cast<size_t>(i)].socket == peers[0].socket);
    const Cause& cause = seen[static_cast<size_t>(i)].close.cause;
    EXPECT_EQ(cause.who, Cause::kWhit);
    EXPECT_EQ(cause.where, Cause::kClosing);
    EXPECT_EQ(cause.code, 1013);
  }
  EXPECT_EQ(seen[2].type, Event::kOpen);
  EXPECT_EQ(loop.connections().in_use, 3);
  EXPECT_EQ(loop.connections().refused, 0u);
}

TEST_F(Evict, WithoutThePolicyTheNewcomerIsRefused) {
  server_options.on_full = nullptr;
  fill(kJitterMs);
  advance(kPatienceMs);
  EXPECT_EQ(status(newcomer()), "503");
  EXPECT_EQ(loop.connections().refused, 1u);
}

TEST_F(Evict, NoneThatHasJustBeenHeard) {
  fill(0);
  advance(config::kKeepaliveAnswerMs - 1);
  EXPECT_EQ(status(newcomer()), "503");
  advance(kJitterMs + 1);
  EXPECT_EQ(status(newcomer()), "101");
}

TEST_F(Evict, AMessageOrAPongMakesYoung) {
  fill(kJitterMs);
  advance(kPatienceMs);
  peers[0].send(kTextFrame, "here");
  peers[1].send(kPongFrame, "");
  EXPECT_EQ(status(newcomer()), "101");
  EXPECT_EQ(count(Event::kClose, peers[2].socket), 1u);
  EXPECT_EQ(status(newcomer()), "503");
}

TEST_F(Evict, OneThatDoesNotAnswerAPingIsTheOldest) {
  fill(0);
  advance(config::kKeepaliveIntervalMs);  // all are pinged
  peers[0].send(kPongFrame, "");
  peers[2].send(kPongFrame, "");
  advance(config::kKeepaliveAnswerMs - kJitterMs);
  EXPECT_EQ(status(newcomer()), "101");
  EXPECT_EQ(count(Event::kClose, peers[1].socket), 1u);
}

TEST_F(Evict, EachNewcomerHasAPlaceOfItsOwn) {
  fill(kJitterMs);
  advance(kPatienceMs);
  TestPeer* three[3];
  for (TestPeer*& each : three) {
    each = &pipe.dial(80);
    each->send(request());
  }
  settle();
  for (const TestPeer* each : three) EXPECT_EQ(status(*each), "101");
  for (const Peer& each : peers) EXPECT_EQ(count(Event::kClose, each.socket), 1u);
  advance(5000);  // the evicted ones have ended, their slots are free
  EXPECT_EQ(status(newcomer()), "503") << "all are new";
}

TEST_F(Evict, ARequestThatTheApplicationAccepts) {
  server_options.on_request = &keep_request_fields;
  app = [](const Event& event) {
    if (event.type != Event::kRequest) return;
    EXPECT_EQ(event.socket.accept(), Status::kOk);
  };
  fill(kJitterMs);
  advance(kPatienceMs);
  EXPECT_EQ(status(newcomer()), "101");
  EXPECT_EQ(count(Event::kClose, peers[0].socket), 1u);
}

TEST_F(Evict, NoneWithoutKeepaliveAndNoneThatIsBusy) {
  fill(0);
  for (Peer& each : peers) each.send(kTextFrame, "half a message", false);
  peers[1].pipe->send(peer_frame(Role::kServer, kTextFrame, "x").substr(0, 1));
  settle();
  advance(config::kFrameTimeoutMs - 1);
  EXPECT_EQ(status(newcomer()), "503") << "none is idle for long enough";
  server_options.timeouts_ms[Deadline::kKeepaliveInterval] = 0;
  for (Peer& each : peers) each.pipe->reset();
  advance(60000);
  fill(0);
  advance(60000);
  EXPECT_EQ(status(newcomer()), "503") << "how long it has been idle is not known";
}

// Connections that the application itself has opened are not for others.
TEST_F(Evict, NoneOfAClient) {
  Peer ours = open(Role::kClient);
  advance(kPatienceMs);
  peers[0] = open(Role::kServer);
  peers[1] = open(Role::kServer);
  EXPECT_EQ(status(newcomer()), "503");
  EXPECT_EQ(count(Event::kClose), 0u);
}

TEST_F(Evict, ManyComeAndGo) {
  fill(kJitterMs);
  for (int i = 0; i < 300; ++i) {
    advance(kPatienceMs);
    EXPECT_EQ(status(newcomer()), "101") << i;
  }
  server.stop();
  advance(60000);
  expect_baseline();
}

}  // namespace
}  // namespace whit
