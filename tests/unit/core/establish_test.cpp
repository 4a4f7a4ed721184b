// SPDX-License-Identifier: MIT
// From a slot to an open connection: the loop's part. What the heads say is tested with server/ and client/.
#include "unit/core/bench.h"

namespace whit {
namespace {

std::string status_line(const std::string& received) { return received.substr(0, received.find("\r\n")); }

TEST(Opening, BothRolesOpen) {
  for (Role role : kRoles) {
    Bench<1, 2, 256> bench;
    Peer peer = bench.open(role);
    EXPECT_EQ(bench.seen.size(), 1u);
    EXPECT_EQ(peer.socket.ready_state(), ReadyState::kOpen);
    EXPECT_EQ(bench.loop.connections().in_use, 1);
    EXPECT_EQ(bench.loop.handshakes().in_use, 0);
    EXPECT_EQ(bench.loop.buffers().in_use, 0) << "an idle connection holds no buffer";
  }
}

// Each refusal gives its buffer back to the share of the handshakes.
TEST(Opening, ARefusalLeavesRoomForTheNextHandshake) {
  Bench<1, 2, 256> bench;
  bench.listen();
  for (int i = 0; i < 8; ++i) {
    TestPeer& bad = bench.pipe.dial(80);
    bad.send("GET / HTTP/1.1\r\nHost: x\r\n\r\n");
    bench.settle();
    EXPECT_EQ(status_line(bad.received()), "HTTP/1.1 426 Refused") << i;
    bad.close();
    bench.settle();
    EXPECT_TRUE(bad.gone()) << i;
    bench.expect_baseline();
  }
  bench.open(Role::kServer);
}

TEST(Opening, AClientIsToldWhatTheServerAnsweredInstead) {
  struct Case {
    std::string answer;
    int32_t code;
  };
  const Case cases[] = {{"HTTP/1.1 404 Not Found\r\n\r\n", 404}, {"HTTP/1.1 101 x\r\n\r\n", 101}, {"garbage\r\n", 0}};
  for (const Case& each : cases) {
    Bench<1, 2, 256> bench;
    ASSERT_EQ(bench.client.connect(bench.client_options), Status::kOk);
    bench.settle();
    TestPeer& peer = bench.pipe.answered(0);
    peer.send(each.answer);
    bench.settle();
    ASSERT_EQ(bench.seen.size(), 2u);
    EXPECT_EQ(bench.seen[0].type, Event::kError);
    EXPECT_EQ(bench.seen[1].type, Event::kClose);
    const Cause cause = bench.seen[1].close.cause;
    EXPECT_EQ(cause.who, Cause::kPeer);
    EXPECT_EQ(cause.where, Cause::kHandshake);
    EXPECT_EQ(cause.code, each.code);
    EXPECT_TRUE(peer.closed()) << "in order";
    peer.close();
    bench.settle();
    EXPECT_TRUE(peer.gone());
    bench.expect_baseline();
  }
}

TEST(Opening, ThePeerLeavesInTheMiddleOfItsHead) {
  for (Role role : kRoles) {
    Bench<1, 2, 256> bench;
    TestPeer* peer = nullptr;
    if (role == Role::kServer) {
      bench.listen();
      peer = &bench.pipe.dial(80);
      peer->send("GET / HTTP/1.1\r\nHost: x\r\n");
    } else {
      ASSERT_EQ(bench.client.connect(bench.client_options), Status::kOk);
      bench.settle();
      peer = &bench.pipe.answered(0);
      peer->send("HTTP/1.1 101 x\r\nUpgrade: ");
    }
    peer->close();
    bench.settle();
    EXPECT_EQ(bench.seen.size(), role == Role::kServer ? 0u : 2u);
    if (role == Role::kClient) {
      EXPECT_EQ(bench.seen[1].close.cause.where, Cause::kHandshake);
      EXPECT_EQ(bench.seen[1].close.cause.code, 0);
    }
    bench.expect_baseline();
  }
}

// Handshakes hold at most half of the buffers; one that opens gives its share on at once, though it keeps the buffer.
TEST(Opening, HandshakesShareHalfOfTheBuffers) {
  Bench<4, 4, 256, 4> bench;
  bench.listen();
  const std::string half = request().substr(0, 100);
  TestPeer* peers[3];
  for (TestPeer*& each : peers) {
    each = &bench.pipe.dial(80);
    each->send(half);
    bench.settle();
  }
  EXPECT_EQ(bench.loop.buffers().in_use, 2);
  peers[2]->send(request().substr(100));
  bench.settle();
  EXPECT_EQ(peers[2]->received(), "");
  peers[0]->send(request().substr(100) + peer_frame(Role::kServer, kTextFrame, std::string(200, 'x')).substr(0, 50));
  bench.settle();
  EXPECT_EQ(peers[0]->received().substr(0, 13), "HTTP/1.1 101 ");
  EXPECT_EQ(peers[2]->received().substr(0, 13), "HTTP/1.1 101 ");
  EXPECT_EQ(bench.loop.buffers().in_use, 2) << "the second half head and the half message";
}

// The answer finds no room in front of the input, and no free buffer either: it waits for one.
TEST(Opening, TheAnswerWaitsForABuffer) {
  Bench<3, 3, 256, 1> bench;
  Peer first = bench.open(Role::kServer);
  Peer second = bench.open(Role::kServer);
  TestPeer& raw = bench.pipe.dial(80);
  const std::string head = request("X-Long: " + std::string(300, 'x') + "\r\n");
  raw.send(head.substr(0, head.size() - 1));
  bench.settle();
  for (Peer* each : {&first, &second}) {
    each->pipe->set_window(0);
    EXPECT_EQ(each->socket.send("takes a buffer"), Status::kOk);
  }
  bench.settle();
  EXPECT_EQ(bench.loop.buffers().in_use, 3);
  raw.send("\n" + peer_frame(Role::kServer, kTextFrame, "early"));
  bench.advance(9999);
  EXPECT_EQ(raw.received(), "");
  first.pipe->set_window(SIZE_MAX);
  bench.settle();
  EXPECT_EQ(raw.received().substr(0, 13), "HTTP/1.1 101 ");
  EXPECT_EQ(bench.last(Event::kMessage)->data, "early");
}

// Two answers wait; the first takes the last place, and the second finds the buffer of its request for the refusal.
TEST(Opening, AnAnswerThatWaitedMayBecomeARefusal) {
  Bench<2, 4, 256> bench;
  Peer open = bench.open(Role::kServer);
  open.pipe->send(peer_frame(Role::kServer, kTextFrame, std::string(100, 'x')).substr(0, 50));
  const std::string head = request("X-Long: " + std::string(300, 'x') + "\r\n");
  TestPeer* peers[2];
  for (TestPeer*& each : peers) {
    each = &bench.pipe.dial(80);
    each->send(head.substr(0, head.size() - 1));
  }
  bench.settle();
  open.pipe->set_window(0);
  const std::string much(200, 'y');
  EXPECT_EQ(open.socket.send(Text(much.data(), much.size())), Status::kOk);
  EXPECT_EQ(bench.loop.buffers().in_use, 4);
  for (TestPeer* each : peers) each->send("\n");
  bench.settle();
  EXPECT_EQ(peers[0]->received() + peers[1]->received(), "");
  open.pipe->set_window(SIZE_MAX);
  bench.settle();
  EXPECT_EQ(status_line(peers[0]->received()), "HTTP/1.1 101 Switching Protocols");
  EXPECT_EQ(status_line(peers[1]->received()), "HTTP/1.1 503 Refused");
}

TEST(Opening, ASilentPeerHoldsNoBuffer) {
  Bench<4, 8, 256, 2> bench;
  bench.listen();
  TestPeer& silent = bench.pipe.dial(80);
  bench.settle();
  EXPECT_TRUE(silent.linked());
  EXPECT_EQ(bench.loop.buffers().in_use, 0);
}

TEST(Opening, AcceptsAtMostAsManyAsThereAreSlotsForHandshakes) {
  Bench<4, 8, 256, 2> bench;
  bench.listen();
  TestPeer* peers[4];
  for (TestPeer*& each : peers) each = &bench.pipe.dial(80);
  bench.settle();
  EXPECT_EQ(bench.loop.handshakes().in_use, 2);
  EXPECT_EQ(bench.loop.handshakes().high_water, 2);
  EXPECT_TRUE(peers[1]->linked());
  EXPECT_FALSE(peers[2]->linked());
}

}  // namespace
}  // namespace whit
