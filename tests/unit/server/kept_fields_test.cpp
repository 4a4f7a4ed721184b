// SPDX-License-Identifier: MIT
#include "whit/server/kept_fields.h"

#include <gtest/gtest.h>

#include <string>
#include <vector>

namespace whit::server {
namespace {

struct Line {
  explicit Line(size_t capacity) : buffer(capacity) {}
  // The value as it lies in its line, above all that is kept.
  Text place(size_t at, const std::string& value) {
    value.copy(reinterpret_cast<char*>(buffer.data()) + at, value.size());
    return as_text({buffer.data() + at, value.size()});
  }
  std::string find(Kept kind) const {
    const Text value = kept(connection, buffer.data(), kind);
    return {value.data, value.size};
  }
  std::vector<uint8_t> buffer;
  session::Connection connection = {};
};

TEST(KeptFields, NothingIsKeptAtFirst) {
  Line line(16);
  EXPECT_TRUE(kept(line.connection, line.buffer.data(), Kept::kHost).empty());
}

TEST(KeptFields, ValuesArePackedAtTheFront) {
  Line line(64);
  EXPECT_TRUE(keep(&line.connection, line.buffer.data(), Kept::kTarget, line.place(4, "/chat")));
  EXPECT_EQ(line.connection.head.kept, 8);
  EXPECT_TRUE(keep(&line.connection, line.buffer.data(), Kept::kHost, line.place(14, "example")));
  EXPECT_EQ(line.connection.head.kept, 18);
  EXPECT_EQ(line.find(Kept::kTarget), "/chat");
  EXPECT_EQ(line.find(Kept::kHost), "example");
  EXPECT_EQ(line.find(Kept::kOrigin), "");
}

TEST(KeptFields, TheValueMayOverlapItsNewPlace) {
  Line line(64);
  const std::string value = "abcdefghijklmnopqrstuvwxyz";
  EXPECT_TRUE(keep(&line.connection, line.buffer.data(), Kept::kKey, line.place(4, value)));
  EXPECT_EQ(line.find(Kept::kKey), value);
}

TEST(KeptFields, TheFirstOfAKindCounts) {
  Line line(64);
  EXPECT_TRUE(keep(&line.connection, line.buffer.data(), Kept::kCookie, line.place(30, "a=1")));
  EXPECT_TRUE(keep(&line.connection, line.buffer.data(), Kept::kCookie, line.place(30, "b=2")));
  EXPECT_EQ(line.find(Kept::kCookie), "a=1");
}

TEST(KeptFields, AnEmptyValueIsKept) {
  Line line(16);
  EXPECT_TRUE(keep(&line.connection, line.buffer.data(), Kept::kOrigin, {}));
  EXPECT_TRUE(keep(&line.connection, line.buffer.data(), Kept::kHost, line.place(10, "h")));
  EXPECT_EQ(line.connection.head.kept, 7);
  EXPECT_EQ(line.find(Kept::kHost), "h");
}

TEST(KeptFields, SizesOfTwoBytes) {
  for (const size_t size : {255, 256, 257, 65532}) {
    Line line(70000);
    const std::string value(size, 'v');
    EXPECT_TRUE(keep(&line.connection, line.buffer.data(), Kept::kCookie, line.place(6, value))) << size;
    EXPECT_EQ(line.find(Kept::kCookie), value);
  }
}

TEST(KeptFields, MoreThanTheStateCanCountIsRefused) {
  Line line(140000);
  EXPECT_FALSE(keep(&line.connection, line.buffer.data(), Kept::kCookie, line.place(6, std::string(65533, 'v'))));
  EXPECT_EQ(line.connection.head.kept, 0);
  EXPECT_TRUE(keep(&line.connection, line.buffer.data(), Kept::kHost, line.place(66000, "host")));
  EXPECT_FALSE(keep(&line.connection, line.buffer.data(), Kept::kCookie, line.place(66000, std::string(65526, 'v'))));
  EXPECT_TRUE(keep(&line.connection, line.buffer.data(), Kept::kCookie, line.place(66000, std::string(65525, 'v'))));
  EXPECT_EQ(line.connection.head.kept, 65535);
}

}  // namespace
}  // namespace whit::server
