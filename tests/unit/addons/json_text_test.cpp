// SPDX-License-Identifier: MIT
#include "whit/json_text.h"

#include <gtest/gtest.h>

#include <string>
#include <vector>

namespace whit {
namespace {

std::string shown(Text text) { return text.data != nullptr ? std::string(text.data, text.size) : "none"; }

std::vector<std::string> values(const std::string& list) {
  std::vector<std::string> all;
  Text rest(list.data(), list.size());
  while (!rest.empty()) all.push_back(shown(take_json_value(&rest)));
  return all;
}

using Values = std::vector<std::string>;

TEST(JsonText, ValuesOneAfterTheOther) {
  EXPECT_EQ(values("1,\"a,b\", {\"c\":[2,\"}\"]} ,[],null,-1.5E+3"),
            (Values{"1", "\"a,b\"", "{\"c\":[2,\"}\"]}", "[]", "null", "-1.5E+3"}));
  EXPECT_EQ(values(R"("a\"b\\",true)"), (Values{R"("a\"b\\")", "true"})) << "an escaped quotation mark ends nothing";
  EXPECT_EQ(values(""), Values{});
  EXPECT_EQ(values("1,"), Values{"1"});
}

TEST(JsonText, AListThatIsNoneEndsAtOnce) {
  for (const std::string list : {"1 2", "\"a", "\"a\nb\"", "\"a\\", "{", "[1,2", "[1}", "{]", "}", "]", ",1", "'a'",
                                 "1;", "\"a\"b", "[1]2", "\x01"}) {
    EXPECT_EQ(values(list).size(), 1u) << list;
    EXPECT_TRUE(values(list)[0] == "none" || values(list)[0].empty()) << list << ": " << values(list)[0];
  }
}

TEST(JsonText, BracketsInBracketsHaveALimit) {
  const std::string deep = std::string(kJsonDepth, '[') + std::string(kJsonDepth, ']');
  EXPECT_EQ(values(deep), Values{deep});
  EXPECT_NE(values("[" + deep + "]")[0], "[" + deep + "]");
  std::string mixed;
  for (uint32_t i = 0; i < kJsonDepth; ++i) mixed += i % 2 == 0 ? "{" : "[";
  std::string closing;
  for (uint32_t i = kJsonDepth; i != 0; --i) closing += i % 2 == 1 ? "}" : "]";
  EXPECT_EQ(values(mixed + closing), Values{mixed + closing}) << "each is closed by its own kind";
}

TEST(JsonText, ElementsOfAnArray) {
  EXPECT_EQ(shown(json_elements("[1,2]")), "1,2");
  EXPECT_EQ(shown(json_elements(" [ ] ")), " ");
  EXPECT_EQ(shown(json_elements("[]")), "");
  for (const Text none : {"", "{}", "[1", "[1]]", "[1],2", "1"}) EXPECT_EQ(shown(json_elements(none)), "none");
}

TEST(JsonText, AMemberOfAnObject) {
  const Text object = R"({"a":1, "b" : "two","c":{"d":4},"a":5,"e\u0066":6})";
  EXPECT_EQ(shown(json_member(object, "a")), "1") << "the first of that name";
  EXPECT_EQ(shown(json_member(object, "b")), "\"two\"");
  EXPECT_EQ(shown(json_member(object, "c")), "{\"d\":4}");
  EXPECT_EQ(shown(json_member(object, "d")), "none") << "within another object";
  EXPECT_EQ(shown(json_member(object, "ef")), "none");
  EXPECT_EQ(shown(json_member(R"({"":1})", "")), "1");
  for (const Text bad : {"", "[]", "{\"x\"}", "{x:1}", "{\"a\":}", "{\"a\":1", "{\"a\" 1}", "{}", "\"a\":1"}) {
    EXPECT_EQ(shown(json_member(bad, "a")), "none") << shown(bad);
  }
}

TEST(JsonText, StringsAndNumbers) {
  EXPECT_EQ(shown(json_plain_string("\"a b\"")), "a b");
  EXPECT_EQ(shown(json_plain_string("\"\"")), "");
  for (const Text none : {"", "\"", "a", "\"a\\n\"", "\"a\"\"", "\"a\tb\""}) {
    EXPECT_EQ(shown(json_plain_string(none)), "none") << shown(none);
  }
  uint32_t number = 7;
  EXPECT_TRUE(json_number("4294967295", &number));
  EXPECT_EQ(number, UINT32_MAX);
  EXPECT_TRUE(json_number("0", &number));
  EXPECT_EQ(number, 0u);
  for (const Text none : {"", "4294967296", "10000000000", "99999999999999999999", "18446744073709551617", "-1", "1.0",
                          "01", "1e3", "\"1\""}) {
    EXPECT_FALSE(json_number(none, &number)) << shown(none);
  }
}

}  // namespace
}  // namespace whit
