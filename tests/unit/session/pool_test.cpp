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
    EXPECT_EQ(buffers.pool.take(), buffers.storage[i].bytes);
    EXPECT_EQ(odd.pool.take(), odd.storage[i].bytes);
  }
  EXPECT_EQ(odd.pool.size(), 17u);
}

TEST(Pool, CountsWhatIsLeftAndWhatWasRefused) {
  Buffers<2> buffers;
  for (uint16_t left = 2; left != 0; --left) {
    EXPECT_EQ(buffers.pool.left(), left);
    EXPECT_NE(buffers.pool.take(), nullptr);
  }
  EXPECT_EQ(buffers.pool.left(), 0);
  buffers.pool.refuse();
  EXPECT_EQ(buffers.pool.usage().refused, 1u);
  EXPECT_EQ(buffers.pool.usage().in_use, buffers.pool.count());
}

TEST(Pool, ABufferGivenBackIsTakenBeforeAFreshOne) {
  Buffers<4> buffers;
  uint8_t* const first = buffers.pool.take();
  uint8_t* const second = buffers.pool.take();
  buffers.pool.give_back(first);
  buffers.pool.give_back(second);
  EXPECT_EQ(buffers.pool.take(), second);
  EXPECT_EQ(buffers.pool.take(), first);
  uint8_t* const fresh = buffers.pool.take();
  EXPECT_NE(fresh, first);
  EXPECT_NE(fresh, second);
}

TEST(Pool, HighWaterIsTheMostAtOnce) {
  Buffers<4> buffers;
  uint8_t* const one = buffers.pool.take();
  uint8_t* const two = buffers.pool.take();
  buffers.pool.give_back(one);
  buffers.pool.give_back(two);
  buffers.pool.give_back(buffers.pool.take());
  EXPECT_EQ(buffers.pool.usage().in_use, 0);
  EXPECT_EQ(buffers.pool.usage().high_water, 2);
  EXPECT_EQ(buffers.pool.usage().refused, 0u);
}

// 100,000 random steps against a set: no buffer is ever lost or in two hands.
TEST(Pool, NothingIsLostOrGivenTwice) {
  Buffers<5> buffers;
  std::set<uint8_t*> held;
  size_t most = 0;
  uint32_t random = 1;
  for (int step = 0; step < 100000; ++step) {
    random = random * 1664525 + 1013904223;
    const uint32_t action = random >> 30;
    if (action < 2 && !held.empty()) {
      const auto any = std::next(held.begin(), (random >> 8) % held.size());
      buffers.pool.give_back(*any);
      held.erase(any);
    } else {
      ASSERT_EQ(buffers.pool.left(), 5 - held.size());
      if (buffers.pool.left() == 0) continue;
      uint8_t* const buffer = buffers.pool.take();
      ASSERT_TRUE(held.insert(buffer).second);
      memset(buffer, 0xA5, 16);  // it is all its holder's
    }
    most = std::max(most, held.size());
    ASSERT_EQ(buffers.pool.usage().in_use, held.size());
    ASSERT_EQ(buffers.pool.usage().in_use, held.size());
  }
  EXPECT_EQ(buffers.pool.usage().high_water, most);
}

}  // namespace
}  // namespace whit::session
