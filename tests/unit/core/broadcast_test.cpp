// SPDX-License-Identifier: MIT
// Broadcast: one message to many, and each rule for those that do not keep up.
#include "whit/broadcast.h"

#include <algorithm>
#include <functional>
#include <numeric>

#include "unit/core/bench.h"

namespace whit {

static bool operator==(BroadcastCounts left, BroadcastCounts right) {
  return left.sent == right.sent && left.dropped == right.dropped;
}

namespace {

constexpr WhenBehind kRules[] = {WhenBehind::kDropNewest, WhenBehind::kDropOldest, WhenBehind::kLatestOnly,
                                 WhenBehind::kClose};
constexpr uint16_t kKept = 4;
constexpr uint32_t kLongest = 100;

// A bench with a broadcast. A subscriber's buffer holds two of the longest messages.
template <uint16_t kConnections, uint16_t kBuffers>
struct News : Bench<kConnections, kBuffers, 256> {
  using Base = Bench<kConnections, kBuffers, 256>;

  Peer subscribe(WhenBehind rule) {
    Peer peer = this->open(Role::kServer);
    EXPECT_EQ(news.subscribe(peer.socket, rule), Status::kOk);
    return peer;
  }
  // Publishes so many messages, each in a turn of its own; `all` has them.
  void publish(int count) {
    for (; count != 0; --count) {
      publish_one();
      this->settle();
    }
  }
  void publish_one() {
    std::string text = std::to_string(all.size());
    text.resize(kLongest, '.');
    ASSERT_EQ(news.publish(Text(text.data(), text.size())), Status::kOk);
    all.push_back(text);
  }
  // Turns, but only those that the loop does not sleep through.
  void turn_while_awake() {
    while (this->loop.wait_ms() == 0) this->turn();
    this->pipe.turn_peers();
  }
  // The numbers of the messages among the frames. Each frame is a whole text that was published.
  std::vector<int> numbers(const std::vector<Frame>& frames) {
    std::vector<int> found;
    for (const Frame& each : frames) {
      if (each.opcode != kTextFrame) continue;
      found.push_back(std::stoi(each.payload));
      EXPECT_EQ(each, (Frame{kTextFrame, true, false, all.at(static_cast<size_t>(found.back()))}));
    }
    return found;
  }

