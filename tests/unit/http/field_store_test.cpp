// SPDX-License-Identifier: MIT
#include "whit/http/field_store.h"

#include <gtest/gtest.h>

#include <string>
#include <vector>

namespace whit::http {
namespace {

struct Line {
  explicit Line(size_t capacity) : buffer(capacity) {}
  // The value as it lies in its line, above all that is kept.
  Text place(size_t at, const std::string& value) {
    value.copy(reinterpret_cast<char*>(buffer.data()) + at, value.size());
    return as_text({buffer.data() + at, value.size()});
  }
  std::string find(RequestField kind) const {
    const Text value = kept(head, buffer.data(), kind);
    return {value.data, value.size};
  }
  std::vector<uint8_t> buffer;
  Head head = {};
};

TEST(KeptFields, NothingIsKeptAtFirst) {
  Line line(16);
  EXPECT_TRUE(kept(line.head, line.buffer.data(), RequestField::kHost).empty());
}

TEST(KeptFields, ValuesArePackedAtTheFront) {
  Line line(64);
  EXPECT_TRUE(keep(&line.head, line.buffer.data(), RequestField::kTarget, line.place(4, "/chat")));
  EXPECT_EQ(line.head.kept, 8);
  EXPECT_TRUE(keep(&line.head, line.buffer.data(), RequestField::kHost, line.place(14, "example")));
  EXPECT_EQ(line.head.kept, 18);
  EXPECT_EQ(line.find(RequestField::kTarget), "/chat");
  EXPECT_EQ(line.find(RequestField::kHost), "example");
  EXPECT_EQ(line.find(RequestField::kOrigin), "");
}

TEST(KeptFields, TheValueMayOverlapItsNewPlace) {
  Line line(64);
  const std::string value = "abcdefghijklmnopqrstuvwxyz";
  EXPECT_TRUE(keep(&line.head, line.buffer.data(), RequestField::kKey, line.place(4, value)));
  EXPECT_EQ(line.find(RequestField::kKey), value);
}

TEST(KeptFields, TheFirstOfAKindCounts) {
  Line line(64);
  EXPECT_TRUE(keep(&line.head, line.buffer.data(), RequestField::kCookie, line.place(30, "a=1")));
  EXPECT_TRUE(keep(&line.head, line.buffer.data(), RequestField::kCookie, line.place(30, "b=2")));
  EXPECT_EQ(line.find(RequestField::kCookie), "a=1");
}

TEST(KeptFields, AnEmptyValueIsKept) {
  Line line(16);
  EXPECT_TRUE(keep(&line.head, line.buffer.data(), RequestField::kOrigin, {}));
  EXPECT_TRUE(keep(&line.head, line.buffer.data(), RequestField::kHost, line.place(10, "h")));
  EXPECT_EQ(line.head.kept, 7);
  EXPECT_EQ(line.find(RequestField::kHost), "h");
}

TEST(KeptFields, SizesOfTwoBytes) {
  for (const size_t size : {255, 256, 257, 65532}) {
    Line line(70000);
    const std::string value(size, 'v');
    EXPECT_TRUE(keep(&line.head, line.buffer.data(), RequestField::kCookie, line.place(6, value))) << size;
    EXPECT_EQ(line.find(RequestField::kCookie), value);
  }
}

TEST(KeptFields, MoreThanTheStateCanCountIsRefused) {
  Line line(140000);
  EXPECT_FALSE(keep(&line.head, line.buffer.data(), RequestField::kCookie, line.place(6, std::string(65533, 'v'))));
  EXPECT_EQ(line.head.kept, 0);
  EXPECT_TRUE(keep(&line.head, line.buffer.data(), RequestField::kHost, line.place(66000, "host")));
  EXPECT_FALSE(keep(&line.head, line.buffer.data(), RequestField::kCookie, line.place(66000, std::string(65526, 'v'))));
  EXPECT_TRUE(keep(&line.head, line.buffer.data(), RequestField::kCookie, line.place(66000, std::string(65525, 'v'))));
  EXPECT_EQ(line.head.kept, 65535);
}

}  // namespace
}  // namespace whit::http
