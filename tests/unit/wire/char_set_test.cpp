// SPDX-License-Identifier: MIT
#include "whit/wire/char_set.h"

#include <gtest/gtest.h>

#include <string>

namespace whit::wire {
namespace {

TEST(CharSet, HasLettersDigitsAndWhatItWasGiven) {
  constexpr CharSet set("!~_\x1f");
  const std::string members = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz!~_\x1f";
  for (int byte = 0; byte < 256; ++byte) {
    const char c = static_cast<char>(byte);
    EXPECT_EQ(set.has(c), members.find(c) != std::string::npos) << byte;
  }
}

TEST(CharSet, MayHaveNothingMore) {
  constexpr CharSet set("");
  EXPECT_TRUE(set.has('z'));
  EXPECT_FALSE(set.has('\0'));
  EXPECT_FALSE(set.has('-'));
}

}  // namespace
}  // namespace whit::wire