  BroadcastMemory<Base::kBufferCount + 10, kKept, kLongest> memory;
  Broadcast news{this->loop, memory};
  std::vector<std::string> all;
};

std::vector<int> range(int first, int count) {
  std::vector<int> numbers(static_cast<size_t>(count));
  std::iota(numbers.begin(), numbers.end(), first);
  return numbers;
}

TEST(Broadcast, AllSubscribersGetEachMessageOnceAndInOrder) {
  News<6, 2> bench;
  std::vector<Peer> peers;
  for (int i = 0; i < 6; ++i) peers.push_back(bench.subscribe(kRules[i % 4]));
  bench.publish(20);
  for (Peer& each : peers) {
    EXPECT_EQ(bench.numbers(each.frames()), range(0, 20));
    EXPECT_EQ(bench.news.counts(each.socket), (BroadcastCounts{20, 0}));
  }
  EXPECT_EQ(bench.news.counts(), (BroadcastCounts{120, 0}));
  EXPECT_EQ(bench.news.published(), 20u);
  EXPECT_EQ(bench.loop.buffers().in_use, 0);
}

// The price of a broadcast: a buffer while a write lasts, and one write per connection and turn.
TEST(Broadcast, TakesOneBufferAndOneWritePerConnection) {
  News<6, 2> bench;
  std::vector<Peer> peers;
  for (int i = 0; i < 6; ++i) peers.push_back(bench.subscribe(WhenBehind::kClose));
  std::vector<uint32_t> before;
  for (const Peer& each : peers) before.push_back(bench.pipe.transport(each.socket.index()).counters().writes);
  bench.publish_one();
  bench.publish_one();
  bench.turn();
  for (size_t i = 0; i < peers.size(); ++i) {
    EXPECT_EQ(bench.pipe.transport(peers[i].socket.index()).counters().writes, before[i] + 1);
  }
  EXPECT_EQ(bench.loop.buffers().high_water, 1) << "more than the opening handshakes needed";
  bench.settle();
  for (Peer& each : peers) EXPECT_EQ(bench.numbers(each.frames()), range(0, 2));
}

TEST(Broadcast, OnlyTheLoopWrites) {
  News<1, 2> bench;
  Peer peer = bench.subscribe(WhenBehind::kDropOldest);
  bench.publish_one();  // a call of the transport here would be a violation
  EXPECT_EQ(bench.loop.wait_ms(), 0u) << "the next turn follows at once";
  EXPECT_TRUE(peer.frames().empty());
  bench.turn();
  bench.pipe.turn_peers();
  EXPECT_EQ(bench.numbers(peer.frames()), range(0, 1));
  EXPECT_NE(bench.loop.wait_ms(), 0u);
}

TEST(Broadcast, AMessageOfEachLengthOfItsHeader) {
  Bench<1, 2, 70000, 2, 80000> bench;
  static BroadcastMemory<3, 2, 65536> memory;
  Broadcast news{bench.loop, memory};
  Peer peer = bench.open(Role::kServer);
  ASSERT_EQ(news.subscribe(peer.socket), Status::kOk);
  for (const size_t size : {0u, 1u, 125u, 126u, 65535u, 65536u}) {
    const std::string data(size, 'x');
    ASSERT_EQ(news.publish(bytes_of(data), MessageType::kBinary), Status::kOk);
    bench.settle();
    EXPECT_EQ(peer.frames(), (std::vector<Frame>{{kBinaryFrame, true, false, data}})) << size;
  }
}

TEST(Broadcast, ArgumentsThatBreakARule) {
  News<2, 4> bench;
  Peer peer = bench.subscribe(WhenBehind::kDropOldest);
  EXPECT_EQ(bench.news.publish(Text("\xFF")), Status::kInvalidArgument);
  const std::string cut = "\xE2\x82";
  EXPECT_EQ(bench.news.publish(Text(cut.data(), cut.size())), Status::kInvalidArgument);
  EXPECT_EQ(bench.news.publish(bytes_of("\xFF"), MessageType::kBinary), Status::kOk);
  const std::string long_one(kLongest + 1, 'x');
  EXPECT_EQ(bench.news.publish(Text(long_one.data(), long_one.size())), Status::kTooLarge);
  EXPECT_EQ(bench.news.subscribe(WebSocket{}), Status::kNotOpen);
  Peer client = bench.open(Role::kClient);
  EXPECT_EQ(bench.news.subscribe(client.socket), Status::kInvalidArgument);
  EXPECT_FALSE(bench.news.has(client.socket));
  ASSERT_EQ(peer.socket.close(), Status::kOk);
  EXPECT_EQ(bench.news.subscribe(peer.socket), Status::kNotOpen);
  Bench<1, 2, 256> other;
  EXPECT_EQ(bench.news.subscribe(other.open(Role::kServer).socket), Status::kNotOpen) << "a socket of another loop";
}

TEST(Broadcast, MemoryThatIsTooSmallOrTooLargeIsRefused) {
  Bench<2, 4, 256> bench;
  BroadcastMemory<1, 2, 100> few;
  BroadcastMemory<4, 2, 253> large;  // and 4 bytes of header
  Broadcast first{bench.loop, few}, second{bench.loop, large};
  Peer peers[] = {bench.open(Role::kServer), bench.open(Role::kServer)};
  EXPECT_EQ(first.subscribe(peers[0].socket), Status::kOk);
  EXPECT_EQ(first.subscribe(peers[1].socket), Status::kNoSlot);
  EXPECT_FALSE(first.has(peers[1].socket));
  EXPECT_EQ(second.subscribe(peers[0].socket), Status::kTooLarge);
}

TEST(Broadcast, AsManyAsTheMemoryHoldsArePublishedInATurn) {
  News<1, 2> bench;
  Peer peer = bench.subscribe(WhenBehind::kClose);
  for (int turn = 0; turn < 3; ++turn) {
    for (int i = 0; i < kKept; ++i) bench.publish_one();
    EXPECT_EQ(bench.news.publish("one more"), Status::kWouldBlock);
    bench.turn();
  }
  bench.settle();
  EXPECT_EQ(bench.numbers(peer.frames()), range(0, 3 * kKept)) << "more than one buffer of them";
}

// A chat: the message lies in the receive buffer, and goes back to its sender in place, too.
TEST(Broadcast, AMessageJustReceivedIsPublished) {
  News<3, 3> bench;
  Peer peers[3];
  for (Peer& each : peers) each = bench.subscribe(WhenBehind::kDropOldest);
  bench.app = [&](const Event& event) {
    if (event.type != Event::kMessage) return;
    EXPECT_EQ(bench.news.publish(event.message.data, event.message.type), Status::kOk);
    EXPECT_EQ(event.socket.send(event.message), Status::kOk);
  };
  peers[1].send(kTextFrame, "hello");
  bench.settle();
  const Frame hello{kTextFrame, true, false, "hello"};
  EXPECT_EQ(peers[0].frames(), (std::vector<Frame>{hello}));
  EXPECT_EQ(peers[1].frames(), (std::vector<Frame>{hello, hello}));
}

TEST(Broadcast, GroupsAreSeveralOfThem) {
  News<2, 4> bench;
  BroadcastMemory<4, 2, 20> memory;
  Broadcast others{bench.loop, memory};
  Peer both = bench.subscribe(WhenBehind::kDropOldest);
  Peer one = bench.subscribe(WhenBehind::kDropOldest);
  ASSERT_EQ(others.subscribe(both.socket), Status::kOk);
  ASSERT_EQ(others.publish("group"), Status::kOk);
  bench.publish(1);
  EXPECT_EQ(both.frames().size(), 2u);
  EXPECT_EQ(one.frames().size(), 1u);
}

// ---- those that do not keep up ----

// A peer that takes nothing: two messages wait in its buffer, and four in the memory.
struct Slow : News<2, 4> {
  explicit Slow(WhenBehind rule) : slow(subscribe(rule)), quick(subscribe(WhenBehind::kClose)) {
    slow.pipe->set_window(0);
    slow.pipe->stop_reading();
  }
  void read_on() {
    slow.pipe->set_window(SIZE_MAX);
    slow.pipe->start_reading();
    settle();
  }

