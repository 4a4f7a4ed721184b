// SPDX-License-Identifier: MIT
// Runs against each source of whit/copy.h (tests/unit/CMakeLists.txt).
#include "whit/copy.h"

#include <gtest/gtest.h>

#include <vector>

namespace whit {
namespace {

constexpr uint8_t kGuard = 0xA5;
constexpr size_t kMargin = 16;

uint8_t pattern(size_t i) { return static_cast<uint8_t>(i * 131 + i / 256 + 17); }

using Copy = void (*)(uint8_t*, const uint8_t*, size_t);
void copy_for_c(uint8_t* destination, const uint8_t* source, size_t size) { whit_copy(destination, source, size); }

void expect_apart(Copy function, size_t to, size_t from, size_t size) {
  std::vector<uint8_t> destination(kMargin + to + size + kMargin, kGuard);
  std::vector<uint8_t> memory(from + size);
  uint8_t* const source = memory.data() + from;
  for (size_t i = 0; i < size; ++i) source[i] = pattern(i);
  function(destination.data() + kMargin + to, source, size);
  size_t wrong = 0;
  for (size_t i = 0; i < destination.size(); ++i) {
    const bool inside = i >= kMargin + to && i < kMargin + to + size;
    wrong += destination[i] != (inside ? pattern(i - kMargin - to) : kGuard) ? 1U : 0U;
  }
  for (size_t i = 0; i < size; ++i) wrong += source[i] != pattern(i) ? 1U : 0U;
  ASSERT_EQ(wrong, 0U) << "to " << to << " from " << from << " size " << size;
}

void expect_every_alignment(Copy function) {
  for (size_t to = 0; to < 8; ++to) {
    for (size_t from = 0; from < 8; ++from) {
      for (size_t size = 0; size <= 300; ++size) ASSERT_NO_FATAL_FAILURE(expect_apart(function, to, from, size));
      ASSERT_NO_FATAL_FAILURE(expect_apart(function, to, from, 1460));
    }
  }
}

TEST(Copy, EveryAlignmentAndSize) {
  ASSERT_NO_FATAL_FAILURE(expect_every_alignment(copy));
  ASSERT_NO_FATAL_FAILURE(expect_every_alignment(copy_for_c));
}

// Within one memory, from `from` to `to`; the guards around both stay.
void expect_moved(Copy function, size_t to, size_t from, size_t size) {
  const size_t top = kMargin + (to > from ? to : from) + size;
  std::vector<uint8_t> memory(top + kMargin, kGuard);
  for (size_t i = 0; i < size; ++i) memory[kMargin + from + i] = pattern(i);
  std::vector<uint8_t> expected = memory;
  for (size_t i = 0; i < size; ++i) expected[kMargin + to + i] = pattern(i);
  function(memory.data() + kMargin + to, memory.data() + kMargin + from, size);
  ASSERT_TRUE(memory == expected) << "to " << to << " from " << from << " size " << size;
}

TEST(Copy, EveryOverlap) {
  for (size_t at = 0; at < 8; ++at) {
    for (size_t distance = 0; distance <= 40; ++distance) {
      for (const size_t size :
           {0U, 1U, 2U, 3U, 4U, 5U, 7U, 8U, 9U, 31U, 32U, 33U, 34U, 35U, 36U, 63U, 64U, 65U, 70U, 515U}) {
        ASSERT_NO_FATAL_FAILURE(expect_moved(copy, at, at + distance, size));
        ASSERT_NO_FATAL_FAILURE(expect_moved(copy_for_c, at, at + distance, size));
      }
    }
  }
}

TEST(Copy, NothingMayHaveNoAddress) {
  copy(nullptr, nullptr, 0);
  whit_copy(nullptr, nullptr, 0);
}

}  // namespace
}  // namespace whit
