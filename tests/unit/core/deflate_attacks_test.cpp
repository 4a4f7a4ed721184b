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

}  // namespace
}  // namespace whit
