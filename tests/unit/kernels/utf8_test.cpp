// SPDX-License-Identifier: MIT
// Runs against each source of whit/kernels/utf8.h (tests/unit/CMakeLists.txt).
// The reference below shares no idea with any: it asks which code points a piece of text could still become.
#include "whit/kernels/utf8.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <initializer_list>
#include <memory>
#include <random>
#include <string>
#include <vector>

namespace whit::kernels {
namespace {

enum class Verdict { kWrong, kUnfinished, kWhole };

// The number of bytes that a lead byte announces by its pattern of ones, 0 for none.
size_t announced(uint8_t lead) {
  if ((lead & 0x80) == 0x00) return 1;
  if ((lead & 0xE0) == 0xC0) return 2;
  if ((lead & 0xF0) == 0xE0) return 3;
  if ((lead & 0xF8) == 0xF0) return 4;
  return 0;
}

bool holds_scalar(uint32_t low, uint32_t high, uint32_t first, uint32_t last) { return low <= last && high >= first; }

// Is there a Unicode scalar value, encoded in `length` bytes in the shortest form, between these two?
bool any_scalar(uint32_t low, uint32_t high, size_t length) {
  switch (length) {
    case 1:
      return holds_scalar(low, high, 0, 0x7F);
    case 2:
      return holds_scalar(low, high, 0x80, 0x7FF);
    case 3:
      return holds_scalar(low, high, 0x800, 0xD7FF) || holds_scalar(low, high, 0xE000, 0xFFFF);
    default:
      return holds_scalar(low, high, 0x10000, 0x10FFFF);
  }
}

Verdict judge(const uint8_t* data, size_t size) {
  size_t at = 0;
  while (at < size) {
    const size_t length = announced(data[at]);
    if (length == 0) return Verdict::kWrong;
    uint32_t low = length == 1 ? data[at] : data[at] & (0xFF >> (length + 1));
    uint32_t high = low;
    for (size_t i = 1; i < length; ++i) {
      const bool there = at + i < size;
      if (there && (data[at + i] & 0xC0) != 0x80) return Verdict::kWrong;
      low = low << 6 | (there ? data[at + i] & 0x3F : 0);
      high = high << 6 | (there ? data[at + i] & 0x3F : 0x3F);
    }
    if (!any_scalar(low, high, length)) return Verdict::kWrong;
    if (at + length > size) return Verdict::kUnfinished;
    at += length;
  }
  return Verdict::kWhole;
}

Verdict verdict_of(const Utf8& utf8, bool fed) {
  if (!fed) return Verdict::kWrong;
  return utf8.complete() ? Verdict::kWhole : Verdict::kUnfinished;
}

Verdict feed_whole(const uint8_t* data, size_t size) {
  Utf8 utf8;
  const bool fed = utf8.feed(data, size);
  return verdict_of(utf8, fed);
}

// Cuts after each byte whose bit is set in `cuts`.
Verdict feed_cut(const uint8_t* data, size_t size, unsigned cuts) {
  Utf8 utf8;
  size_t start = 0;
  for (size_t i = 0; i < size; ++i) {
    const bool last = i + 1 == size;
    if (!last && (cuts >> i & 1) == 0) continue;
    if (!utf8.feed(data + start, i + 1 - start)) return Verdict::kWrong;
    start = i + 1;
  }
  return verdict_of(utf8, true);
}

void expect_like_reference(const uint8_t* data, size_t size) {
  const Verdict expected = judge(data, size);
  for (unsigned cuts = 0; cuts < 1U << (size - 1); ++cuts) {
    if (feed_cut(data, size, cuts) == expected) continue;
    std::string bytes;
    for (size_t i = 0; i < size; ++i) bytes += " " + std::to_string(data[i]);
    ADD_FAILURE() << "bytes" << bytes << ", cut mask " << cuts << ", expected " << static_cast<int>(expected);
    return;
  }
}

std::string encode(uint32_t scalar) {
  std::string out;
  const auto put = [&out](uint32_t byte) { out += static_cast<char>(byte); };
  if (scalar < 0x80) {
    put(scalar);
  } else if (scalar < 0x800) {
    put(0xC0 | scalar >> 6);
    put(0x80 | (scalar & 0x3F));
  } else if (scalar < 0x10000) {
    put(0xE0 | scalar >> 12);
    put(0x80 | (scalar >> 6 & 0x3F));
    put(0x80 | (scalar & 0x3F));
  } else {
    put(0xF0 | scalar >> 18);
    put(0x80 | (scalar >> 12 & 0x3F));
    put(0x80 | (scalar >> 6 & 0x3F));
    put(0x80 | (scalar & 0x3F));
  }
  return out;
}

const uint8_t* bytes_of(const std::string& text) { return reinterpret_cast<const uint8_t*>(text.data()); }

TEST(Utf8, StartsCompleteAndTakesNothing) {
  Utf8 utf8;
  EXPECT_TRUE(utf8.complete());
  EXPECT_TRUE(utf8.feed(nullptr, 0));
  EXPECT_TRUE(utf8.complete());
}

TEST(Utf8, NothingInTheMiddleOfACharacterChangesNothing) {
  const uint8_t euro[] = {0xE2, 0x82, 0xAC};
  Utf8 utf8;
  EXPECT_TRUE(utf8.feed(euro, 2));
  EXPECT_TRUE(utf8.feed(nullptr, 0));
  EXPECT_FALSE(utf8.complete());
  EXPECT_TRUE(utf8.feed(euro + 2, 1));
  EXPECT_TRUE(utf8.complete());
}

TEST(Utf8, ResetForgetsAnUnfinishedCharacterAndAnError) {
  const uint8_t lead = 0xF0;
  const uint8_t wrong = 0xFF;
  Utf8 utf8;
  EXPECT_TRUE(utf8.feed(&lead, 1));
  EXPECT_FALSE(utf8.complete());
  utf8.reset();
  EXPECT_TRUE(utf8.complete());
  EXPECT_FALSE(utf8.feed(&wrong, 1));
  utf8.reset();
  EXPECT_TRUE(utf8.feed(bytes_of("a"), 1));
  EXPECT_TRUE(utf8.complete());
}

TEST(Utf8, EveryStringOfOneAndTwoBytesInEverySplit) {
  for (unsigned first = 0; first < 256; ++first) {
    const uint8_t one[] = {static_cast<uint8_t>(first)};
    expect_like_reference(one, 1);
    for (unsigned second = 0; second < 256; ++second) {
      const uint8_t two[] = {static_cast<uint8_t>(first), static_cast<uint8_t>(second)};
      expect_like_reference(two, 2);
    }
  }
}

// All 16.7 million: those whose first two bytes are wrong stay wrong whatever follows, which is tried with a few.
TEST(Utf8, EveryStringOfThreeBytes) {
  size_t differences = 0;
  for (unsigned prefix = 0; prefix < 0x10000; ++prefix) {
    uint8_t data[] = {static_cast<uint8_t>(prefix >> 8), static_cast<uint8_t>(prefix), 0};
    const unsigned step = judge(data, 2) == Verdict::kWrong ? 51 : 1;
    for (unsigned third = 0; third < 256; third += step) {
      data[2] = static_cast<uint8_t>(third);
      const Verdict expected = judge(data, 3);
      differences += feed_whole(data, 3) != expected ? 1U : 0U;
      differences += feed_cut(data, 3, third & 3) != expected ? 1U : 0U;
    }
  }
  EXPECT_EQ(differences, 0U);
}

// Every byte at which some rule begins or ends, and one on each side of it, at all four places, in every split.
TEST(Utf8, StringsOfFourBytesAtTheEdgesOfEveryRule) {
  const std::vector<uint8_t> edges = {0x00, 0x7F, 0x80, 0x81, 0x8F, 0x90, 0x9F, 0xA0, 0xBF, 0xC0, 0xC1, 0xC2, 0xDF,
                                      0xE0, 0xE1, 0xEC, 0xED, 0xEE, 0xEF, 0xF0, 0xF1, 0xF3, 0xF4, 0xF5, 0xF8, 0xFF};
  for (const uint8_t a : edges) {
    for (const uint8_t b : edges) {
      for (const uint8_t c : edges) {
        for (const uint8_t d : edges) {
          const uint8_t data[] = {a, b, c, d};
          expect_like_reference(data, 4);
        }
      }
    }
  }
}

TEST(Utf8, EveryScalarValueIsTakenAndEndsComplete) {
  size_t refused = 0;
  for (uint32_t scalar = 0; scalar <= 0x10FFFF; ++scalar) {
    const std::string text = encode(scalar);
    const bool surrogate = scalar >= 0xD800 && scalar <= 0xDFFF;
    const Verdict expected = surrogate ? Verdict::kWrong : Verdict::kWhole;
    refused += feed_whole(bytes_of(text), text.size()) != expected ? 1U : 0U;
  }
  EXPECT_EQ(refused, 0U);
}

// RFC 6455 section 8.1: fail at once. The offending byte is where the character can no longer be saved, not later.
TEST(Utf8, RefusesAtTheFirstImpossibleByte) {
  struct Case {
    std::initializer_list<uint8_t> taken;
    uint8_t refused;
  };
  const Case cases[] = {
      {{}, 0x80},
      {{}, 0xC0},
      {{}, 0xC1},
      {{}, 0xF5},
      {{}, 0xFF},
      {{0xE0}, 0x9F},
      {{0xED}, 0xA0},
      {{0xF0}, 0x8F},
      {{0xF4}, 0x90},
      {{0xC2}, 0x41},
      {{0xE2, 0x82}, 0x20},
      {{0xF0, 0x9F}, 0xC0},
      {{0xF0, 0x9F, 0x98}, 0x7F},
      {{0x61, 0xC3, 0xA4}, 0xA4},
  };
  for (const Case& c : cases) {
    Utf8 utf8;
    for (const uint8_t byte : c.taken) EXPECT_TRUE(utf8.feed(&byte, 1));
    EXPECT_FALSE(utf8.feed(&c.refused, 1)) << "byte " << unsigned{c.refused} << " after " << c.taken.size();
  }
}

// The skipping of ASCII must see every byte, whatever the alignment and the place in a block.
TEST(Utf8, OneOddByteAnywhereInLongAscii) {
  constexpr size_t kSize = 100;
  size_t differences = 0;
  for (size_t alignment = 0; alignment < 8; ++alignment) {
    // Ends exactly at the end of the allocation, so that the address sanitizer sees a read beyond.
    const std::unique_ptr<uint8_t[]> memory(new uint8_t[alignment + kSize]);
    uint8_t* const text = memory.get() + alignment;
    for (size_t i = 0; i < kSize; ++i) text[i] = 'a';
    for (size_t place = 0; place < kSize; ++place) {
      for (unsigned byte = 0; byte < 256; ++byte) {
        text[place] = static_cast<uint8_t>(byte);
        const bool lead_at_end = place + 1 == kSize && byte >= 0xC2 && byte <= 0xF4;
        const Verdict expected = byte < 0x80 ? Verdict::kWhole : lead_at_end ? Verdict::kUnfinished : Verdict::kWrong;
        differences += feed_whole(text, kSize) != expected ? 1U : 0U;
      }
      text[place] = 'a';
    }
  }
  EXPECT_EQ(differences, 0U);
}

TEST(Utf8, CharactersAcrossBlocksInEverySplit) {
  std::string text;
  for (size_t run = 0; run < 40; ++run) text += std::string(run, 'x') + encode(0x20AC) + encode(0x1F600) + encode(0xE4);
  for (size_t cut = 0; cut <= text.size(); ++cut) {
    Utf8 utf8;
    ASSERT_TRUE(utf8.feed(bytes_of(text), cut)) << cut;
    ASSERT_EQ(utf8.complete(), judge(bytes_of(text), cut) == Verdict::kWhole) << cut;
    ASSERT_TRUE(utf8.feed(bytes_of(text) + cut, text.size() - cut)) << cut;
    ASSERT_TRUE(utf8.complete()) << cut;
  }
}

// One byte of each kind that the rules tell apart.
constexpr uint8_t kKinds[] = {0x41, 0x80, 0x90, 0xA0, 0xBF, 0xC1, 0xC2, 0xE0, 0xE2, 0xED, 0xF0, 0xF2, 0xF4, 0xF5};

// The sequence within `text`, at each place of a block of vectors, whole and cut in its middle. Around it are whole
// characters of `width` bytes, so the nearest of them are enough to know the verdict.
size_t differences_at_each_place(const uint8_t (&sequence)[4], std::string text, size_t width) {
  const std::string inside(sequence, sequence + 4);
  const std::string near = text.substr(0, width) + inside + text.substr(0, width);
  const Verdict expected = judge(bytes_of(near), near.size());
  size_t differences = 0;
  for (size_t place = 0; place <= 132; place += place % 32 > 3 && place % 32 < 26 ? 2 * width : width) {
    const std::string before = text.substr(place, 4);
    text.replace(place, 4, inside);
    differences += feed_whole(bytes_of(text), text.size()) != expected ? 1U : 0U;
    Utf8 utf8;
    bool fed = utf8.feed(bytes_of(text), place + 2);
    fed = fed && utf8.feed(bytes_of(text) + place + 2, text.size() - place - 2);
    differences += verdict_of(utf8, fed) != expected ? 1U : 0U;
    text.replace(place, 4, before);
  }
  return differences;
}

// Validators of whole blocks look back across words, vectors and blocks: every sequence of kinds, in every such place.
TEST(Utf8, EverySequenceOfKindsAtEveryPlaceOfABlock) {
  const std::string umlauts = [] {
    std::string text;
    for (int i = 0; i < 100; ++i) text += encode(0xE4);
    return text;
  }();
  size_t differences = 0;
  for (const uint8_t a : kKinds) {
    for (const uint8_t b : kKinds) {
      for (const uint8_t c : kKinds) {
        for (const uint8_t d : kKinds) {
          const uint8_t sequence[4] = {a, b, c, d};
          differences += differences_at_each_place(sequence, std::string(200, 'x'), 1);
          differences += differences_at_each_place(sequence, umlauts, 2);
        }
      }
    }
  }
  EXPECT_EQ(differences, 0U);
}

// Text of all lengths of character, in runs, now and then with a wrong byte.
std::string random_text(std::mt19937* random, size_t size) {
  constexpr uint32_t kLast[] = {0x7F, 0x7FF, 0xFFFF, 0x10FFFF};
  std::string text;
  uint32_t last = kLast[0];
  while (text.size() < size) {
    if ((*random)() % 16 == 0) last = kLast[(*random)() % 4];
    const uint32_t scalar = static_cast<uint32_t>((*random)()) % (last + 1);
    text += encode(scalar >= 0xD800 && scalar <= 0xDFFF ? 'x' : scalar);
  }
  if ((*random)() % 2 == 0) text[(*random)() % text.size()] = static_cast<char>((*random)());
  text.resize(size);
  return text;
}

// After each piece the verdict is that of all bytes so far: an error is seen in the piece that holds it.
TEST(Utf8, RandomTextsInRandomPieces) {
  std::mt19937 random(20240229);
  for (size_t round = 0; round < 20000; ++round) {
    const size_t size = 1 + random() % 700;
    const std::string text = random_text(&random, size);
    const size_t longest = random() % 2 == 0 ? 7 : 300;
    // Exactly as large as the piece, so that the address sanitizer sees a read beyond, and at any alignment.
    Utf8 utf8;
    for (size_t at = 0; at < size;) {
      const size_t piece = std::min(size - at, random() % (longest + 1));
      const size_t alignment = random() % 32;
      const std::unique_ptr<uint8_t[]> memory(new uint8_t[alignment + piece]);
      for (size_t i = 0; i < piece; ++i) memory[alignment + i] = bytes_of(text)[at + i];
      at += piece;
      const bool fed = utf8.feed(memory.get() + alignment, piece);
      const Verdict expected = judge(bytes_of(text), at);
      ASSERT_EQ(verdict_of(utf8, fed), expected) << "round " << round << ", " << at << " bytes of " << size;
      if (!fed) break;
    }
  }
}

}  // namespace
}  // namespace whit::kernels
