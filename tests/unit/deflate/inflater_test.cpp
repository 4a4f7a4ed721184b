// SPDX-License-Identifier: MIT
#include "whit/deflate/inflater.h"

#include "unit/deflate/streams.h"
#include "unit/emulated.h"

namespace whit::deflate {
namespace {

// Bits of a stream by hand: numbers with their lowest bit first, words of a code with their highest.
class BitWriter {
 public:
  BitWriter& number(uint32_t value, unsigned size) {
    for (unsigned i = 0; i < size; ++i) bit(value >> i & 1);
    return *this;
  }
  BitWriter& word(uint32_t value, unsigned size) {
    for (unsigned i = size; i > 0; --i) bit(value >> (i - 1) & 1);
    return *this;
  }
  BitWriter& block(bool last, unsigned type) { return number(last ? 1 : 0, 1).number(type, 2); }
  // A symbol of the fixed code of literals and lengths: RFC 1951, 3.2.6.
  BitWriter& fixed(unsigned symbol) {
    if (symbol < 144) return word(0x30 + symbol, 8);
    if (symbol < 256) return word(0x190 + symbol - 144, 9);
    if (symbol < 280) return word(symbol - 256, 7);
    return word(0xC0 + symbol - 280, 8);
  }
  // The head of a dynamic block whose lengths are written with a code of four bits for each of 0 to 15.
  BitWriter& plain_head(const std::vector<unsigned>& literals, const std::vector<unsigned>& distances) {
    block(false, 2);
    number(static_cast<uint32_t>(literals.size() - 257), 5).number(static_cast<uint32_t>(distances.size() - 1), 5);
    number(19 - 4, 4).number(0, 9);
    for (int i = 0; i < 16; ++i) number(4, 3);
    for (const unsigned length : literals) word(length, 4);
    for (const unsigned length : distances) word(length, 4);
    return *this;
  }
  // An empty stored block: the flush that ends a message.
  BitWriter& flush() {
    block(false, 0);
    while (size_ % 8 != 0) bit(0);
    return number(0, 16).number(0xFFFF, 16);
  }
  std::string bytes() const { return bytes_; }