  Peer slow, quick;
};

// R-FLOW-4
TEST(Broadcast, DropNewestKeepsWhatCameFirst) {
  Slow bench(WhenBehind::kDropNewest);
  bench.publish(10);
  EXPECT_EQ(bench.news.counts(bench.slow.socket), (BroadcastCounts{2, 8}));
  bench.read_on();
  bench.publish(1);
  EXPECT_EQ(bench.numbers(bench.slow.frames()), (std::vector<int>{0, 1, 10}));
  EXPECT_EQ(bench.numbers(bench.quick.frames()), range(0, 11));
  EXPECT_EQ(bench.news.counts(), (BroadcastCounts{14, 8}));
}

// R-FLOW-4
TEST(Broadcast, DropOldestKeepsWhatCameLast) {
  Slow bench(WhenBehind::kDropOldest);
  bench.publish(10);
  EXPECT_EQ(bench.news.counts(bench.slow.socket), (BroadcastCounts{2, 4}));
  bench.read_on();
  EXPECT_EQ(bench.numbers(bench.slow.frames()), (std::vector<int>{0, 1, 6, 7, 8, 9}));
  EXPECT_EQ(bench.numbers(bench.quick.frames()), range(0, 10));
  EXPECT_EQ(bench.news.counts(), (BroadcastCounts{16, 4}));
}

// R-FLOW-4
TEST(Broadcast, LatestOnlyKeepsOne) {
  Slow bench(WhenBehind::kLatestOnly);
  bench.publish(10);
  EXPECT_EQ(bench.news.counts(bench.slow.socket), (BroadcastCounts{2, 7}));
  bench.read_on();
  EXPECT_EQ(bench.numbers(bench.slow.frames()), (std::vector<int>{0, 1, 9}));
  EXPECT_EQ(bench.news.counts(), (BroadcastCounts{13, 7}));
}

// R-FLOW-4: after the close nothing more is sent
TEST(Broadcast, CloseEndsTheConnectionWith1013WhenAMessageIsLost) {
  Slow bench(WhenBehind::kClose);
  bench.publish(6);
  EXPECT_EQ(bench.slow.socket.ready_state(), ReadyState::kOpen) << "two in its buffer, four in the memory";
  bench.publish(1);
  EXPECT_EQ(bench.slow.socket.ready_state(), ReadyState::kClosing);
  EXPECT_EQ(bench.news.closed(), 1u);
  EXPECT_FALSE(bench.news.has(bench.slow.socket));
  bench.publish(3);
  bench.read_on();
  std::vector<Frame> frames = bench.slow.frames();
  ASSERT_EQ(frames.size(), 3u);
  EXPECT_EQ(frames[2], (Frame{kCloseFrame, true, false, close_body(1013)}));
  frames.pop_back();
  EXPECT_EQ(bench.numbers(frames), range(0, 2));
  EXPECT_EQ(bench.numbers(bench.quick.frames()), range(0, 10)) << "R-FLOW-5";
  EXPECT_EQ(bench.news.counts(), (BroadcastCounts{12, 5})) << "those that waited, and the seventh";
}

TEST(Broadcast, APeerThatReadsAgainInTimeLosesNothing) {
  for (const WhenBehind rule : {WhenBehind::kDropOldest, WhenBehind::kClose}) {
    Slow bench(rule);
    for (int round = 0; round < 3; ++round) {
      bench.slow.pipe->set_window(0);
      bench.publish(2 + kKept);
      bench.read_on();
    }
    EXPECT_EQ(bench.numbers(bench.slow.frames()), range(0, 3 * (2 + kKept)));
    EXPECT_EQ(bench.news.counts(bench.slow.socket).dropped, 0u);
  }
}

TEST(Broadcast, WhatWaitsIsNotSleptThroughWhenThePeerReadsAgain) {
  Slow bench(WhenBehind::kDropOldest);
  bench.publish(2 + kKept);
  bench.slow.pipe->set_window(SIZE_MAX);
  bench.slow.pipe->start_reading();
  while (bench.slow.socket.buffered_amount() == 2 * (kLongest + 2)) bench.turn();
  bench.turn_while_awake();
  EXPECT_EQ(bench.numbers(bench.slow.frames()), range(0, 2 + kKept));
}

// A pool without a free buffer is not the fault of the peer.
TEST(Broadcast, WithoutAFreeBufferNothingIsDroppedThatTheMemoryHolds) {
  for (const WhenBehind rule : {WhenBehind::kDropNewest, WhenBehind::kDropOldest, WhenBehind::kClose}) {
    News<3, 2> bench;
    Peer peer = bench.subscribe(rule);
    Peer others[] = {bench.open(Role::kServer), bench.open(Role::kServer)};
    for (Peer& each : others) {
      each.pipe->set_window(0);
      ASSERT_EQ(each.socket.send("takes a buffer"), Status::kOk);
      bench.settle();
    }
    bench.publish(kKept);
    EXPECT_TRUE(peer.frames().empty());
    others[1].pipe->set_window(SIZE_MAX);
    while (bench.loop.buffers().in_use == 2) bench.turn();
    bench.turn_while_awake();
    EXPECT_EQ(bench.numbers(peer.frames()), range(0, kKept));
    EXPECT_EQ(bench.news.counts().dropped, 0u);
  }
}

TEST(Broadcast, TheRuleMayChange) {
  Slow bench(WhenBehind::kClose);
  bench.publish(6);
  ASSERT_EQ(bench.news.subscribe(bench.slow.socket, WhenBehind::kLatestOnly), Status::kOk);
  bench.publish(1);
  bench.read_on();
  EXPECT_EQ(bench.numbers(bench.slow.frames()), (std::vector<int>{0, 1, 6}));
}

TEST(Broadcast, UnsubscribedInTheMiddleItGetsWhatIsGathered) {
  Slow bench(WhenBehind::kDropOldest);
  bench.publish(5);
  bench.news.unsubscribe(bench.slow.socket);
  EXPECT_FALSE(bench.news.has(bench.slow.socket));
  EXPECT_EQ(bench.news.subscribers(), 1);
  bench.publish(1);
  bench.read_on();
  EXPECT_EQ(bench.numbers(bench.slow.frames()), range(0, 2));
  EXPECT_EQ(bench.news.counts(), (BroadcastCounts{2 + 6, 3}));
  ASSERT_EQ(bench.news.subscribe(bench.slow.socket), Status::kOk);
  bench.publish(1);
  EXPECT_EQ(bench.numbers(bench.slow.frames()), range(6, 1));
}

// The slot's next connection is another one, whatever waited for the first.
TEST(Broadcast, AConnectionThatEndsLeavesByItself) {
  News<1, 2> bench;
  Peer first = bench.subscribe(WhenBehind::kDropOldest);
  first.pipe->set_window(0);
  bench.publish(5);
  first.socket.abort();
  bench.settle();
  EXPECT_EQ(bench.news.subscribers(), 0);
  Peer second = bench.open(Role::kServer);
  EXPECT_FALSE(bench.news.has(second.socket));
  bench.publish(1);
  EXPECT_TRUE(second.frames().empty());
  EXPECT_EQ(bench.news.counts(), (BroadcastCounts{2, 3}));
  ASSERT_EQ(bench.news.subscribe(second.socket), Status::kOk);
  bench.publish(1);
  EXPECT_EQ(bench.numbers(second.frames()), range(6, 1));
}

TEST(Broadcast, TheNextConnectionInTheSlotOfASubscriberIsNone) {
  News<1, 2> bench;
  Peer first = bench.subscribe(WhenBehind::kDropOldest);
  first.socket.abort();
  bench.settle();
  Peer second = bench.open(Role::kServer);
  while (second.socket.index() != first.socket.index()) {  // slots are used in turn
    second.socket.abort();
    bench.settle();
    second = bench.open(Role::kServer);
  }
  bench.publish(1);
  EXPECT_TRUE(second.frames().empty());
  EXPECT_EQ(bench.news.counts(), (BroadcastCounts{0, 1}));
}

TEST(Broadcast, ATransportThatBreaksInTheWriteEndsItsConnectionAlone) {
  for (const Status status : {Status::kFailed, Status::kClosed}) {
    News<3, 3> bench;
    Peer peers[3];
    for (Peer& each : peers) each = bench.subscribe(WhenBehind::kDropOldest);
    bench.publish_one();
    bench.pipe.fail_call(1, status, 5);  // the first write of the broadcast
    bench.turn();
    bench.settle();
    EXPECT_EQ(bench.count(Event::kClose), 1u);
    EXPECT_EQ(bench.news.subscribers(), 2);
    bench.publish(1);
    EXPECT_EQ(bench.numbers(peers[1].frames()), range(0, 2));
    EXPECT_EQ(bench.numbers(peers[2].frames()), range(0, 2));
  }
}

// ---- beside the connection's own output ----

// RFC 6455, 5.4: fragments of a message are not interleaved with another one.
TEST(Broadcast, WaitsForTheEndOfTheApplicationsMessage) {
  News<2, 4> bench;
  Peer peer = bench.subscribe(WhenBehind::kDropOldest);
  Peer other = bench.open(Role::kServer);
  const std::string part = "part";
  Message piece;
  piece.data = bytes_of(part);
  piece.last = false;
  ASSERT_EQ(peer.socket.send(piece), Status::kOk);
  bench.publish(2);
  EXPECT_EQ(peer.frames(), (std::vector<Frame>{{kBinaryFrame, false, false, "part"}}));
  // The last piece is sent in the turn of another connection, and nothing else happens.
  bench.app = [&](const Event& event) {
    if (event.type != Event::kMessage) return;
    piece.first = false;
    piece.last = true;
    EXPECT_EQ(peer.socket.send(piece), Status::kOk);
  };
  other.send(kTextFrame, "go");
  while (!piece.last) bench.turn();
  bench.turn_while_awake();
  std::vector<Frame> frames = peer.frames();
  ASSERT_EQ(frames.size(), 3u);
  EXPECT_EQ(frames[0], (Frame{kContinuationFrame, true, false, "part"}));
  EXPECT_EQ(bench.numbers(frames), range(0, 2));
}

// Room that the application waits for is not taken by broadcasts.
TEST(Broadcast, RoomThatTheApplicationWasRefusedIsForTheApplication) {
  Slow bench(WhenBehind::kDropOldest);
  bench.publish(3);
  const std::string own(200, 'o');
  ASSERT_EQ(bench.slow.socket.send(bytes_of(own), MessageType::kBinary), Status::kWouldBlock);
  Status again = Status::kFailed;
  bench.app = [&](const Event& event) {
    if (event.type == Event::kWritable) again = event.socket.send(bytes_of(own), MessageType::kBinary);
  };
  bench.read_on();
  EXPECT_EQ(again, Status::kOk);
  std::vector<Frame> frames = bench.slow.frames();
  ASSERT_EQ(frames.size(), 4u);
  EXPECT_EQ(frames[2].payload, own);
  EXPECT_EQ(bench.numbers(frames), range(0, 3));
}

TEST(Broadcast, AMessageInTheTurnOfAnEchoKeepsBothWhole) {
  News<1, 2> bench;
  Peer peer = bench.subscribe(WhenBehind::kClose);
  bench.app = [&](const Event& event) {
    echo(event);
    if (event.type == Event::kMessage) bench.publish_one();
  };
  for (int i = 0; i < 3; ++i) peer.send(kBinaryFrame, std::string(120, 'e'));
  bench.settle();
  const std::vector<Frame> frames = peer.frames();
  EXPECT_EQ(frames.size(), 6u);
  EXPECT_EQ(bench.numbers(frames), range(0, 3));
}

// ---- everything together ----

struct Case {
  WhenBehind rule;
  uint32_t block_at;  // the window takes so many bytes, then nothing until later
  int end;            // nothing, unsubscribed, closed, aborted, ended by the peer, a message of the application
};

// A subscriber that blocks after each number of bytes, and what may become of it meanwhile; another one that keeps up.
template <uint16_t kBuffers>
void run_case(const Case& each) {
  News<3, kBuffers> bench;
  Peer slow = bench.subscribe(each.rule);
  Peer quick = bench.subscribe(WhenBehind::kClose);
  const WebSocket quick_socket = quick.socket;
  slow.pipe->set_window(each.block_at);
  slow.pipe->stop_reading();
  bench.publish(3);
  const std::string part = "p";
  Message piece;
  piece.data = bytes_of(part);
  piece.last = false;
  const bool partial = each.end == 5 && slow.socket.send(piece) == Status::kOk;
  if (each.end == 1) bench.news.unsubscribe(slow.socket);
  if (each.end == 2) (void)slow.socket.close();
  if (each.end == 3) slow.socket.abort();
  if (each.end == 4) slow.pipe->close();
  bench.publish(6);
  slow.pipe->set_window(SIZE_MAX);
  slow.pipe->start_reading();
  bench.settle();
  piece.first = false;
  piece.last = true;
  if (partial && slow.socket.ready_state() == ReadyState::kOpen) {
    EXPECT_EQ(slow.socket.send(piece), Status::kOk);
    bench.settle();
  }
  EXPECT_EQ(bench.numbers(quick.frames()), range(0, 9)) << "R-FLOW-5";
  EXPECT_EQ(bench.news.counts(quick_socket), (BroadcastCounts{9, 0}));
  // Whole messages in their order, none twice.
  const std::vector<Frame> frames = slow.frames();
  const std::vector<int> got = bench.numbers(frames);
  EXPECT_TRUE(std::adjacent_find(got.begin(), got.end(), std::greater_equal<int>()) == got.end());
  const bool open = slow.socket.ready_state() == ReadyState::kOpen;
  // Each message was sent or dropped, and what was sent has arrived, unless the connection was aborted.
  const BroadcastCounts counts = bench.news.counts();
  const uint32_t offered = 18u - (each.end == 1 ? 6u : 0u);
  if (bench.news.has(slow.socket)) {
    EXPECT_EQ(counts.sent + counts.dropped, offered);
    EXPECT_EQ(bench.news.counts(slow.socket).sent, got.size());
    EXPECT_TRUE(each.rule == WhenBehind::kDropNewest || got.back() == 8);
  } else {
    EXPECT_LE(counts.sent + counts.dropped, offered);
    EXPECT_TRUE(each.end != 0 || each.rule == WhenBehind::kClose);
  }
  EXPECT_TRUE(!open || bench.loop.buffers().in_use == 0);
  bench.loop.stop();
  bench.advance(60000);
  bench.expect_baseline();
}

template <uint16_t kBuffers>
void run_cases() {
  for (const WhenBehind rule : kRules) {
    for (uint32_t block_at = 0; block_at <= 3 * (kLongest + 2); ++block_at) {
      for (int end = 0; end < 6; ++end) {
        run_case<kBuffers>({rule, block_at, end});
        ASSERT_FALSE(testing::Test::HasFailure())
            << "rule " << static_cast<int>(rule) << ", blocked at " << block_at << ", end " << end;
      }
    }
  }
}

TEST(Broadcast, EachRuleBlockedAtEachByteWithTwoBuffers) { run_cases<2>(); }
TEST(Broadcast, EachRuleBlockedAtEachByteWithThreeBuffers) { run_cases<3>(); }
TEST(Broadcast, EachRuleBlockedAtEachByteWithEightBuffers) { run_cases<8>(); }

}  // namespace
}  // namespace whit
