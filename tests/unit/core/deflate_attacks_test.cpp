// SPDX-License-Identifier: MIT
// permessage-deflate beside all else: several requests on one connection, heads in parts, peers and applications that
// do not go on while others wait for an inflater, and ends in the middle of a message.
#include <gtest/gtest.h>

#include <memory>
#include <string>
#include <vector>

#include "unit/core/deflate_bench.h"

namespace whit {
namespace {

constexpr int kTextBegin = kTextFrame | kRsv1;
constexpr int kBinaryBegin = kBinaryFrame | kRsv1;
const std::string kOffer = "Sec-WebSocket-Extensions: permessage-deflate\r\n";

class DeflateAttacksTest : public testing::TestWithParam<Role> {};
INSTANTIATE_TEST_SUITE_P(BothRoles, DeflateAttacksTest, testing::ValuesIn(kRoles),
                         [](const auto& each) { return name(each.param); });

TEST(DeflateAttacks, EachRequestOfAConnectionMayOfferAnew) {
  DeflateBench<1, 4, 1024> bench;
  static const HttpOptions http;
  bench.server_options.http = &http;
  bench.listen();
  TestPeer& pipe = bench.pipe.dial(80);
  for (int i = 0; i < 3; ++i) {
    pipe.send("GET /page HTTP/1.1\r\nHost: a\r\n" + kOffer + "\r\n");
    bench.settle();
    EXPECT_EQ(pipe.take().substr(0, 13), "HTTP/1.1 404 ");
  }
  pipe.send(request(kOffer));
  bench.settle();
  EXPECT_NE(bench.extensions_of(pipe.take()), "");
  pipe.send(peer_frame(Role::kServer, kTextBegin, hello()));
  bench.settle();
  EXPECT_EQ(bench.messages(), "Hello|");
  pipe.reset();
  bench.settle();
  bench.expect_baseline();
}

TEST(DeflateAttacks, AnOfferThatNoInflaterIsLeftForIsFollowedByTheNext) {
  DeflateBench<2, 8, 1024, 15, 0, 1> bench;
  (void)bench.open(Role::kServer, "");
  TestPeer& pipe = bench.pipe.dial(80);
  pipe.send(request("Sec-WebSocket-Extensions: permessage-deflate, permessage-deflate\r\n" + kOffer));
  bench.settle();
  EXPECT_EQ(pipe.received().substr(0, 13), "HTTP/1.1 101 ");
  EXPECT_EQ(bench.extensions_of(pipe.take()), "");
  pipe.send(peer_frame(Role::kServer, kTextFrame, "plain"));
  bench.settle();
  EXPECT_EQ(bench.messages(), "plain|");
}

TEST(DeflateAttacks, AContextIsKeptThoughTheRequestComesInParts) {
  for (size_t piece : {1, 40, 150}) {
    DeflateBench<1, 4, 1024, 15, 1, 1> bench;
    bench.listen();
    TestPeer& pipe = bench.pipe.dial(80);
    const std::string head = request(kOffer + "X-Last: " + std::string(100, 'x') + "\r\n");
    for (size_t at = 0; at < head.size(); at += piece) {
      pipe.send(head.substr(at, piece));
      bench.settle();
    }
    EXPECT_EQ(bench.extensions_of(pipe.take()), "permessage-deflate; server_no_context_takeover");
    pipe.send(peer_frame(Role::kServer, kTextBegin, hello()));
    pipe.send(peer_frame(Role::kServer, kTextBegin, std::string("\xF2\x00\x11\x00\x00", 5)));
    bench.settle();
    EXPECT_EQ(bench.messages(), "Hello|Hello|") << piece;
  }
}

TEST_P(DeflateAttacksTest, OurCloseMayCutACharacterOfTheMessageThatIsThrownAway) {
  std::string text;
  for (int i = 0; i < 400; ++i) text += "\xE2\x82\xAC";
  for (size_t cut = 300; cut < 303; ++cut) {
    DeflateBench<1, 4, 256> bench;
    Peer peer = bench.open(GetParam());
    const std::string message = stored(text, cut);
    peer.send(kTextBegin, message.substr(0, 5 + cut), false);
    bench.settle();
    EXPECT_EQ(peer.socket.close(1000), Status::kOk);
    bench.settle();
    peer.send(kContinuationFrame, message.substr(5 + cut));
    peer.send(kTextFrame, "plain");
    peer.send_close(1000);
    bench.settle();
    ASSERT_NE(bench.last(Event::kClose), nullptr);
    EXPECT_TRUE(bench.last(Event::kClose)->close.was_clean) << cut;
    peer.pipe->close();
    bench.settle();
    bench.expect_baseline();
  }
}

// RFC 6455, 5.4, and RFC 7692, 6.
TEST_P(DeflateAttacksTest, TheOrderOfFramesCountsAfterOurClose) {
  DeflateBench<1, 4, 256> bench;
  Peer peer = bench.open(GetParam());
  EXPECT_EQ(peer.socket.close(1000), Status::kOk);
  bench.settle();
  peer.send(kTextFrame, "plain", false);
  peer.send(kContinuationFrame, std::string(300, 'p'));
  peer.send(kTextFrame, "");
  peer.send(kTextFrame, "more", false);
  bench.settle();
  EXPECT_EQ(bench.count(Event::kError), 0u);
  peer.send(kTextBegin, "");
  bench.settle();
  ASSERT_EQ(bench.count(Event::kError), 1u);
  EXPECT_EQ(bench.last(Event::kError)->close.cause.code, 1002);
}

TEST_P(DeflateAttacksTest, ALargePieceOfNoiseLeavesWhereItFits) {
  DeflateBench<1, 3, 70000> bench;
  Peer peer = bench.open(GetParam());
  static MessageDeflater<10> deflater;
  std::string noise;
  uint32_t state = 1;
  for (int i = 0; i < 60000; ++i) noise += static_cast<char>((state = state * 1664525 + 1013904223) >> 24);
  Message piece;
  piece.data = bytes_of(noise);
  piece.type = MessageType::kBinary;
  piece.last = false;
  EXPECT_EQ(deflater.send(peer.socket, piece), Status::kOk);
  bench.settle();
}

// As in APeerThatKeepsOthersWaitingIsClosedAfterTheDeadlineForData.
TEST(DeflateAttacks, WithoutKeepaliveAPeerMayKeepOthersWaitingNoLonger) {
  DeflateBench<2, 8, 256, 15, 1> bench;
  bench.server_options.timeouts_ms[Deadline::kData] = 3000;
  bench.server_options.timeouts_ms[Deadline::kKeepaliveInterval] = 0;
  Peer silent = bench.open(Role::kServer);
  Peer other = bench.open(Role::kServer);
  silent.send(kTextBegin, hello().substr(0, 3), false);
  bench.settle();
  other.send(kTextBegin, hello());
  bench.settle();
  bench.advance(6001);
  EXPECT_EQ(bench.messages(), "Hello|");
  EXPECT_EQ(silent.frames().back().payload, close_body(1008));
}

TEST(DeflateAttacks, AConnectionThatIsNotReadKeepsNoPlaceInTheLine) {
  for (const int how : {0, 1, 2}) {  // paused, held, and with a message that is held
    DeflateBench<4, 10, 256, 15, 1> bench;
    Peer peers[4];
    for (Peer& each : peers) each = bench.open(Role::kServer);
    peers[0].send(kTextBegin, hello().substr(0, 3), false);
    bench.settle();
    bench.app = [&](const Event& event) {
      if (event.type == Event::kMessage && copy_of(event.message.data) == "plain") event.socket.hold();
    };
    if (how == 2) peers[1].send(kTextFrame, "plain");
    peers[1].send(kTextBegin, stored("1"));
    bench.settle();
    if (how == 0) peers[1].socket.pause();
    if (how == 1) peers[1].socket.hold();
    for (int i = 2; i < 4; ++i) peers[i].send(kTextBegin, stored(std::string(1, static_cast<char>('0' + i))));
    bench.settle();
    bench.take_seen();
    peers[0].send(kContinuationFrame, hello().substr(3));
    bench.settle();
    EXPECT_EQ(bench.messages(), "Hello|2|3|") << how;
    bench.app = nullptr;
    peers[1].socket.resume();
    bench.settle();
    EXPECT_EQ(bench.messages(), how == 2 ? "plain|1|" : "1|") << how;  // what is held is handed out again
  }
}

TEST(DeflateAttacks, AConnectionThatWaitsForAnInflaterIsNotIdle) {
  DeflateBench<2, 8, 256, 15, 1> bench;
  bench.server_options.on_full = &evict_oldest_idle;
  bench.server_options.timeouts_ms[Deadline::kData] = 20000;
  bench.server_options.data_min_bytes = 1;
  bench.server_options.timeouts_ms[Deadline::kKeepaliveInterval] = 30000;
  bench.server_options.timeouts_ms[Deadline::kKeepaliveAnswer] = 1000;
  Peer holder = bench.open(Role::kServer);
  Peer waits = bench.open(Role::kServer);
  holder.send(kTextBegin, stored("holder").substr(0, 3), false);
  bench.settle();
  waits.send(kTextBegin, hello());
  bench.settle();
  bench.advance(5000);
  holder.send(kContinuationFrame, stored("holder").substr(3, 1), false);
  bench.advance(14900);  // the end of the time of its deadline is near
  holder.send(kContinuationFrame, stored("holder").substr(4, 1), false);
  bench.settle();
  TestPeer& third = bench.pipe.dial(80);
  third.send(request());
  bench.settle();
  EXPECT_EQ(third.received().substr(0, 13), "HTTP/1.1 503 ");
  EXPECT_EQ(bench.count(Event::kClose, waits.socket), 0u);
}

// A peer that ends its side, and does not take what we have for it, has no use for an inflater.
TEST(DeflateAttacks, WhoIsOverKeepsNoInflater) {
  for (const bool ours : {true, false}) {
    DeflateBench<2, 8, 256, 15, 1> bench;
    Peer first = bench.open(Role::kServer);
    Peer second = bench.open(Role::kServer);
    first.pipe->set_window(0);
    ASSERT_EQ(first.socket.send("for a peer that does not read"), Status::kOk);
    first.send(kTextBegin, hello().substr(0, 3), false);
    bench.settle();
    second.send(kTextBegin, hello());
    bench.settle();
    if (ours) {
      EXPECT_EQ(first.socket.close(1000), Status::kOk);
    } else {
      first.pipe->close();
    }
    bench.settle();
    EXPECT_EQ(bench.messages(), "Hello|") << ours;
  }
}

// The device is slow, not the peer: what it has sent is not yet taken.
TEST(DeflateAttacks, APeerWhoseMessageIsStillBeingReadIsNotLate) {
  DeflateBench<2, 8, 256, 15, 1> bench;
  bench.server_options.timeouts_ms[Deadline::kData] = 1000;
  Peer large = bench.open(Role::kServer);
  Peer other = bench.open(Role::kServer);
  large.send(kBinaryBegin, run_of('b', 2000));
  bench.turn();
  other.send(kTextBegin, hello());
  for (int i = 0; i < 60; ++i) {
    bench.now_ms += 100;
    bench.turn();
  }
  bench.settle();
  EXPECT_EQ(bench.messages().substr(516001), "|Hello|");
}

}  // namespace
}  // namespace whit
