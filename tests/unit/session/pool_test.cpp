// SPDX-License-Identifier: MIT
#include "whit/session/pool.h"

#include <gtest/gtest.h>

#include <string.h>

#include <set>
#include <vector>

namespace whit::session {
namespace {

template <uint16_t kCount, uint32_t kSize = 16>
struct Buffers {
  Buffer<kSize> storage[kCount] = {};
  Pool pool;
  Buffers() { pool.attach(storage[0].bytes, kCount, kSize); }
};

TEST(Pool, TellsWhatItHas) {
  Buffers<3> buffers;
  EXPECT_EQ(buffers.pool.count(), 3);
  EXPECT_EQ(buffers.pool.size(), 16u);
  EXPECT_EQ(buffers.pool.usage().in_use, 0);
}

TEST(Pool, BuffersAreSideBySide) {
  Buffers<3> buffers;
  Buffers<3, 17> odd;
  for (uint16_t i = 0; i < 3; ++i) {
    EXPECT_EQ(buffers.pool.take_to_write(), buffers.storage[i].bytes);
    EXPECT_EQ(odd.pool.take_to_write(), odd.storage[i].bytes);
  }
  EXPECT_EQ(odd.pool.size(), 17u);
}

TEST(Pool, TheLastOneIsNotForReading) {
  Buffers<2> buffers;
  EXPECT_NE(buffers.pool.take_to_read(), nullptr);
  EXPECT_EQ(buffers.pool.take_to_read(), nullptr);
  EXPECT_EQ(buffers.pool.usage().refused, 1u);
  EXPECT_NE(buffers.pool.take_to_write(), nullptr);
  EXPECT_EQ(buffers.pool.take_to_write(), nullptr);
  EXPECT_EQ(buffers.pool.usage().refused, 2u);
  EXPECT_EQ(buffers.pool.usage().in_use, buffers.pool.count());
}

TEST(Pool, ABufferGivenBackIsTakenBeforeAFreshOne) {
  Buffers<4> buffers;
  uint8_t* const first = buffers.pool.take_to_read();
  uint8_t* const second = buffers.pool.take_to_read();
  buffers.pool.give_back(first);
  buffers.pool.give_back(second);
  EXPECT_EQ(buffers.pool.take_to_write(), second);
  EXPECT_EQ(buffers.pool.take_to_write(), first);
  uint8_t* const fresh = buffers.pool.take_to_write();
  EXPECT_NE(fresh, first);
  EXPECT_NE(fresh, second);
}

TEST(Pool, HighWaterIsTheMostAtOnce) {
  Buffers<4> buffers;
  uint8_t* const one = buffers.pool.take_to_write();
  uint8_t* const two = buffers.pool.take_to_write();
  buffers.pool.give_back(one);
  buffers.pool.give_back(two);
  buffers.pool.give_back(buffers.pool.take_to_write());
  EXPECT_EQ(buffers.pool.usage().in_use, 0);
  EXPECT_EQ(buffers.pool.usage().high_water, 2);
  EXPECT_EQ(buffers.pool.usage().refused, 0u);
}

// 100,000 random steps against a set: no buffer is ever lost or in two hands.
TEST(Pool, NothingIsLostOrGivenTwice) {
  Buffers<5> buffers;
  std::set<uint8_t*> held;
  size_t most = 0;
  uint32_t refused = 0;
  uint32_t random = 1;
  for (int step = 0; step < 100000; ++step) {
    random = random * 1664525 + 1013904223;
    const uint32_t action = random >> 30;
    if (action < 2 && !held.empty()) {
      const auto any = std::next(held.begin(), (random >> 8) % held.size());
      buffers.pool.give_back(*any);
      held.erase(any);
    } else {
      const bool reads = action == 3;
      uint8_t* const buffer = reads ? buffers.pool.take_to_read() : buffers.pool.take_to_write();
      const size_t allowed = reads ? 4 : 5;
      ASSERT_EQ(buffer != nullptr, held.size() < allowed);
      if (buffer == nullptr) {
        ++refused;
      } else {
        ASSERT_TRUE(held.insert(buffer).second);
        memset(buffer, 0xA5, 16);  // it is all its holder's
      }
    }
    most = std::max(most, held.size());
    ASSERT_EQ(buffers.pool.usage().in_use, held.size());
    ASSERT_EQ(buffers.pool.usage().in_use, held.size());
  }
  EXPECT_EQ(buffers.pool.usage().high_water, most);
  EXPECT_EQ(buffers.pool.usage().refused, refused);
}

}  // namespace
}  // namespace whit::session
