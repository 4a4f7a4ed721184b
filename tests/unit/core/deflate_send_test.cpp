// SPDX-License-Identifier: MIT
// Sending compressed messages: RFC 7692, 6.1 and 7.2.1. What leaves is inflated by the tree's own Inflater, which has
// zlib as its reference (tests/unit/deflate).
#include <gtest/gtest.h>

#include <memory>
#include <string>
#include <vector>

#include "unit/core/deflate_bench.h"
#include "whit/deflate/inflater.h"

namespace whit {
namespace {

const std::string kNoTakeover = "; server_no_context_takeover; client_no_context_takeover";

// The peer's inflater.
class Unpacker {
 public:
  explicit Unpacker(uint8_t bits = 15) : window_(size_t{1} << bits) { inflater_->start(window_.data(), bits); }

  // The message of these frames. `takeover`: with the context of the ones before.
  std::string message(const std::vector<Frame>& frames, bool takeover = false) {
    std::string data;
    for (const Frame& each : frames) data += each.payload;
    data += std::string("\x00\x00\xFF\xFF", 4);
    if (!takeover) inflater_->forget();
    std::string out;
    Bytes input = bytes_of(data);
    deflate::Inflater::Result result;
    do {
      uint8_t room[100];
      MutableBytes rest{room, sizeof room};
      result = inflater_->run(&input, &rest);
      out.append(reinterpret_cast<char*>(room), sizeof room - rest.size);
    } while (result == deflate::Inflater::Result::kNeedRoom);
    EXPECT_EQ(result, deflate::Inflater::Result::kNeedInput);
    EXPECT_TRUE(inflater_->between_blocks());
    return out;
  }