 private:
  void bit(uint32_t value) {
    if (size_ % 8 == 0) bytes_ += '\0';
    bytes_.back() = static_cast<char>(static_cast<uint8_t>(bytes_.back()) | value << size_ % 8);
    ++size_;
  }
  std::string bytes_;
  size_t size_ = 0;
};

// Lengths of a code with these symbols, two words of one bit or four of two bits, and so on.
std::vector<unsigned> equal_lengths(size_t size, std::initializer_list<unsigned> symbols, unsigned length) {
  std::vector<unsigned> lengths(size, 0);
  for (const unsigned symbol : symbols) lengths[symbol] = length;
  return lengths;
}

// In one piece, and in pieces and rooms of a byte.
void expect_corrupt(const std::string& data, const std::string& out_before = "") {
  for (const size_t size : {size_t{100000}, size_t{1}}) {
    Stream stream;
    const Inflated found = stream.run(data, size, size);
    EXPECT_EQ(found.result, Result::kCorrupt);
    EXPECT_EQ(found.out, out_before);
    EXPECT_FALSE(found.whole);
  }
}

void expect_data(const std::string& data, const std::string& out) {
  for (const size_t size : {size_t{100000}, size_t{1}}) {
    Stream stream;
    expect_whole(stream.run(data, size, size), out);
  }
}

// ---- RFC 7692 ----

TEST(Inflater, TakesTheExamplesOfRfc7692) {
  expect_data(text_of({0xF2, 0x48, 0xCD, 0xC9, 0xC9, 0x07, 0x00}) + kTail, "Hello");                          // 7.2.3.1
  expect_data(text_of({0x00, 0x05, 0x00, 0xFA, 0xFF, 0x48, 0x65, 0x6C, 0x6C, 0x6F, 0x00}) + kTail, "Hello");  // 7.2.3.3
  expect_data(text_of({0xF3, 0x48, 0xCD, 0xC9, 0xC9, 0x07, 0x00, 0x00}) + kTail, "Hello");                    // 7.2.3.4
  expect_data(text_of({0xF2, 0x48, 0x05, 0x00, 0x00, 0x00, 0xFF, 0xFF, 0xCA, 0xC9, 0xC9, 0x07, 0x00}) + kTail,
              "Hello");                      // 7.2.3.5
  expect_data(text_of({0x00}) + kTail, "");  // 7.2.3.6
}

// 7.2.3.2: the second message is the first one again, by its history.
TEST(Inflater, KeepsTheHistoryFromMessageToMessageUntilItIsForgotten) {
  const std::string first = text_of({0xF2, 0x48, 0xCD, 0xC9, 0xC9, 0x07, 0x00}) + kTail;
  const std::string second = text_of({0xF2, 0x00, 0x11, 0x00, 0x00}) + kTail;
  Stream stream;
  expect_whole(stream.run(first), "Hello");
  expect_whole(stream.run(second), "Hello");
  stream.inflater.forget();
  EXPECT_EQ(stream.run(second).result, Result::kCorrupt);
  Stream without;
  EXPECT_EQ(without.run(second).result, Result::kCorrupt);
}

TEST(Inflater, IsUnfinishedUntilTheTailIsRead) {
  const std::string data = text_of({0xF2, 0x48, 0xCD, 0xC9, 0xC9, 0x07, 0x00}) + kTail;
  Stream stream;
  EXPECT_TRUE(stream.inflater.between_blocks());
  for (size_t i = 0; i < data.size(); ++i) {
    EXPECT_EQ(stream.inflater.between_blocks(), i == 0) << i;
    EXPECT_EQ(stream.run(data.substr(i, 1)).result, Result::kNeedInput);
  }
  EXPECT_TRUE(stream.inflater.between_blocks());
}

// ---- blocks ----

TEST(Inflater, TakesBlocksOfEachKindInOneMessage) {
  BitWriter bits;
  bits.block(false, 1).fixed('a').fixed(256);
  bits.plain_head(equal_lengths(257, {'b', 256}, 1), {0}).word(0, 1).word(0, 1).word(1, 1);
  bits.flush();
  const std::string stored = text_of({0x00, 0x03, 0x00, 0xFC, 0xFF, 'x', 'y', 'z'});
  BitWriter end;
  end.block(false, 1).fixed(256).block(false, 1).fixed(256 + 1).number(0, 5).fixed(256).flush();  // 3 bytes from 1 back
  expect_data(bits.bytes() + stored + stored + end.bytes(), "abbxyzxyzzzz");
}

TEST(Inflater, GoesOnAtTheNextByteAfterAFinalBlock) {
  BitWriter fixed;
  fixed.block(true, 1).fixed('a').fixed('b').fixed(256);
  BitWriter dynamic;
  dynamic.block(true, 1).fixed(256);
  const std::string stored = text_of({0x01, 0x01, 0x00, 0xFE, 0xFF, 'c'});
  BitWriter flush;
  expect_data(fixed.bytes() + stored + dynamic.bytes() + stored + fixed.bytes() + flush.flush().bytes(), "abccab");
}

TEST(Inflater, TakesTheLargestStoredBlock) {
  const std::string data = noise(65535);
  Stream stream;
  expect_whole(stream.run(text_of({0x00, 0xFF, 0xFF, 0x00, 0x00}) + data, 1000, 777), data);
}

// The extremes of the tables of RFC 1951, 3.2.5: each symbol, with the smallest and the largest extra bits.
TEST(Inflater, TakesEveryLengthAndDistance) {
  static const unsigned length_base[] = {3,  4,  5,  6,  7,  8,  9,  10, 11,  13,  15,  17,  19,  23, 27,
                                         31, 35, 43, 51, 59, 67, 83, 99, 115, 131, 163, 195, 227, 258};
  static const unsigned length_extra[] = {0, 0, 0, 0, 0, 0, 0, 0, 1, 1, 1, 1, 2, 2, 2,
                                          2, 3, 3, 3, 3, 4, 4, 4, 4, 5, 5, 5, 5, 0};
  static const unsigned distance_base[] = {1,    2,    3,    4,    5,    7,    9,    13,    17,    25,
                                           33,   49,   65,   97,   129,  193,  257,  385,   513,   769,
                                           1025, 1537, 2049, 3073, 4097, 6145, 8193, 12289, 16385, 24577};
  static const unsigned distance_extra[] = {0, 0, 0, 0, 1, 1, 2, 2,  3,  3,  4,  4,  5,  5,  6,
                                            6, 7, 7, 8, 8, 9, 9, 10, 10, 11, 11, 12, 12, 13, 13};
  const std::string history = noise(32768);
  const std::string stored = text_of({0x00, 0x00, 0x80, 0xFF, 0x7F}) + history;
  for (unsigned length = 0; length < 29; ++length) {
    for (unsigned distance = 0; distance < 30; ++distance) {
      for (const bool largest : {false, true}) {
        const unsigned length_more = largest ? (1U << length_extra[length]) - 1 : 0;
        const unsigned distance_more = largest ? (1U << distance_extra[distance]) - 1 : 0;
        BitWriter bits;
        bits.block(false, 1).fixed(257 + length).number(length_more, length_extra[length]);
        bits.word(distance, 5).number(distance_more, distance_extra[distance]).fixed(256).flush();
        std::string expected = history;
        const size_t from = history.size() - distance_base[distance] - distance_more;
        for (size_t i = 0; i < length_base[length] + length_more; ++i) expected += expected[from + i];
        Stream stream;
        expect_whole(stream.run(stored), history);
        expect_whole(stream.run(bits.bytes(), 1, largest ? 1 : 1000), expected.substr(32768));
      }
    }
  }
}

TEST(Inflater, TakesACodeOfOneDistanceAndOneWithoutAny) {
  const std::vector<unsigned> literals = equal_lengths(258, {'a', 'b', 256, 257}, 2);
  BitWriter one;
  one.plain_head(literals, {1}).word(0, 2).word(3, 2).word(0, 1).word(2, 2).flush();
  expect_data(one.bytes(), "aaaa");
  BitWriter none;
  none.plain_head(literals, {0}).word(0, 2).word(1, 2).word(2, 2).flush();
  expect_data(none.bytes(), "ab");
  // A block of nothing but its end has a code of one word, too.
  BitWriter nothing;
  nothing.plain_head(equal_lengths(257, {256}, 1), {0}).word(0, 1).flush();
  expect_data(nothing.bytes(), "");
}

TEST(Inflater, TakesWordsOfFifteenBits) {
  // One of each length, and two of the longest.
  std::vector<unsigned> literals(257, 0);
  for (unsigned i = 0; i < 14; ++i) literals['a' + i] = i + 1;
  literals['o'] = 15;
  literals[256] = 15;
  BitWriter bits;
  bits.plain_head(literals, {0}).word(0x7FFE, 15).word(0, 1).word(0x3FFE, 14).word(0x7FFF, 15).flush();
  expect_data(bits.bytes(), "oan");
}

// 48 bits: a word of 15 bits and 5 more for the length, 15 and 13 for the distance.
TEST(Inflater, TakesTheLargestMatchWithEachByteAsTheLast) {
  std::vector<unsigned> literals(285, 0);
  for (unsigned i = 0; i < 13; ++i) literals['a' + i] = i + 1;
  literals['n'] = literals[256] = 15;
  literals[257] = 15;
  literals[284] = 15;
  std::vector<unsigned> distances(30, 0);
  for (unsigned i = 0; i < 14; ++i) distances[i] = i + 1;
  distances[28] = distances[29] = 15;
  const std::string history = noise(32768);
  const std::string stored = text_of({0x00, 0x00, 0x80, 0xFF, 0x7F}) + history;
  for (size_t before = 0; before < 16; ++before) {
    BitWriter bits;
    bits.plain_head(literals, distances);
    for (size_t i = 0; i < before; ++i) bits.word(0, 1);
    // The words of 15 bits are given in the order of their symbols.
    bits.word(0x7FFF, 15).number(30, 5).word(0x7FFF, 15).number(0x1FFF, 13).word(0x7FFD, 15).flush();
    const std::string data = bits.bytes();
    for (size_t cut = data.size() - 16; cut < data.size(); ++cut) {
      Stream stream;
      expect_whole(stream.run(stored), history);
      const Inflated front = stream.run(data.substr(0, cut));
      const Inflated back = stream.run(data.substr(cut));
      EXPECT_EQ(front.out + back.out, std::string(before, 'a') + history.substr(before, 257));
      EXPECT_TRUE(back.whole);
    }
  }
}

// ---- corrupt data ----

TEST(Inflater, RefusesABlockOfTheFourthType) { expect_corrupt(BitWriter().block(false, 3).bytes()); }

TEST(Inflater, RefusesAStoredBlockWithoutItsComplement) {
  expect_corrupt(text_of({0x00, 0x05, 0x00, 0xFB, 0xFF, 'H', 'e', 'l', 'l', 'o'}));
  expect_corrupt(text_of({0x00, 0x05, 0x00, 0xFA, 0xFE, 'H', 'e', 'l', 'l', 'o'}));
}

TEST(Inflater, RefusesSymbolsThatStandForNothing) {
  for (const unsigned symbol : {286U, 287U}) {
    expect_corrupt(BitWriter().block(false, 1).fixed('a').fixed(symbol).number(0, 16).bytes(), "a");
  }
  for (const unsigned distance : {30U, 31U}) {
    expect_corrupt(BitWriter().block(false, 1).fixed('a').fixed(257).word(distance, 5).number(0, 16).bytes(), "a");
  }
}

TEST(Inflater, RefusesADistanceBeyondWhatWasWritten) {
  expect_corrupt(BitWriter().block(false, 1).fixed(257).word(0, 5).number(0, 16).bytes());
  expect_corrupt(BitWriter().block(false, 1).fixed('a').fixed('b').fixed(257).word(2, 5).number(0, 16).bytes(), "ab");
}

TEST(Inflater, RefusesADistanceBeyondItsWindow) {
  const std::string history = noise(300);
  const std::string stored = text_of({0x00, 300 & 255, 300 >> 8, (300 ^ 0xFFFF) & 255, (300 ^ 0xFFFF) >> 8}) + history;
  for (const unsigned more : {0U, 127U}) {
    BitWriter nearest;
    nearest.block(false, 1).fixed(257).word(15, 5).number(63, 6).fixed(256).flush();  // 256
    BitWriter next;
    next.block(false, 1).fixed(257).word(16, 5).number(more, 7).number(0, 16);  // 257
    for (const size_t size : {size_t{1}, size_t{1000}}) {
      Stream near(8);
      expect_whole(near.run(stored + nearest.bytes(), size, size), history + history.substr(44, 3));
      Stream far(8);
      EXPECT_EQ(far.run(stored + next.bytes(), size, size).result, Result::kCorrupt);
    }
  }
}

TEST(Inflater, RefusesCodesWithTooManyOrTooFewWords) {
  std::vector<unsigned> three = equal_lengths(257, {'a', 'b', 256}, 1);
  expect_corrupt(BitWriter().plain_head(three, {0}).bytes());
  expect_corrupt(BitWriter().plain_head(equal_lengths(257, {'a', 256}, 2), {0}).bytes());
  expect_corrupt(BitWriter().plain_head(equal_lengths(257, {256}, 2), {0}).bytes());
  const std::vector<unsigned> good = equal_lengths(257, {'a', 256}, 1);
  expect_corrupt(BitWriter().plain_head(good, {1, 1, 1}).bytes());
  expect_corrupt(BitWriter().plain_head(good, {2, 2}).bytes());
  expect_corrupt(BitWriter().plain_head(good, {2}).bytes());
  // The code of the lengths: three words of one bit, two of three, none at all.
  BitWriter more;
  more.block(false, 2).number(0, 14).number(1, 3).number(1, 3).number(1, 3).number(0, 3);
  expect_corrupt(more.bytes());
  BitWriter fewer;
  fewer.block(false, 2).number(0, 14).number(3, 3).number(3, 3).number(0, 6);
  expect_corrupt(fewer.bytes());
  BitWriter none;
  none.block(false, 2).number(0, 14).number(0, 12).number(0, 32);
  expect_corrupt(none.bytes());
}

TEST(Inflater, RefusesTheWordThatACodeOfOneDoesNotHave) {
  const std::vector<unsigned> literals = equal_lengths(258, {'a', 'b', 256, 257}, 2);
  expect_corrupt(BitWriter().plain_head(literals, {1}).word(0, 2).word(3, 2).word(1, 1).number(0xFFFF, 16).bytes(),
                 "a");
  expect_corrupt(BitWriter().plain_head(literals, {0}).word(0, 2).word(3, 2).number(0xFFFF, 16).bytes(), "a");
}

TEST(Inflater, RefusesABlockWithoutAnEnd) {
  expect_corrupt(BitWriter().plain_head(equal_lengths(257, {'a', 'b'}, 1), {0}).bytes());
}

TEST(Inflater, RefusesMoreSymbolsThanThereAre) {
  for (const unsigned more : {30U, 31U}) {
    expect_corrupt(BitWriter().block(false, 2).number(more, 5).number(0, 9).bytes());
    expect_corrupt(BitWriter().block(false, 2).number(0, 5).number(more, 5).number(0, 4).bytes());
  }
}

// Words of the code of lengths: 0 for the symbol 1, 10 for 16, 11 for 18.
BitWriter repeats() {
  BitWriter bits;
  bits.block(false, 2).number(0, 5).number(0, 5).number(18 - 4, 4);
  for (const unsigned length : {2, 0, 2, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1}) bits.number(length, 3);
  return bits;
}

TEST(Inflater, RefusesRepeatsOfNothingAndBeyondTheEnd) {
  expect_corrupt(repeats().word(2, 2).number(0, 2).bytes());
  // 257 and 1 lengths: 138 and 117 zeros, then two ones make 257, and the last is the only distance ...
  BitWriter right = repeats();
  right.word(3, 2).number(127, 7).word(3, 2).number(106, 7).word(0, 1).word(0, 1).word(0, 1);
  expect_data(right.word(1, 1).flush().bytes(), "");
  // ... or they are repeated once more than that.
  BitWriter wrong = repeats();
  wrong.word(3, 2).number(127, 7).word(3, 2).number(106, 7).word(0, 1).word(2, 2).number(0, 2);
  expect_corrupt(wrong.bytes());
}

TEST(Inflater, StaysCorruptUntilItIsStarted) {
  Stream stream;
  EXPECT_EQ(stream.run(BitWriter().block(false, 3).bytes()).result, Result::kCorrupt);
  const std::string hello = text_of({0xF2, 0x48, 0xCD, 0xC9, 0xC9, 0x07, 0x00}) + kTail;
  const Inflated again = stream.run(hello);
  EXPECT_EQ(again.result, Result::kCorrupt);
  EXPECT_EQ(again.out, "");
  uint8_t window[256];
  stream.inflater.start(window, 8);
  expect_whole(stream.run(hello), "Hello");
}

// ---- rooms ----

TEST(Inflater, AsksForRoomOnlyForAByteThatIsThere) {
  const std::string hello = text_of({0xF2, 0x48, 0xCD, 0xC9, 0xC9, 0x07, 0x00}) + kTail;
  Stream stream;
  uint8_t out[5];
  Bytes input = bytes_of(hello);
  MutableBytes room(out, 4);
  EXPECT_EQ(stream.inflater.run(&input, &room), Result::kNeedRoom);
  room = {out + 4, 1};
  EXPECT_EQ(stream.inflater.run(&input, &room), Result::kNeedInput) << "the room is full, and so is the message";
  EXPECT_TRUE(input.empty());
  EXPECT_TRUE(stream.inflater.between_blocks());
  EXPECT_EQ(memcmp(out, "Hello", 5), 0);
}

TEST(Inflater, AsksForInputWhereAStoredByteIsNotThere) {
  const std::string stored = text_of({0x00, 0x03, 0x00, 0xFC, 0xFF, 'x', 'y', 'z'});
  Stream stream;
  uint8_t out[3];
  Bytes input = bytes_of(stored).first(7);
  MutableBytes room(out, 2);
  EXPECT_EQ(stream.inflater.run(&input, &room), Result::kNeedInput)
      << "the room is full, but the third byte is not known";
  input = bytes_of(stored).from(7);
  EXPECT_EQ(stream.inflater.run(&input, &room), Result::kNeedRoom);
  EXPECT_EQ(input.size, 1U);
}

TEST(Inflater, NeedsNoRoomForNothing) {
  Stream stream;
  const std::string empty = text_of({0x00}) + kTail;
  Bytes input = bytes_of(empty);
  MutableBytes room;
  EXPECT_EQ(stream.inflater.run(&input, &room), Result::kNeedInput);
  EXPECT_TRUE(stream.inflater.between_blocks());
  Bytes nothing;
  EXPECT_EQ(stream.inflater.run(&nothing, &room), Result::kNeedInput);
}

// ---- zlib as the reference ----

TEST(Inflater, TakesWhatZlibWritesAtEachLevelAndStrategy) {
  for (const Sample& sample : samples()) {
    for (int level = 0; level <= 9; ++level) {
      for (const int strategy : {Z_DEFAULT_STRATEGY, Z_FILTERED, Z_HUFFMAN_ONLY, Z_RLE, Z_FIXED}) {
        ZlibSettings settings;
        settings.level = level;
        settings.strategy = strategy;
        SCOPED_TRACE(sample.name);
        const std::string data = ZlibDeflater(settings).add(sample.data, Z_SYNC_FLUSH);
        Stream stream;
        if (!sample.data.empty()) expect_whole(stream.run(data), sample.data);
        const std::string final = ZlibDeflater(settings).add(sample.data, Z_FINISH);
        Stream last;
        expect_whole(last.run(final), sample.data);
      }
    }
  }
}

// The window of the Inflater is as large as that of the writer; zlib writes no window of 8 bits.
TEST(Inflater, TakesWhatZlibWritesWithEachWindowAndMemory) {
  for (const Sample& sample : samples()) {
    SCOPED_TRACE(sample.name);
    for (int window_bits = 9; window_bits <= 15; ++window_bits) {
      for (int memory_level = 1; memory_level <= 9; ++memory_level) {
        ZlibSettings settings;
        settings.window_bits = window_bits;
        settings.memory_level = memory_level;
        const std::string data = ZlibDeflater(settings).add(sample.data, Z_FINISH);
        Stream stream(static_cast<uint8_t>(window_bits));
        expect_whole(stream.run(data, 4096, 1000), sample.data);
      }
    }
  }
}

TEST(Inflater, FollowsTheMessagesOfAConnection) {
  const std::vector<std::string> messages = telemetry(40);
  for (int window_bits = 9; window_bits <= 15; ++window_bits) {
    for (const int flush : {Z_SYNC_FLUSH, Z_FULL_FLUSH}) {
      ZlibSettings settings;
      settings.window_bits = window_bits;
      ZlibDeflater zlib(settings);
      Stream stream(static_cast<uint8_t>(window_bits));
      for (const std::string& message : messages) {
        if (flush == Z_FULL_FLUSH) stream.inflater.forget();
        expect_whole(stream.run(zlib.add(message, flush)), message);
      }
    }
  }
}

TEST(Inflater, MayBeCutAtEachByte) {
  const std::string text = joined(telemetry(3)) + noise(40) + std::string(300, '-');
  for (const int level : {0, 1, 6}) {
    for (const int strategy : {Z_DEFAULT_STRATEGY, Z_FIXED}) {
      ZlibSettings settings;
      settings.level = level;
      settings.strategy = strategy;
      const std::string data = ZlibDeflater(settings).add(text, Z_SYNC_FLUSH);
      for (size_t cut = 0; cut <= data.size(); ++cut) {
        Stream stream;
        const Inflated front = stream.run(data.substr(0, cut));
        const Inflated back = stream.run(data.substr(cut));
        ASSERT_EQ(front.out + back.out, text) << cut;
        ASSERT_TRUE(back.whole || cut == data.size());
      }
    }
  }
}

TEST(Inflater, MayBeCutIntoPiecesAndRoomsOfEachSize) {
  for (const Sample& sample : samples()) {
    SCOPED_TRACE(sample.name);
    const std::string data = ZlibDeflater({}).add(sample.data, Z_FINISH);
    for (const size_t piece : {1, 2, 3, 5, 64}) {
      for (const size_t room : {1, 2, 3, 5, 7, 64, 257, 259}) {
        if (sample.data.size() > 6000 && piece * room < 15) continue;
        Stream stream;
        expect_whole(stream.run(data, piece, room), sample.data);
      }
    }
  }
}

TEST(Inflater, WrapsAroundItsWindow) {
  const std::string text = joined(telemetry(400)) + noise(1000, 9) + joined(telemetry(50, 2));
  for (int window_bits = 9; window_bits <= 15; ++window_bits) {
    ZlibSettings settings;
    settings.window_bits = window_bits;
    const std::string data = ZlibDeflater(settings).add(text, Z_FINISH);
    for (const size_t room : {100, 511, 512, 513, 100000}) {
      Stream stream(static_cast<uint8_t>(window_bits));
      expect_whole(stream.run(data, 1000, room), text);
    }
  }
}

// ---- mutations, with zlib as the judge ----

std::string mutated(std::string data, std::mt19937* random) {
  const size_t changes = 1 + (*random)() % 3;
  for (size_t i = 0; i < changes && !data.empty(); ++i) {
    const size_t place = (*random)() % std::min<size_t>(data.size(), (*random)() % 2 != 0 ? 24 : data.size());
    switch ((*random)() % 4) {
      case 0:
        data[place] = static_cast<char>((*random)());
        break;
      case 1:
        data.erase(place, 1 + (*random)() % 3);
        break;
      default:
        data[place] = static_cast<char>(data[place] ^ 1 << (*random)() % 8);
    }
  }
  return data;
}

// Both read what zlib has read up to its verdict: after the end of a final block this decoder would go on. One may see
// earlier than the other that the data is wrong, the other then waits for more of a code or a word that can only be
// wrong. A message is whole for neither.
void expect_same_verdict(const std::string& data, size_t piece, size_t room) {
  const ZlibInflated judge = zlib_inflate(data);
  Stream stream;
  const Inflated found = stream.run(judge.result == Z_STREAM_END ? data.substr(0, judge.read) : data, piece, room);
  ASSERT_TRUE(found.out == judge.out) << found.out.size() << " bytes in place of " << judge.out.size();
  if (judge.result == Z_STREAM_END) {
    EXPECT_EQ(found.result, Result::kNeedInput);
    EXPECT_TRUE(found.whole);
  } else if (judge.result == Z_DATA_ERROR) {
    EXPECT_FALSE(found.whole);
  } else if (found.result == Result::kCorrupt) {
    EXPECT_EQ(zlib_inflate(data + std::string(400, '\0')).result, Z_DATA_ERROR);
    EXPECT_EQ(zlib_inflate(data + std::string(400, '\xFF')).result, Z_DATA_ERROR);
  }
}

TEST(Inflater, JudgesMutatedDataAsZlibDoes) {
  std::mt19937 random(12);
  std::vector<std::string> streams;
  const std::string text = joined(telemetry(2)) + noise(50, 3);
  for (const int level : {0, 1, 6, 9}) {
    for (const int strategy : {Z_DEFAULT_STRATEGY, Z_HUFFMAN_ONLY, Z_FIXED}) {
      ZlibSettings settings;
      settings.level = level;
      settings.strategy = strategy;
      ZlibDeflater zlib(settings);
      const std::string first = zlib.add(text, Z_SYNC_FLUSH);
      streams.push_back(first + zlib.add(text, Z_FINISH));
      streams.push_back(ZlibDeflater(settings).add("short", Z_FINISH));
    }
  }
  const int count = sample(20000);
  for (int i = 0; i < count && !HasFailure(); ++i) {
    const std::string data = mutated(streams[random() % streams.size()], &random);
    SCOPED_TRACE(i);
    expect_same_verdict(data, i % 8 == 0 ? 1 : 100000, i % 8 == 1 ? 1 : 100000);
  }
}

}  // namespace
}  // namespace whit::deflate
