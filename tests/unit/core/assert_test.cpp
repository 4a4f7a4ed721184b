// SPDX-License-Identifier: MIT
#include "whit/assert.h"

#include <gtest/gtest.h>

#if defined(WHIT_ASSERTS)

TEST(AssertDeathTest, StopsTheProgramWhereItDoesNotHold) {
  GTEST_FLAG_SET(death_test_style, "threadsafe");
  WHIT_ASSERT(1 + 1 == 2);
  EXPECT_DEATH(WHIT_ASSERT(1 + 1 == 3), "");
  EXPECT_DEATH(whit_assert_failed("file.cpp", 1), "");
}

#endif
