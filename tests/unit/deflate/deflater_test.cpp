// SPDX-License-Identifier: MIT
#include "whit/deflate/deflater.h"

#include "unit/deflate/streams.h"
#include "unit/emulated.h"

namespace whit::deflate {
namespace {

// A Deflater with its table, of exactly its size.
class Encoder {
 public:
  explicit Encoder(uint8_t table_bits = 10) : table_(new uint16_t[size_t{1} << table_bits]) {
    memset(table_.get(), 0xEE, sizeof(uint16_t) << table_bits);
    deflater_.start(table_.get(), table_bits);
  }

  // The message in a room of `room` bytes; each argument of exactly its size. Empty: it does not fit.
  std::string compress(const std::string& history, const std::string& message, uint8_t window_bits, bool last,
                       size_t room) {
    const std::unique_ptr<uint8_t[]> before = exact_copy(history);
    const std::unique_ptr<uint8_t[]> data = exact_copy(message);
    const std::unique_ptr<uint8_t[]> out(new uint8_t[room]);
    const size_t size = deflater_.compress({before.get(), history.size()}, {data.get(), message.size()}, window_bits,
                                           last, {out.get(), room});
    EXPECT_LE(size, room);
    return std::string(reinterpret_cast<char*>(out.get()), size);
  }
  std::string compress(const std::string& message, uint8_t window_bits = 15) {
    return compress("", message, window_bits, true, 2 * message.size() + 100);
  }

