// SPDX-License-Identifier: MIT
// Runs against each source of whit/kernels/mask.h (tests/unit/CMakeLists.txt).
// That no word is touched at an unaligned address is seen when this is built with -fsanitize=alignment.
#include "whit/kernels/mask.h"

#include <gtest/gtest.h>

#include <string>
#include <vector>

namespace whit::kernels {
namespace {

constexpr MaskKey kKey = {{0x37, 0xFA, 0x21, 0x3D}};
constexpr uint8_t kGuard = 0xA5;
constexpr size_t kMargin = 16;

uint8_t pattern(size_t i) { return static_cast<uint8_t>(i * 131 + i / 256 + 17); }
uint8_t masked(size_t i, size_t phase) { return static_cast<uint8_t>(pattern(i) ^ kKey.bytes[(phase + i) % 4]); }

// The key for what follows `bytes` bytes.
MaskKey key_after(size_t bytes) {
  MaskKey key;
  for (size_t i = 0; i < 4; ++i) key.bytes[i] = kKey.bytes[(bytes + i) % 4];
  return key;
}

bool same(MaskKey a, MaskKey b) { return std::string(a.bytes, a.bytes + 4) == std::string(b.bytes, b.bytes + 4); }

TEST(Mask, ExampleOfTheRfc) {
  // RFC 6455 section 5.7: "Hello" masked with 37 fa 21 3d.
  const uint8_t expected[] = {0x7F, 0x9F, 0x4D, 0x51, 0x58};
  uint8_t out[5] = {};
  mask(out, reinterpret_cast<const uint8_t*>("Hello"), 5, kKey);
  EXPECT_EQ(std::string(out, out + 5), std::string(expected, expected + 5));
}

TEST(Mask, NothingAtAll) {
  uint8_t byte = kGuard;
  EXPECT_TRUE(same(mask(&byte, &byte, 0, kKey), kKey));
  EXPECT_EQ(byte, kGuard);
}

// The destination keeps its guards; the source keeps its bytes and ends with its allocation.
void expect_apart(size_t to, size_t from, size_t size, size_t phase) {
  std::vector<uint8_t> destination(kMargin + to + size + kMargin, kGuard);
  std::vector<uint8_t> memory(from + size);
  uint8_t* const source = memory.data() + from;
  for (size_t i = 0; i < size; ++i) source[i] = pattern(i);
  const MaskKey next = mask(destination.data() + kMargin + to, source, size, key_after(phase));
  size_t wrong = same(next, key_after(phase + size)) ? 0 : 1;
  for (size_t i = 0; i < destination.size(); ++i) {
    const bool inside = i >= kMargin + to && i < kMargin + to + size;
    wrong += destination[i] != (inside ? masked(i - kMargin - to, phase) : kGuard) ? 1U : 0U;
  }
  for (size_t i = 0; i < size; ++i) wrong += source[i] != pattern(i) ? 1U : 0U;
  ASSERT_EQ(wrong, 0U) << "to " << to << " from " << from << " size " << size << " phase " << phase;
}

TEST(Mask, EveryAlignmentSizeAndPhase) {
  for (size_t to = 0; to < 8; ++to) {
    for (size_t from = 0; from < 8; ++from) {
      for (size_t size = 0; size <= 70; ++size) {
        for (size_t phase = 0; phase < 4; ++phase) ASSERT_NO_FATAL_FAILURE(expect_apart(to, from, size, phase));
      }
      for (size_t size = 71; size <= 300; ++size) ASSERT_NO_FATAL_FAILURE(expect_apart(to, from, size, size + to));
      for (const size_t size : {1000U, 1459U, 4096U, 5003U}) {
        ASSERT_NO_FATAL_FAILURE(expect_apart(to, from, size, size));
      }
    }
  }
}

// Downwards by `distance`, which may be less than the size; 0 is in place.
void expect_moved_down(size_t at, size_t distance, size_t size, size_t phase) {
  std::vector<uint8_t> memory(kMargin + at + distance + size + kMargin, kGuard);
  uint8_t* const destination = memory.data() + kMargin + at;
  uint8_t* const source = destination + distance;
  for (size_t i = 0; i < size; ++i) source[i] = pattern(i);
  const MaskKey next = mask(destination, source, size, key_after(phase));
  size_t wrong = same(next, key_after(phase + size)) ? 0 : 1;
  for (size_t i = 0; i < size; ++i) wrong += destination[i] != masked(i, phase) ? 1U : 0U;
  for (size_t i = 0; i < kMargin + at; ++i) wrong += memory[i] != kGuard ? 1U : 0U;
  for (size_t i = memory.size() - kMargin; i < memory.size(); ++i) wrong += memory[i] != kGuard ? 1U : 0U;
  // The part of the source that lies above the destination is not written.
  for (size_t i = size > distance ? size - distance : 0; i < size; ++i) wrong += source[i] != pattern(i) ? 1U : 0U;
  ASSERT_EQ(wrong, 0U) << "at " << at << " distance " << distance << " size " << size << " phase " << phase;
}

TEST(Mask, EveryOverlapDownwards) {
  for (size_t at = 0; at < 8; ++at) {
    for (size_t distance = 0; distance <= 40; ++distance) {
      for (size_t size = 0; size <= 70; ++size) {
        ASSERT_NO_FATAL_FAILURE(expect_moved_down(at, distance, size, (at + size) % 4));
      }
      for (size_t size = 71; size <= 300; size += 3 + distance % 4) {
        ASSERT_NO_FATAL_FAILURE(expect_moved_down(at, distance, size, size + distance));
      }
      ASSERT_NO_FATAL_FAILURE(expect_moved_down(at, distance, 1531, distance));
    }
  }
}

// A frame arrives in pieces: each goes on with the key that the one before it has left.
TEST(Mask, PiecesGiveTheSameAsTheWhole) {
  constexpr size_t kSize = 61;
  for (size_t piece = 1; piece <= kSize; ++piece) {
    uint8_t data[kSize];
    for (size_t i = 0; i < kSize; ++i) data[i] = pattern(i);
    MaskKey key = kKey;
    for (size_t at = 0; at < kSize; at += piece) {
      key = mask(data + at, data + at, piece < kSize - at ? piece : kSize - at, key);
    }
    for (size_t i = 0; i < kSize; ++i) ASSERT_EQ(data[i], masked(i, 0)) << "piece " << piece << " byte " << i;
  }
}

TEST(Mask, TwiceIsTheOriginal) {
  std::vector<uint8_t> data(4099);
  for (size_t i = 0; i < data.size(); ++i) data[i] = pattern(i);
  mask(data.data(), data.data(), data.size(), kKey);
  mask(data.data(), data.data(), data.size(), kKey);
  for (size_t i = 0; i < data.size(); ++i) ASSERT_EQ(data[i], pattern(i)) << i;
}

}  // namespace
}  // namespace whit::kernels
