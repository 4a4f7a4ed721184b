// SPDX-License-Identifier: MIT
#include "whit/http/head_writer.h"

#include <gtest/gtest.h>

#include <string>

namespace whit::http {
namespace {

TEST(HeadWriter, WritesThePiecesOneBehindTheOther) {
  uint8_t out[8];
  for (uint8_t& byte : out) byte = '#';
  HeadWriter writer(out);
  const Text binary("c\0d", 3);
  writer.put("ab");
  writer.put("");
  writer.put("\1", &binary);
  EXPECT_EQ(writer.size(), 5u);
  EXPECT_EQ(std::string(out, out + 8), std::string("abc\0d###", 8));
}

TEST(HeadWriter, MeasuresWithoutMemory) {
  HeadWriter writer(nullptr);
  EXPECT_EQ(writer.size(), 0u);
  writer.put("GET ");
  writer.put("/");
  EXPECT_EQ(writer.size(), 5u);
}

TEST(HeadWriter, FillsPartsIntoAPattern) {
  const Text parts[] = {"one", {}, "\1three\r\n"};  // what a part holds is never a place for another
  uint8_t out[32];
  HeadWriter writer(out);
  writer.put("<\1|\2|\3|\1>\r\n", parts);
  const std::string expected = "<one||\1three\r\n|one>\r\n";
  EXPECT_EQ(std::string(out, out + writer.size()), expected);
  HeadWriter measure(nullptr);
  measure.put("<\1|\2|\3|\1>\r\n", parts);
  EXPECT_EQ(measure.size(), expected.size());
}

}  // namespace
}  // namespace whit::http