 private:
  std::unique_ptr<uint16_t[]> table_;
  Deflater deflater_ = {};
};

// Both decoders, with a window of that size, read what was written, and nothing else.
void expect_decoded(const std::string& data, const std::string& message, uint8_t window_bits,
                    const std::string& history = "") {
  const ZlibInflated zlib = zlib_inflate(data, window_bits, 1, history);
  EXPECT_EQ(zlib.result, Z_BUF_ERROR) << "of zlib, which waits for more";
  EXPECT_TRUE(zlib.out == message) << zlib.out.size() << " bytes in place of " << message.size();
  Stream stream(window_bits);
  for (size_t at = 0; at < history.size(); at += 65535) {
    const size_t size = std::min<size_t>(history.size() - at, 65535);
    stream.run(text_of({0, static_cast<int>(size & 255), static_cast<int>(size >> 8), static_cast<int>(~size & 255),
                        static_cast<int>(~size >> 8 & 255)}) +
               history.substr(at, size));
  }
  expect_whole(stream.run(data), message);
}

TEST(Deflater, WritesWhatBothDecodersReadForEachWindowAndTable) {
  for (const Sample& sample : samples()) {
    for (uint8_t window_bits = 8; window_bits <= 15; ++window_bits) {
      for (const uint8_t table_bits : {6, 8, 9, 10, 11, 12, 15}) {
        SCOPED_TRACE(sample.name);
        SCOPED_TRACE(static_cast<int>(window_bits));
        expect_decoded(Encoder(table_bits).compress(sample.data, window_bits) + kTail, sample.data, window_bits);
      }
    }
  }
}

// RFC 7692, 7.2.3.1, 7.2.3.2 and 7.2.3.6. The second one there repeats four bytes of five, in five.
TEST(Deflater, WritesTheExamplesOfRfc7692OrLess) {
  EXPECT_EQ(Encoder().compress("Hello"), text_of({0xF2, 0x48, 0xCD, 0xC9, 0xC9, 0x07, 0x00}));
  const std::string again = Encoder().compress("Hello", "Hello", 15, true, 100);
  EXPECT_EQ(again.size(), 4U);
  expect_decoded(again + kTail, "Hello", 15, "Hello");
  EXPECT_EQ(Encoder().compress(""), text_of({0x00}));
}

// A literal of 8 bits and four matches of 8 + 5; the heads of two blocks and the end of one have 13.
TEST(Deflater, WritesTheLongestMatchWithoutExtraBits) {
  EXPECT_EQ(Encoder().compress(std::string(1 + 4 * 258, 'x')).size(), (8U + 4 * 13 + 13 + 7) / 8);
}

TEST(Deflater, EndsAPartInTheTailAndTheLastWithoutIt) {
  for (const Sample& sample : samples()) {
    SCOPED_TRACE(sample.name);
    Encoder encoder;
    const size_t room = 2 * sample.data.size() + 100;
    const std::string part = encoder.compress("", sample.data, 15, false, room);
    EXPECT_EQ(part, encoder.compress("", sample.data, 15, true, room) + kTail);
  }
}

TEST(Deflater, FindsWhatTheHistoryHas) {
  const std::vector<std::string> messages = telemetry(40);
  for (uint8_t window_bits = 8; window_bits <= 15; ++window_bits) {
    Encoder encoder;
    Stream stream(window_bits);
    std::string history;
    size_t with = 0;
    size_t without = 0;
    for (const std::string& message : messages) {
      const std::string data = encoder.compress(history, message, window_bits, true, 1000);
      with += data.size();
      without += encoder.compress("", message, window_bits, true, 1000).size();
      expect_whole(stream.run(data + kTail), message);
      expect_decoded(data + kTail, message, window_bits, history);
      history += message;
    }
    EXPECT_TRUE(window_bits == 8 || 10 * with < 7 * without) << with << " bytes, and without history " << without;
  }
}

TEST(Deflater, GoesNoFurtherBackThanTheHistoryThatItIsGiven) {
  const std::string far = noise(100, 1);
  const std::string history = far + noise(1000, 2);
  Encoder encoder;
  const std::string all = encoder.compress(history, far, 15, true, 1000);
  const std::string less = encoder.compress(history.substr(50), far, 15, true, 1000);
  EXPECT_LT(all.size(), 25U);
  EXPECT_GT(less.size(), 50U);
  EXPECT_LT(less.size(), 80U);
  expect_decoded(less + kTail, far, 15, history.substr(50));
  EXPECT_GT(encoder.compress(history, far, 10, true, 1000).size(), 75U) << "24 bytes lie in a window of 1024";
}

// Distances of exactly the window are written, and none that is one larger.
TEST(Deflater, UsesTheWholeWindowAndNoMore) {
  for (uint8_t window_bits = 8; window_bits <= 15; ++window_bits) {
    const size_t window = size_t{1} << window_bits;
    const std::string unit = noise(50, 5);
    const std::string near = unit + noise(window - 50, 6) + unit;
    const std::string far = unit + noise(window - 49, 6) + unit;
    const auto cost = [&](const std::string& text) {
      return Encoder(15).compress(text.substr(0, text.size() - 50), unit, window_bits, true, 100).size();
    };
    EXPECT_LT(cost(near), 20U);
    EXPECT_GT(cost(far), 50U);
    expect_decoded(Encoder(15).compress(near, window_bits) + kTail, near, window_bits);
    expect_decoded(Encoder(15).compress(far, window_bits) + kTail, far, window_bits);
  }
}

TEST(Deflater, JoinsPartsIntoOneMessage) {
  for (const Sample& sample : samples()) {
    SCOPED_TRACE(sample.name);
    for (const size_t piece : {1, 2, 3, 100, 1000}) {
      if (sample.data.size() / piece > 3000) continue;
      Encoder encoder;
      std::string data;
      for (size_t at = 0; at < sample.data.size(); at += piece) {
        const std::string history = sample.data.substr(at > 512 ? at - 512 : 0, at > 512 ? 512 : at);
        const bool last = at + piece >= sample.data.size();
        data += encoder.compress(history, sample.data.substr(at, piece), 9, last, 2 * piece + 20);
      }
      if (!sample.data.empty()) expect_decoded(data + kTail, sample.data, 9);
    }
  }
}

TEST(Deflater, WritesNoMoreThanTheRoom) {
  for (const Sample& sample : samples()) {
    SCOPED_TRACE(sample.name);
    const std::string message = sample.data.substr(0, 700);
    for (const bool last : {false, true}) {
      Encoder encoder;
      const std::string whole = encoder.compress("", message, 15, last, 1000);
      ASSERT_FALSE(whole.empty());
      for (size_t room = 0; room < whole.size(); ++room) {
        ASSERT_EQ(encoder.compress("", message, 15, last, room), "") << room;
      }
      EXPECT_EQ(encoder.compress("", message, 15, last, whole.size()), whole);
    }
  }
}

TEST(Deflater, GivesTheSameForTheSame) {
  const std::vector<std::string> messages = telemetry(2);
  Encoder used;
  used.compress(noise(5000));
  EXPECT_EQ(used.compress(messages[0], messages[1], 10, true, 1000),
            Encoder().compress(messages[0], messages[1], 10, true, 1000));
}

// What does not shrink is stored, with five bytes for each block of 4096 and one for the end.
TEST(Deflater, StoresNoise) {
  for (const size_t size : {1, 100, 4096, 4097, 70000}) {
    const std::string message = noise(size, 8);
    const std::string data = Encoder().compress(message);
    EXPECT_LE(data.size(), size + 5 * ((size + 4095) / 4096) + 1) << size;
    expect_decoded(data + kTail, message, 15);
  }
}

TEST(Deflater, StoresNoMoreThanTheNoise) {
  const std::string text = joined(telemetry(30));
  const std::string all = text + noise(8192) + text;
  EXPECT_LT(Encoder().compress(all).size(), 2 * Encoder().compress(text).size() + 8192 + 4096);
}

TEST(Deflater, ShrinksRunsAndTelemetry) {
  EXPECT_LT(Encoder().compress(std::string(4096, 'x')).size(), 40U);
  const std::string text = joined(telemetry(20));
  EXPECT_LT(Encoder(10).compress(text).size(), text.size() / 2);
}

// Positions go round at 65536.
TEST(Deflater, TakesLargeMessages) {
  const std::string text = joined(telemetry(700)) + noise(3000) + joined(telemetry(20)) + std::string(70000, '-');
  ASSERT_GT(text.size(), 3U * 65536);
  for (const uint8_t window_bits : {8, 10, 15}) {
    expect_decoded(Encoder().compress(text, window_bits) + kTail, text, window_bits);
  }
}

TEST(Deflater, WritesWhatBothDecodersReadForAnyData) {
  std::mt19937 random(4);
  const int count = sample(2000);
  for (int i = 0; i < count && !HasFailure(); ++i) {
    SCOPED_TRACE(i);
    const auto any = [&random](size_t most) {
      return noise(random() % most, static_cast<uint32_t>(random()), 1 + static_cast<unsigned>(random()) % 256 % 7);
    };
    const std::string history = any(700);
    const std::string message = any(700);
    const uint8_t window_bits = static_cast<uint8_t>(8 + random() % 8);
    const std::string seen = history.substr(history.size() - std::min(history.size(), size_t{1} << window_bits));
    Encoder encoder(static_cast<uint8_t>(6 + random() % 10));
    expect_decoded(encoder.compress(history, message, window_bits, false, 2000), message, window_bits, seen);
  }
}

}  // namespace
}  // namespace whit::deflate