 private:
  std::unique_ptr<deflate::Inflater> inflater_ = std::make_unique<deflate::Inflater>();
  std::vector<uint8_t> window_;
};

std::string telemetry(int number) {
  std::string text = "[";
  for (int i = 0; i < 10; ++i) {
    text += "{\"sensor\":\"temperature\",\"unit\":\"C\",\"value\":" + std::to_string(number * 7 + i * 13) + "},";
  }
  return text + "{}]";
}

class DeflateSendTest : public testing::TestWithParam<Role> {};
INSTANTIATE_TEST_SUITE_P(BothRoles, DeflateSendTest, testing::ValuesIn(kRoles),
                         [](const auto& each) { return name(each.param); });

TEST_P(DeflateSendTest, AMessageLeavesCompressed) {
  DeflateBench<1, 4, 1024> bench;
  Peer peer = bench.open(GetParam(), kNoTakeover);
  MessageDeflater<8> deflater;
  Unpacker unpacker;
  for (int i = 0; i < 3; ++i) {
    const std::string text = telemetry(i);
    ASSERT_EQ(deflater.send(peer.socket, Text(text.data(), text.size())), Status::kOk);
    bench.settle();
    const std::vector<Frame> frames = peer.frames();
    ASSERT_EQ(frames.size(), 1u);
    EXPECT_EQ(frames[0].opcode, kTextFrame | kRsv1);
    EXPECT_TRUE(frames[0].fin);
    EXPECT_LT(frames[0].payload.size() * 2, text.size());
    EXPECT_EQ(unpacker.message(frames), text);
  }
}

TEST_P(DeflateSendTest, AMessageThatGetsNoShorterLeavesPlain) {
  DeflateBench<1, 4, 1024> bench;
  Peer peer = bench.open(GetParam(), kNoTakeover);
  MessageDeflater<8> deflater;
  std::string noise;
  uint32_t state = 1;
  for (int i = 0; i < 500; ++i) noise += static_cast<char>((state = state * 1664525 + 1013904223) >> 24);
  const std::string shortest(config::kDeflateMinBytes - 1, 'a');
  for (const std::string& each : {noise, std::string("a"), std::string(), shortest}) {
    ASSERT_EQ(deflater.send(peer.socket, bytes_of(each), MessageType::kBinary), Status::kOk);
    bench.settle();
    const std::vector<Frame> frames = peer.frames();
    ASSERT_EQ(frames.size(), 1u);
    EXPECT_EQ(frames[0].opcode, kBinaryFrame);
    EXPECT_EQ(frames[0].payload, each);
  }
  const std::string long_enough = shortest + 'a';
  ASSERT_EQ(deflater.send(peer.socket, bytes_of(long_enough), MessageType::kBinary), Status::kOk);
  bench.settle();
  EXPECT_EQ(peer.frames()[0].opcode, kBinaryFrame | kRsv1);
}

TEST_P(DeflateSendTest, WithoutTheExtensionAllIsPlain) {
  Bench<1, 4, 1024> bench;
  Peer peer = bench.open(GetParam());
  MessageDeflater<8> deflater;
  const std::string text = telemetry(1);
  EXPECT_EQ(deflater.send(peer.socket, Text(text.data(), text.size())), Status::kOk);
  DeflateBench<1, 4, 1024> declined;
  Peer other = static_cast<Bench<1, 4, 1024, 2, 1 << 17>&>(declined).open(GetParam());
  EXPECT_EQ(deflater.send(other.socket, Text(text.data(), text.size())), Status::kOk);
  bench.settle();
  declined.settle();
  EXPECT_EQ(peer.frames()[0].payload, text);
  EXPECT_EQ(other.frames()[0].payload, text);
}

TEST_P(DeflateSendTest, AMessageLargerThanABufferLeavesIfItsCompressedFormFits) {
  DeflateBench<1, 4, 512> bench;
  Peer peer = bench.open(GetParam(), kNoTakeover);
  MessageDeflater<10> deflater;
  const std::string large(5000, 'x');
  ASSERT_GT(large.size(), peer.socket.max_send());
  EXPECT_EQ(deflater.send(peer.socket, bytes_of(large), MessageType::kBinary), Status::kOk);
  bench.settle();
  EXPECT_EQ(Unpacker().message(peer.frames()), large);
  std::string noise;
  uint32_t state = 1;
  for (int i = 0; i < 5000; ++i) noise += static_cast<char>((state = state * 1664525 + 1013904223) >> 24);
  EXPECT_EQ(deflater.send(peer.socket, bytes_of(noise), MessageType::kBinary), Status::kTooLarge);
  bench.settle();
  EXPECT_TRUE(peer.frames().empty());
  EXPECT_EQ(bench.loop.buffers().in_use, 0);
}

TEST_P(DeflateSendTest, ErrorsAreThoseOfSend) {
  DeflateBench<1, 4, 512> bench;
  Peer peer = bench.open(GetParam(), kNoTakeover);
  MessageDeflater<8> deflater;
  const std::string bad(100, '\xFF');
  EXPECT_EQ(deflater.send(peer.socket, Text(bad.data(), bad.size())), Status::kInvalidArgument);
  Message piece;
  piece.first = false;
  EXPECT_EQ(deflater.send(peer.socket, piece), Status::kInvalidArgument);
  EXPECT_EQ(deflater.send(WebSocket(), "text"), Status::kNotOpen);
  (void)peer.socket.close();
  EXPECT_EQ(deflater.send(peer.socket, bytes_of(std::string(100, 'a')), MessageType::kBinary), Status::kNotOpen);
}

TEST_P(DeflateSendTest, AMessageWaitsForRoomAsAnyOther) {
  DeflateBench<1, 2, 512> bench;
  Peer peer = bench.open(GetParam(), kNoTakeover);
  MessageDeflater<8> deflater;
  peer.pipe->set_window(0);
  const std::string text = telemetry(1).substr(0, 400);
  int sent = 0;
  while (deflater.send(peer.socket, bytes_of(text), MessageType::kBinary) == Status::kOk) {
    ++sent;
    bench.settle();
    ASSERT_LT(sent, 100);
  }
  EXPECT_EQ(deflater.send(peer.socket, bytes_of(text), MessageType::kBinary), Status::kWouldBlock);
  bool writable = false;
  bench.app = [&](const Event& event) {
    if (event.type != Event::kWritable) return;
    writable = true;
    EXPECT_EQ(deflater.send(event.socket, bytes_of(text), MessageType::kBinary), Status::kOk);
  };
  peer.pipe->set_window(SIZE_MAX);
  bench.settle();
  EXPECT_TRUE(writable);
  const std::vector<Frame> frames = peer.frames();
  EXPECT_EQ(frames.size(), static_cast<size_t>(sent) + 1);
  for (const Frame& each : frames) EXPECT_EQ(Unpacker().message({each}), text);
}

TEST_P(DeflateSendTest, PiecesOfAMessageAreCompressedEach) {
  DeflateBench<1, 4, 1024> bench;
  Peer peer = bench.open(GetParam(), kNoTakeover);
  MessageDeflater<8> deflater;
  const std::string parts[] = {telemetry(1), "", "\xC3", "\xA4", telemetry(2), ""};
  std::string whole;
  for (size_t i = 0; i < 6; ++i) {
    Message piece;
    piece.data = bytes_of(parts[i]);
    piece.type = MessageType::kText;
    piece.first = i == 0;
    piece.last = i == 5;
    ASSERT_EQ(deflater.send(peer.socket, piece), Status::kOk) << i;
    whole += parts[i];
  }
  EXPECT_EQ(peer.socket.ping(), Status::kOk);
  ASSERT_EQ(peer.socket.send("next"), Status::kOk);
  bench.settle();
  std::vector<Frame> frames = peer.frames();
  ASSERT_EQ(frames.size(), 8u);
  EXPECT_EQ(frames[7].payload, "next");
  frames.resize(6);
  EXPECT_EQ(frames[0].opcode, kTextFrame | kRsv1);
  for (size_t i = 1; i < 6; ++i) EXPECT_EQ(frames[i].opcode, kContinuationFrame);
  EXPECT_EQ(Unpacker().message(frames), whole);
}

TEST_P(DeflateSendTest, ContextIsTakenOverWhereThereIsAHistory) {
  DeflateBench<1, 4, 1024, 10, 1, 0, 1> bench;
  const std::string bits = GetParam() == Role::kServer ? "; client_max_window_bits; client_no_context_takeover"
                                                       : "; server_max_window_bits=10; server_no_context_takeover";
  Peer peer = bench.open(GetParam(), bits);
  MessageDeflater<10> deflater;
  Unpacker unpacker;
  size_t first = 0;
  for (int i = 0; i < 50; ++i) {
    const std::string text = telemetry(i);
    ASSERT_EQ(deflater.send(peer.socket, Text(text.data(), text.size())), Status::kOk);
    bench.settle();
    const std::vector<Frame> frames = peer.frames();
    ASSERT_EQ(frames.size(), 1u);
    ASSERT_EQ(unpacker.message(frames, true), text) << i;
    if (i == 0) first = frames[0].payload.size();
    if (i == 1) {
      EXPECT_LT(frames[0].payload.size(), first);
    }
  }
}

// RFC 7692, 7.1.2: the peer has no larger window.
TEST_P(DeflateSendTest, NoDistanceIsLargerThanThePeersWindow) {
  const std::string parameter =
      GetParam() == Role::kServer ? "; server_max_window_bits=8" : kNoTakeover + "; client_max_window_bits=8";
  DeflateBench<1, 4, 4096> bench;
  Peer peer = bench.open(GetParam(), parameter);
  MessageDeflater<12> deflater;
  std::string text;
  for (int i = 0; i < 4; ++i) text += telemetry(i);
  ASSERT_EQ(deflater.send(peer.socket, Text(text.data(), text.size())), Status::kOk);
  bench.settle();
  const std::vector<Frame> frames = peer.frames();
  EXPECT_EQ(frames[0].opcode, kTextFrame | kRsv1);
  EXPECT_EQ(Unpacker(8).message(frames), text);
}

TEST_P(DeflateSendTest, AReceivedMessageIsSentBackCompressed) {
  DeflateBench<1, 2, 1024> bench;
  Peer peer = bench.open(GetParam(), kNoTakeover);
  MessageDeflater<8> deflater;
  bench.app = [&](const Event& event) {
    if (event.type != Event::kMessage) return;
    if (deflater.send(event.socket, event.message) == Status::kWouldBlock) event.socket.hold();
  };
  for (int i = 0; i < 5; ++i) peer.send(kBinaryFrame | kRsv1, run_of(static_cast<char>('a' + i), 2));
  bench.settle();
  const std::vector<Frame> frames = peer.frames();
  ASSERT_EQ(frames.size(), 5u);
  for (int i = 0; i < 5; ++i) EXPECT_EQ(Unpacker().message({frames[i]}), std::string(517, static_cast<char>('a' + i)));
}

}  // namespace
}  // namespace whit
