// SPDX-License-Identifier: MIT
#include "whit/http/head_writer.h"

#include <gtest/gtest.h>

#include <string>

namespace whit::http {
namespace {

TEST(HeadWriter, WritesThePiecesOneBehindTheOther) {
  uint8_t out[8];
  for (uint8_t& byte : out) byte = '#';
  HeadWriter writer(out, sizeof out, 0);
  const Text binary("c\0d", 3);
  writer.put("ab");
  writer.put("");
  writer.put("\1", &binary);
  EXPECT_EQ(writer.at, 5u);
  EXPECT_EQ(std::string(out, out + 8), std::string("abc\0d###", 8));
}

TEST(HeadWriter, MeasuresWithoutRoom) {
  HeadWriter writer(nullptr, 0, 0);
  EXPECT_EQ(writer.at, 0u);
  writer.put("GET ");
  writer.put("/");
  EXPECT_EQ(writer.at, 5u);
}

TEST(HeadWriter, FillsPartsIntoAPattern) {
  const Text parts[] = {"one", {}, "\1three\r\n"};  // what a part holds is never a place for another
  uint8_t out[32];
  HeadWriter writer(out, sizeof out, 0);
  writer.put("<\1|\2|\3|\1>\r\n", parts);
  const std::string expected = "<one||\1three\r\n|one>\r\n";
  EXPECT_EQ(std::string(out, out + writer.at), expected);
  HeadWriter measure(nullptr, 0, 0);
  measure.put("<\1|\2|\3|\1>\r\n", parts);
  EXPECT_EQ(measure.at, expected.size());
}

// Every window of a head is that part of it, and nothing around the window is touched.
TEST(HeadWriter, WritesOnlyThePartThatIsAskedFor) {
  const std::string head = "GET /chat HTTP/1.1\r\n\r\n";
  const Text resource("chat");
  for (size_t skip = 0; skip <= head.size() + 2; ++skip) {
    for (size_t room = 0; room <= head.size() + 2; ++room) {
      std::string memory(room + 2, '#');
      HeadWriter writer(reinterpret_cast<uint8_t*>(memory.data()) + 1, room, skip);
      writer.put("GET /\1 HTTP/1.1\r\n\r\n", &resource);
      std::string expected = skip < head.size() ? head.substr(skip, room) : "";
      expected.resize(room, '#');
      EXPECT_EQ(memory, "#" + expected + "#") << skip << " " << room;
      EXPECT_EQ(writer.at, head.size() - skip) << "modulo 2^32 or 2^64";
    }
  }
}

}  // namespace
}  // namespace whit::http
