// SPDX-License-Identifier: MIT
#include "whit/session/text_writer.h"

#include <gtest/gtest.h>

#include <string>

namespace whit::session {
namespace {

TEST(TextWriter, WritesThePiecesOneBehindTheOther) {
  uint8_t out[8];
  for (uint8_t& byte : out) byte = '#';
  TextWriter writer(out);
  EXPECT_EQ(writer.put("ab").put({}).put({"c\0d", 3}).size(), 5u);
  EXPECT_EQ(std::string(out, out + 8), std::string("abc\0d###", 8));
}

TEST(TextWriter, MeasuresWithoutMemory) {
  TextWriter writer(nullptr);
  EXPECT_EQ(writer.size(), 0u);
  EXPECT_EQ(writer.put("GET ").put("/").size(), 5u);
}

}  // namespace
}  // namespace whit::session
