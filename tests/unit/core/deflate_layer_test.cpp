// SPDX-License-Identifier: MIT
// Receiving compressed messages: RFC 7692, 6 and 7.2.
#include "whit/core/deflate_layer.h"

#include <gtest/gtest.h>

#include <string>

#include "unit/core/deflate_bench.h"

namespace whit {
namespace {

constexpr int kTextBegin = kTextFrame | kRsv1;
constexpr int kBinaryBegin = kBinaryFrame | kRsv1;

class DeflateLayerTest : public testing::TestWithParam<Role> {};
INSTANTIATE_TEST_SUITE_P(BothRoles, DeflateLayerTest, testing::ValuesIn(kRoles),
                         [](const auto& each) { return name(each.param); });

TEST_P(DeflateLayerTest, MessagesOfTheRfcComeAsTheyWere) {
  DeflateBench<2, 4, 256> bench;
  Peer peer = bench.open(GetParam());
  peer.send(kTextBegin, hello());
  // 7.2.3.1 in two fragments, 7.2.3.3 (stored), 7.2.3.4 (a final block), 7.2.3.5 (two blocks), 7.2.3.6 (empty)
  peer.send(kTextBegin, hello().substr(0, 3), false);
  peer.send(kContinuationFrame, hello().substr(3));
  peer.send(kTextBegin, std::string("\x00\x05\x00\xFA\xFF\x48\x65\x6C\x6C\x6F\x00", 11));
  peer.send(kTextBegin, std::string("\xF3\x48\xCD\xC9\xC9\x07\x00\x00", 8));
  peer.send(kTextBegin, std::string("\xF2\x48\x05\x00\x00\x00\xFF\xFF\xCA\xC9\xC9\x07\x00", 13));
  peer.send(kTextBegin, std::string("\x00", 1));
  peer.send(kTextFrame, "plain");
  bench.settle();
  EXPECT_EQ(bench.messages(), "Hello|Hello|Hello|Hello|Hello||plain|");
}

TEST_P(DeflateLayerTest, StreamsMayBeCutAnywhere) {
  for (size_t piece = 1; piece < 40; ++piece) {
    DeflateBench<1, 3, 256> bench;
    Peer peer = bench.open(GetParam());
    std::string stream =
        peer_frame(GetParam(), kTextBegin, hello().substr(0, 2), false) + peer_frame(GetParam(), kPingFrame, "ping") +
        peer_frame(GetParam(), kContinuationFrame, "", false) +
        peer_frame(GetParam(), kContinuationFrame, hello().substr(2)) +
        peer_frame(GetParam(), kBinaryBegin, run_of('x', 3)) + peer_frame(GetParam(), kTextFrame, "plain") +
        peer_frame(GetParam(), kTextFrame, "") +
        peer_frame(GetParam(), kTextBegin, stored(std::string(1000, 'y'), 99)) + peer_close(GetParam(), 1000, "bye");
    for (size_t at = 0; at < stream.size(); at += piece) {
      peer.pipe->send(stream.substr(at, piece));
      bench.turn();
    }
    bench.settle();
    EXPECT_EQ(bench.last(Event::kClose)->close.code, 1000);
    EXPECT_EQ(bench.messages(), "Hello|" + std::string(775, 'x') + "|plain||" + std::string(1000, 'y') + "|") << piece;
    const std::vector<Frame> frames = peer.frames();
    ASSERT_EQ(frames.size(), 2u);
    EXPECT_EQ(frames[0].payload, "ping");
    peer.pipe->close();
    bench.settle();
    bench.expect_baseline();
  }
}

TEST_P(DeflateLayerTest, AMessageThatFitsABufferComesWhole) {
  DeflateBench<1, 3, 1024> bench;
  Peer peer = bench.open(GetParam());
  peer.send(kBinaryBegin, run_of('a', 3));
  bench.settle();
  ASSERT_EQ(bench.count(Event::kMessage), 1u);
  EXPECT_TRUE(bench.last(Event::kMessage)->first && bench.last(Event::kMessage)->last);
  EXPECT_EQ(bench.messages(), std::string(775, 'a') + "|");
}

TEST_P(DeflateLayerTest, Rsv1IsForTheFirstFrameOfAMessage) {
  const Role role = GetParam();
  const std::string begun = peer_frame(role, kTextBegin, hello().substr(0, 3), false);
  const std::string bad[] = {
      peer_frame(role, kPingFrame | kRsv1, ""),
      peer_frame(role, kCloseFrame | kRsv1, close_body(1000)),
      begun + peer_frame(role, kContinuationFrame | kRsv1, hello().substr(3)),
      peer_frame(role, kTextFrame, "a", false) + peer_frame(role, kContinuationFrame | kRsv1, hello()),
      peer_frame(role, kContinuationFrame | kRsv1, hello()),
      peer_frame(role, kContinuationFrame, hello()),
      begun + peer_frame(role, kTextBegin, hello()),
      begun + peer_frame(role, kTextFrame, "plain"),
      peer_frame(role, kTextFrame, "a", false) + peer_frame(role, kTextBegin, hello()),
      peer_frame(role, kTextFrame | 0x60, hello()),  // RSV1 and RSV2
      peer_frame(role, 3 | kRsv1, hello()),
  };
  for (const std::string& each : bad) {
    DeflateBench<1, 3, 256> bench;
    Peer peer = bench.open(role);
    peer.send(kTextBegin, hello());
    peer.pipe->send(each);
    bench.settle();
    const std::vector<Frame> frames = peer.frames();
    ASSERT_FALSE(frames.empty());
    EXPECT_EQ(frames.back().payload, close_body(1002));
    EXPECT_EQ(bench.last(Event::kError)->close.cause.code, 1002);
    EXPECT_EQ(bench.messages(), "Hello|");  // what came before is not lost
  }
}

TEST_P(DeflateLayerTest, CorruptDataEndsWith1007) {
  const std::string bad[] = {
      "\x06",                                      // a block of the type that does not exist
      std::string("\x00\x05\x00\xFA\xFE", 5),      // a stored length whose complement is wrong
      hello().substr(0, 4),                        // the end in the middle of a block
      std::string("\x4B\x02\x02\x00\x00\x00", 6),  // a distance before the beginning of the message
  };
  for (const std::string& each : bad) {
    DeflateBench<1, 3, 256> bench;
    Peer peer = bench.open(GetParam());
    peer.send(kTextBegin, hello());
    peer.send(kBinaryBegin, each);
    peer.send(kTextBegin, hello());
    bench.settle();
    EXPECT_EQ(peer.frames().back().payload, close_body(1007));
    EXPECT_EQ(bench.last(Event::kError)->close.cause.code, 1007);
    EXPECT_EQ(bench.messages(), "Hello|");
    peer.send_close(1007);
    peer.pipe->close();
    bench.settle();
    bench.expect_baseline();
  }
}

TEST_P(DeflateLayerTest, TextIsCheckedAfterInflating) {
  DeflateBench<1, 3, 256> bench;
  Peer peer = bench.open(GetParam());
  peer.send(kTextBegin, stored("\xC3\xA4"));
  peer.send(kTextBegin, stored("\xC3"));
  bench.settle();
  EXPECT_EQ(peer.frames().back().payload, close_body(1007));
  EXPECT_EQ(bench.messages(), "\xC3\xA4|");
}

// R-PMD-2. 16 KiB become 16 MiB.
TEST_P(DeflateLayerTest, ABombEndsAtTheLimitOfMessages) {
  for (const bool refuse : {true, false}) {
    DeflateBench<1, 3, 256> bench;
    for (ConnectionOptions* options : {static_cast<ConnectionOptions*>(&bench.server_options),
                                       static_cast<ConnectionOptions*>(&bench.client_options)}) {
      options->max_message_bytes = refuse ? 0 : 5000;
      options->long_messages = refuse ? LongMessages::kRefuse : LongMessages::kStream;
    }
    Peer peer = bench.open(GetParam());
    peer.send(kBinaryBegin, run_of('b', 64000));
    bench.settle();
    EXPECT_EQ(peer.frames().back().payload, close_body(1009));
    EXPECT_EQ(bench.last(Event::kError)->close.cause.code, 1009);
    EXPECT_LE(bench.messages().size(), 5000u);
  }
}

TEST_P(DeflateLayerTest, AHeldMessageHoldsUpTheRest) {
  DeflateBench<1, 3, 256> bench;
  Peer peer = bench.open(GetParam());
  int held = 0;
  bench.app = [&](const Event& event) {
    if (event.type == Event::kMessage && held == 0) {
      ++held;
      event.socket.hold();
    }
  };
  peer.send(kBinaryBegin, run_of('b', 100));
  bench.settle();
  ASSERT_EQ(bench.count(Event::kMessage), 1u);
  EXPECT_LT(bench.messages().size(), 256u);
  peer.socket.resume();
  bench.settle();
  EXPECT_EQ(bench.messages(), std::string(25801, 'b') + "|");
}

TEST_P(DeflateLayerTest, AfterOurCloseTheRestIsDiscardedAndThePeersCloseIsFound) {
  DeflateBench<1, 3, 256> bench;
  Peer peer = bench.open(GetParam());
  peer.send(kBinaryBegin, run_of('b', 100).substr(0, 100), false);
  bench.settle();
  EXPECT_EQ(peer.socket.close(1000), Status::kOk);
  bench.settle();
  peer.send(kContinuationFrame, run_of('b', 100).substr(100));
  peer.send(kTextFrame, "plain");
  peer.send(kTextBegin, hello());
  peer.send_close(1000);
  bench.settle();
  ASSERT_NE(bench.last(Event::kClose), nullptr);
  EXPECT_TRUE(bench.last(Event::kClose)->close.was_clean);
  peer.pipe->close();
  bench.settle();
  bench.expect_baseline();
}

TEST_P(DeflateLayerTest, FramesWithoutTheExtensionPassThrough) {
  DeflateBench<1, 3, 256> bench;
  Peer peer = static_cast<Bench<1, 3, 256, 2, 1 << 17>&>(bench).open(GetParam());
  peer.send(kTextFrame, "plain");
  bench.settle();
  EXPECT_EQ(bench.messages(), "plain|");
  peer.send(kTextBegin, hello());
  bench.settle();
  EXPECT_EQ(peer.frames().back().payload, close_body(1002));
}

// In the same segment as the answer, and cut anywhere.
TEST(DeflateLayer, FramesBehindTheAnswerAreForTheLayer) {
  DeflateBench<1, 3, 256> bench;
  bench.after_response =
      peer_frame(Role::kClient, kTextBegin, hello()) + peer_frame(Role::kClient, kTextFrame, "plain");
  (void)bench.open(Role::kClient);
  EXPECT_EQ(bench.messages(), "Hello|plain|");
}

TEST(DeflateLayer, AnInterimAnswerMayComeBefore) {
  for (size_t piece : {1, 3, 50, 400}) {
    DeflateBench<1, 3, 256> bench;
    EXPECT_EQ(bench.client.connect(bench.client_options), Status::kOk);
    bench.settle();
    TestPeer& pipe = bench.pipe.answered(0);
    std::string response = response_to(pipe.received());
    response.insert(response.size() - 2,
                    "Sec-WebSocket-Extensions: permessage-deflate; server_no_context_takeover\r\n");
    response = "HTTP/1.1 103 Early\r\n\r\nHTTP/1.1 100 Go\r\nA: b\r\n\r\n" + response +
               peer_frame(Role::kClient, kTextBegin, hello());
    for (size_t at = 0; at < response.size(); at += piece) {
      pipe.send(response.substr(at, piece));
      bench.settle();
    }
    EXPECT_EQ(bench.messages(), "Hello|") << piece;
  }
}

// A client that sends before it has the answer cannot know of the extension: it gets none.
TEST(DeflateLayer, FramesBeforeTheAnswerArePlain) {
  DeflateBench<1, 3, 512> bench;
  bench.listen();
  TestPeer& pipe = bench.pipe.dial(80);
  pipe.send(request("Sec-WebSocket-Extensions: permessage-deflate\r\n") +
            peer_frame(Role::kServer, kTextFrame, "early"));
  bench.settle();
  EXPECT_EQ(bench.extensions_of(pipe.received()), "");
  EXPECT_EQ(bench.messages(), "early|");
}

TEST(DeflateLayer, ContextIsTakenOverWhereItWasGranted) {
  DeflateBench<1, 3, 256, 15, 0, 1> bench;
  Peer peer = bench.open(Role::kServer, "");
  peer.send(kTextBegin, hello());
  peer.send(kTextBegin, std::string("\xF2\x00\x11\x00\x00", 5));  // RFC 7692, 7.2.3.2
  bench.settle();
  EXPECT_EQ(bench.messages(), "Hello|Hello|");
}

TEST(DeflateLayer, ContextThatWasNotGrantedIsCorrupt) {
  DeflateBench<1, 3, 256> bench;
  Peer peer = bench.open(Role::kServer, "");
  EXPECT_NE(bench.ours.find("client_no_context_takeover"), std::string::npos);
  peer.send(kTextBegin, hello());
  peer.send(kTextBegin, std::string("\xF2\x00\x11\x00\x00", 5));
  bench.settle();
  EXPECT_EQ(bench.messages(), "Hello|");
  EXPECT_EQ(peer.frames().back().payload, close_body(1007));
}

// ---- the line of those that wait for an inflater ----

TEST(DeflateLayer, PeersWaitInALineForAnInflater) {
  DeflateBench<4, 8, 256, 15, 1> bench;
  Peer peers[4];
  for (Peer& each : peers) each = bench.open(Role::kServer);
  peers[0].send(kTextBegin, hello().substr(0, 3), false);
  bench.settle();
  for (int i = 1; i < 4; ++i) peers[i].send(kTextBegin, stored(std::string(1, static_cast<char>('0' + i))));
  bench.settle();
  EXPECT_EQ(bench.messages(), "");
  peers[0].send(kContinuationFrame, hello().substr(3));
  bench.settle();
  EXPECT_EQ(bench.messages(), "Hello|1|2|3|");
}

TEST(DeflateLayer, APeerThatKeepsOthersWaitingIsClosedAfterTheDeadlineForData) {
  DeflateBench<3, 8, 256, 15, 1> bench;
  bench.server_options.timeouts_ms[Deadline::kData] = 3000;
  bench.server_options.timeouts_ms[Deadline::kKeepaliveInterval] = 1000;
  bench.server_options.timeouts_ms[Deadline::kKeepaliveAnswer] = 500;
  Peer silent = bench.open(Role::kServer);
  Peer first = bench.open(Role::kServer);
  Peer second = bench.open(Role::kServer);
  silent.send(kTextBegin, hello().substr(0, 3), false);
  bench.settle();
  first.send(kTextBegin, hello());
  second.send(kTextBegin, hello());
  bench.settle();
  // Its pongs show that the peer is there, and are no progress.
  for (int i = 0; i < 6; ++i) {
    bench.advance(500);
    if (bench.count(Event::kMessage) != 0) break;
    silent.send(kPongFrame, "");
  }
  bench.advance(1000);
  EXPECT_EQ(bench.messages(), "Hello|Hello|");
  EXPECT_EQ(silent.frames().back().payload, close_body(1008));
}

TEST(DeflateLayer, APeerThatGoesOnKeepsItsInflater) {
  DeflateBench<2, 8, 256, 15, 1> bench;
  bench.server_options.timeouts_ms[Deadline::kData] = 1000;
  Peer slow = bench.open(Role::kServer);
  Peer other = bench.open(Role::kServer);
  const std::string message = stored(std::string(200, 's'));
  slow.send(kBinaryBegin, message.substr(0, 1), false);
  bench.settle();
  other.send(kTextBegin, hello());
  bench.settle();
  bench.server_options.data_min_bytes = 1;
  for (size_t at = 1; at < message.size(); at += 50) {
    bench.advance(900);
    slow.send(kContinuationFrame, message.substr(at, 50), at + 50 >= message.size());
    bench.settle();
  }
  EXPECT_EQ(bench.messages(), std::string(200, 's') + "|Hello|");
}

// Its message is not for the application any more, however long its peer takes to answer.
TEST(DeflateLayer, AnInflaterOfAConnectionThatWeCloseIsForTheNext) {
  DeflateBench<2, 8, 256, 15, 1> bench;
  Peer first = bench.open(Role::kServer);
  Peer second = bench.open(Role::kServer);
  first.send(kTextBegin, hello().substr(0, 3), false);
  bench.settle();
  second.send(kTextBegin, hello());
  bench.settle();
  EXPECT_EQ(bench.messages(), "");
  EXPECT_EQ(first.socket.close(), Status::kOk);
  bench.settle();
  EXPECT_EQ(bench.messages(), "Hello|");
}

TEST(DeflateLayer, AnInflaterOfAConnectionThatEndsIsForTheNext) {
  for (const bool reset : {true, false}) {
    DeflateBench<3, 8, 256, 15, 1> bench;
    Peer first = bench.open(Role::kServer);
    Peer second = bench.open(Role::kServer);
    Peer third = bench.open(Role::kServer);
    first.send(kTextBegin, hello().substr(0, 3), false);
    bench.settle();
    second.send(kTextBegin, hello());
    third.send(kTextBegin, stored("third"));
    bench.settle();
    if (reset) {
      first.socket.abort();
      second.socket.abort();  // of those that wait
    } else {
      first.pipe->close();
      second.pipe->close();
    }
    bench.settle();
    EXPECT_EQ(bench.messages(), reset ? "third|" : "Hello|third|");
  }
}

}  // namespace
}  // namespace whit
