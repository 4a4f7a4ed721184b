// SPDX-License-Identifier: MIT
// Buffers and slots under pressure: connections that end while they wait for a buffer, rooms that are reserved and not
// used, messages that grow behind what their first frame announced, peers that hold a buffer and send nothing.
#include <memory>

#include "unit/core/bench.h"

namespace whit {
namespace {

// How many peers of `count` get an open connection.
template <typename SomeBench>
int opened(SomeBench* bench, int count) {
  int open = 0;
  for (int i = 0; i < count; ++i) {
    TestPeer& peer = bench->pipe.dial(80);
    peer.send(request());
    bench->settle();
    if (peer.received().substr(0, 13) == "HTTP/1.1 101 ") ++open;
  }
  return open;
}

// How many connections of `count` are accepted.
template <typename SomeBench>
int accepted(SomeBench* bench, int count) {
  int linked = 0;
  for (int i = 0; i < count; ++i) {
    TestPeer& peer = bench->pipe.dial(80);
    bench->settle();
    linked += peer.linked() ? 1 : 0;
  }
  return linked;
}

TEST(Buffers, ASlotThatEndsWhileItWaitsIsFreeAgain) {
  Bench<4, 2, 256, 2> bench;
  bench.listen();
  WebSocket held;
  bench.app = [&](const Event& event) {
    if (event.type == Event::kMessage && event.socket == held) return event.socket.hold();
    echo(event);
  };
  Peer a = bench.open(Role::kServer);
  Peer b = bench.open(Role::kServer);
  Peer c = bench.open(Role::kServer);
  held = a.socket;
  a.send(kTextFrame, "held");
  bench.settle();
  b.send(kTextFrame, "waits for a buffer");
  bench.settle();
  EXPECT_EQ(bench.loop.buffers().in_use, 1);
  b.socket.abort();
  bench.settle();
  bench.advance(10000);
  a.socket.resume();
  held = WebSocket();
  bench.settle();
  a.send_close(1000);
  a.pipe->close();
  c.send_close(1000);
  c.pipe->close();
  bench.advance(60000);
  EXPECT_EQ(bench.loop.connections().in_use, 0);
  EXPECT_EQ(opened(&bench, 4), 4);
  EXPECT_EQ(accepted(&bench, 2), 2);
}

// The same by peers alone, with the buffers of a board and an application that only echoes.
template <uint16_t kBuffers>
void peers_end_while_they_wait() {
  auto bench = std::make_unique<Bench<4, kBuffers, 512, 2>>();
  bench->listen();
  bench->app = echo;
  Peer peers[4];
  for (Peer& peer : peers) peer = bench->open(Role::kServer);
  peers[3].pipe->send(std::string(1, '\x81'));  // the first byte of a header
  bench->advance(5000);
  TestPeer& first = bench->pipe.dial(80);
  TestPeer& second = bench->pipe.dial(80);
  first.send("GET / HTTP/1.1\r\nX: ");
  second.send("GET / HTTP/1.1\r\nX: ");
  bench->settle();
  for (int i = 0; i < kBuffers - 3; ++i) peers[i].send(kTextFrame, "part of a message", false);
  bench->settle();
  peers[0].pipe->stop_reading();
  peers[0].pipe->set_window(0);
  peers[0].send(kPingFrame, std::string(100, 'p'));  // its pong has no room in front of the input
  bench->settle();
  bench->advance(9000);
  for (Peer& peer : peers) peer.pipe->reset();
  first.reset();
  second.reset();
  bench->advance(100000);
  EXPECT_EQ(bench->loop.connections().in_use, 0);
  EXPECT_EQ(bench->loop.handshakes().in_use, 0);
  EXPECT_EQ(bench->loop.buffers().in_use, 0);
  EXPECT_EQ(opened(bench.get(), 4), 4);
  EXPECT_EQ(accepted(bench.get(), 2), 2);
}
TEST(Buffers, PeersThatEndWhileTheyWaitLeaveNothingBehindWithFive) { peers_end_while_they_wait<5>(); }
TEST(Buffers, PeersThatEndWhileTheyWaitLeaveNothingBehindWithSix) { peers_end_while_they_wait<6>(); }

// Two buffers are for the first of the line, which waits to read. It writes before it reads, and so one of them is for
// the next.
TEST(Buffers, OneThatWritesBeforeItReadsLeavesTheOtherBufferToTheNext) {
  Bench<3, 2, 256> bench;
  Peer blocked = bench.open(Role::kServer);
  Peer reader = bench.open(Role::kServer);
  Peer writer = bench.open(Role::kServer);
  for (Peer* each : {&blocked, &reader}) each->pipe->set_window(0);
  ASSERT_EQ(blocked.socket.send("takes a buffer"), Status::kOk);
  bench.settle();
  reader.send(kTextFrame, "waits for two");
  bench.settle();
  blocked.socket.abort();
  ASSERT_EQ(bench.loop.buffers().in_use, 0);
  ASSERT_EQ(writer.socket.send("behind the reader"), Status::kWouldBlock);
  ASSERT_EQ(reader.socket.send("before it reads"), Status::kOk);
  bench.settle();
  EXPECT_EQ(bench.loop.buffers().in_use, 1);
  EXPECT_EQ(bench.count(Event::kWritable, writer.socket), 1u);
}

TEST(Buffers, TextThatIsRefusedTakesNone) {
  Bench<3, 4, 256, 2> bench;
  Peer a = bench.open(Role::kServer);
  Peer b = bench.open(Role::kServer);
  EXPECT_EQ(bench.loop.buffers().in_use, 0);
  EXPECT_EQ(a.socket.send(Text("\xFF")), Status::kInvalidArgument);
  EXPECT_EQ(b.socket.send(Text("\xFF")), Status::kInvalidArgument);
  EXPECT_EQ(bench.loop.buffers().in_use, 0);
  bench.settle();
  EXPECT_EQ(bench.loop.buffers().in_use, 0);
}

// A text that found no room is checked once more when it is sent again, from the same state.
TEST(Buffers, TextThatFoundNoRoomIsCheckedAnew) {
  Bench<2, 2, 256, 2> bench;
  Peer a = bench.open(Role::kServer);
  Peer b = bench.open(Role::kServer);
  a.pipe->stop_reading();
  a.pipe->set_window(0);
  b.pipe->stop_reading();
  b.pipe->set_window(0);
  const std::string euro = "\xE2\x82\xAC";
  Message piece;
  piece.type = MessageType::kText;
  piece.last = false;
  piece.data = bytes_of(euro).first(2);
  ASSERT_EQ(a.socket.send(piece), Status::kOk);
  ASSERT_EQ(a.socket.send(Bytes(bytes_of(std::string(1, 'x')).data, 0), MessageType::kBinary),
            Status::kInvalidArgument);
  const std::string filler(248, 'x');
  Message rest = piece;
  rest.first = false;
  const std::string long_rest = euro.substr(2) + filler;
  rest.data = bytes_of(long_rest);
  bench.settle();
  EXPECT_EQ(a.socket.send(rest), Status::kWouldBlock);
  EXPECT_EQ(a.socket.send(rest), Status::kWouldBlock);
  a.pipe->set_window(SIZE_MAX);
  a.pipe->start_reading();
  bench.settle();
  rest.last = true;
  EXPECT_EQ(a.socket.send(rest), Status::kOk);
  bench.settle();
  const std::vector<Frame> frames = a.frames();
  ASSERT_EQ(frames.size(), 2u);
  EXPECT_EQ(frames[0].payload + frames[1].payload, euro + filler);
}

// A message that is only partly there keeps its buffer while it makes progress, or while no other peer needs it.
TEST(Buffers, ControlFramesAndEmptyFragmentsAreNoProgressOfAMessage) {
  for (const bool pings : {true, false}) {
    Bench<4, 2, 256, 2> bench;
    bench.app = echo;
    Peer a = bench.open(Role::kServer);
    Peer b = bench.open(Role::kServer);
    a.send(kTextFrame, "x", false);
    bench.settle();
    b.send(kTextFrame, "honest");
    const uint32_t begin_ms = bench.now_ms;
    bool answered = false;
    while (!answered && bench.now_ms - begin_ms < 200000) {
      bench.advance(18000);
      pings ? a.send(kPingFrame, "") : a.send(kContinuationFrame, "", false);
      answered = !b.frames().empty();
      a.frames();
    }
    EXPECT_TRUE(answered) << (pings ? "ping" : "empty fragment");
    EXPECT_LE(bench.now_ms - begin_ms, 2 * config::kDataWindowMs);
  }
}

// RFC 6455, 5.4 sets no time between fragments: the peer is alive and answers pings, and no other needs the buffer.
TEST(Buffers, AMessageWhoseFragmentsComeSlowlyArrives) {
  for (const Role role : kRoles) {
    Bench<2, 4, 256, 2> bench;
    Peer peer = bench.open(role);
    bench.take_seen();
    peer.send(kBinaryFrame, std::string(32, 'a'), false);
    for (int i = 0; i < 20; ++i) {
      bench.advance(config::kDataWindowMs + 5000);
      for (const Frame& frame : peer.frames()) {
        ASSERT_EQ(frame.opcode, kPingFrame) << name(role);
        peer.send(kPongFrame, frame.payload);
      }
    }
    peer.send(kContinuationFrame, std::string(32, 'b'));
    bench.settle();
    ASSERT_EQ(bench.count(Event::kMessage), 1u) << name(role);
    EXPECT_EQ(bench.last(Event::kMessage)->data, std::string(32, 'a') + std::string(32, 'b'));
    EXPECT_EQ(bench.count(Event::kClose), 0u);
  }
}

// A peer that does not answer pings is gone, however much of a message it has sent.
TEST(Buffers, ASilentPeerWithPartOfAMessageIsPingedAndEnds) {
  Bench<2, 4, 256, 2> bench;
  Peer peer = bench.open(Role::kServer);
  peer.send(kBinaryFrame, "part", false);
  bench.advance(config::kKeepaliveIntervalMs + config::kKeepaliveAnswerMs + 1000);
  ASSERT_EQ(bench.count(Event::kClose), 1u);
  EXPECT_EQ(bench.last(Event::kClose)->close.cause.code, static_cast<int>(Deadline::kKeepaliveAnswer));
}

// The last CRLF of the head comes alone in a buffer, with the first frames right behind it: a message of many fragments
// lies lower than where a reply has room in front.
TEST(Buffers, AMessageBehindALoneLineEndIsWhole) {
  for (const size_t fragment : {size_t{0}, size_t{1}, size_t{4}, size_t{60}}) {
    Bench<2, 4, 256, 2> bench;
    ASSERT_EQ(bench.client.connect(bench.client_options), Status::kOk);
    bench.settle();
    TestPeer& peer = bench.pipe.answered(0);
    const std::string response = response_to(peer.received());
    peer.send(response.substr(0, response.size() - 2));
    bench.settle();
    std::string whole(fragment, 'A');
    std::string stream = "\r\n" + peer_frame(Role::kClient, kTextFrame, whole, false);
    for (int i = 0; i < 40; ++i) {
      const std::string part(4, static_cast<char>('a' + i % 26));
      whole += part;
      stream += peer_frame(Role::kClient, kContinuationFrame, part, i == 39);
    }
    peer.send(stream);
    bench.settle();
    std::string got;
    for (const Seen& each : bench.seen) {
      if (each.type == Event::kMessage) got += each.data;
    }
    EXPECT_EQ(got, whole) << fragment;
  }
}

// The bytes put into a reserved room are sent, or nothing is: never bytes that another connection left in the pool.
struct Reserved {
  Reserved() {
    bench.app = echo;
    Peer other = bench.open(Role::kServer);
    for (int i = 0; i < 3; ++i) other.send(kTextFrame, std::string(200, 'S'));  // another one's secret
    bench.settle();
    bench.app = nullptr;
  }
  MutableBytes reserve(WebSocket socket, size_t size) {
    const MutableBytes place = socket.reserve(size);
    for (size_t i = 0; i < place.size; ++i) place.data[i] = 'r';
    return place;
  }
  void expect_clean(Peer* peer, size_t size) {
    bench.settle();
    for (const Frame& frame : peer->frames()) {
      if (frame.opcode == kBinaryFrame) {
        EXPECT_EQ(frame.payload, std::string(size, 'r'));
      }
      EXPECT_EQ(frame.payload.find('S'), std::string::npos) << frame.payload;
    }
  }
  Bench<2, 6, 256, 2> bench;
};

TEST(Buffers, ARoomIsGoneWithASendThatMovesTheOutput) {
  Reserved test;
  Peer a = test.bench.open(Role::kServer);
  static const std::string too_much(240, 'z');
  Status committed = Status::kFailed;
  test.bench.app = [&](const Event& event) {
    if (event.type != Event::kMessage) return;
    ASSERT_NE(test.reserve(event.socket, 20).data, nullptr);
    EXPECT_EQ(event.socket.send(bytes_of(too_much), MessageType::kText), Status::kOk);
    committed = event.socket.commit(MessageType::kBinary);
  };
  a.send(kTextFrame, std::string(100, 'q'));
  test.expect_clean(&a, 20);
  EXPECT_EQ(committed, Status::kInvalidArgument);
}

TEST(Buffers, ARoomMovesWithTheOutputBeforeIt) {
  Reserved test;
  Peer a = test.bench.open(Role::kServer);
  static const std::string too_much(250, 'z');
  Status committed = Status::kFailed;
  test.bench.app = [&](const Event& event) {
    if (event.type != Event::kMessage || event.message.data.size != 50) return;
    (void)event.socket.reserve(40);
    EXPECT_EQ(event.socket.send(Text("kk")), Status::kOk);
    ASSERT_NE(test.reserve(event.socket, 20).data, nullptr);
    EXPECT_EQ(event.socket.send(bytes_of(too_much), MessageType::kBinary), Status::kWouldBlock);
    committed = event.socket.commit(MessageType::kBinary);
  };
  a.pipe->send(peer_frame(Role::kServer, kTextFrame, std::string(100, 'q')) +
               peer_frame(Role::kServer, kTextFrame, std::string(50, 'q')));
  test.expect_clean(&a, 20);
  EXPECT_EQ(committed, Status::kOk);
}

TEST(Buffers, ARoomIsGoneWithTheNextFrameAndTheNextPoll) {
  Reserved test;
  Peer a = test.bench.open(Role::kServer);
  ASSERT_NE(test.reserve(a.socket, 20).data, nullptr);
  EXPECT_EQ(a.socket.send(Text("another frame")), Status::kOk);
  EXPECT_EQ(a.socket.commit(MessageType::kBinary), Status::kInvalidArgument);
  ASSERT_NE(test.reserve(a.socket, 20).data, nullptr);
  test.bench.turn();
  EXPECT_EQ(a.socket.commit(MessageType::kBinary), Status::kInvalidArgument);
  ASSERT_NE(test.reserve(a.socket, 20).data, nullptr);
  a.socket.abort();
  EXPECT_EQ(a.socket.commit(MessageType::kBinary), Status::kNotOpen);
  test.bench.advance(60000);
  EXPECT_EQ(test.bench.loop.buffers().in_use, 0);
}

// A reply of 10 bytes of header to a message that begins below them, because its first frame was small.
template <uint32_t kBytes>
void grows_behind_a_lone_line_end() {
  for (const size_t total :
       {size_t{100}, size_t{125}, size_t{126}, size_t{240}, size_t{65535}, size_t{65536}, size_t{70000}}) {
    auto bench = std::make_unique<Bench<1, 3, kBytes, 1, 200000>>();
    bench->app = echo;
    bench->listen();
    TestPeer& peer = bench->pipe.dial(80);
    const std::string head = request();
    peer.send(head.substr(0, head.size() - 2));
    bench->settle();
    peer.send("\r\n" + peer_frame(Role::kServer, kBinaryFrame, "A", false));
    bench->settle();
    peer.send(peer_frame(Role::kServer, kContinuationFrame, std::string(total - 1, 'B')));
    bench->settle();
    FrameReader reader;
    reader.feed(peer.received().substr(peer.received().find("\r\n\r\n") + 4));
    std::string got;
    for (const Frame& frame : reader.frames()) got += frame.payload;
    EXPECT_EQ(got.size(), total) << kBytes;
    EXPECT_EQ(got.substr(0, 2), "AB");
    EXPECT_EQ(got.find_first_not_of('B', 1), std::string::npos);
  }
}
TEST(Buffers, AMessageThatGrowsIsEchoedWith256) { grows_behind_a_lone_line_end<256>(); }
TEST(Buffers, AMessageThatGrowsIsEchoedWith65535) { grows_behind_a_lone_line_end<65535>(); }
TEST(Buffers, AMessageThatGrowsIsEchoedWith65536) { grows_behind_a_lone_line_end<65536>(); }
TEST(Buffers, AMessageThatGrowsIsEchoedWith65545) { grows_behind_a_lone_line_end<65545>(); }
TEST(Buffers, AMessageThatGrowsIsEchoedWith70100) { grows_behind_a_lone_line_end<70100>(); }
TEST(Buffers, AMessageThatGrowsIsEchoedWith131072) { grows_behind_a_lone_line_end<131072>(); }

}  // namespace
}  // namespace whit
