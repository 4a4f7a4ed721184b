// SPDX-License-Identifier: MIT
// How the words of a command line are read: boards/common/argument_reader.h, which serves every board.
#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "../boards/common/argument_reader.h"

namespace board {
namespace {

constexpr Argument kTable[] = {
    {"url", "", nullptr, Argument::kText, true},
    {"count", "", "10", Argument::kNumber, false, 1, 500},
    {"text", "", nullptr, Argument::kFlag},
    {"second", "", "2nd", Argument::kText, true},
};
constexpr size_t kCount = sizeof kTable / sizeof kTable[0];

class ArgumentsTest : public testing::Test {
 protected:
  static std::string join(const std::vector<std::string>& words) {
    std::string joined("program", 8);
    for (const std::string& each : words) joined.append(each.c_str(), each.size() + 1);
    return joined;
  }

  // "name=value" for each that is found, else what is wrong with it.
  static std::string read(const std::vector<std::string>& words) {
    const std::string joined = join(words);
    ArgumentReader reader(joined.data(), joined.size(), kTable, kCount);
    std::string seen;
    for (size_t i = 0; i <= words.size(); ++i) {
      switch (reader.next()) {
        case ArgumentReader::kEnd:
          return seen;
        case ArgumentReader::kFound:
          seen += std::string(reader.argument().name) + "=" + reader.value();
          break;
        case ArgumentReader::kUnknown:
          seen += std::string("unknown ") + reader.word();
          break;
        case ArgumentReader::kForeign:
          seen += std::string("foreign ") + reader.word();
          break;
        case ArgumentReader::kNoValue:
          seen += std::string("no value ") + reader.argument().name;
          break;
      }
      seen += ";";
    }
    return seen + "endless";
  }

  static std::string value(const std::vector<std::string>& words, const char* name) {
    const std::string joined = join(words);
    const char* const found = argument_value(joined.data(), joined.size(), kTable, kCount, name);
    return found == nullptr ? "(none)" : found;
  }
};

TEST_F(ArgumentsTest, EveryForm) {
  EXPECT_EQ(read({}), "");
  EXPECT_EQ(read({"--count", "3"}), "count=3;");
  EXPECT_EQ(read({"--count=3"}), "count=3;");
  EXPECT_EQ(read({"count=3"}), "count=3;");
  EXPECT_EQ(read({"--text"}), "text=1;");
  EXPECT_EQ(read({"text"}), "text=1;");
  EXPECT_EQ(read({"--url", "ws://a/"}), "url=ws://a/;");
  EXPECT_EQ(read({"--count", "--text"}), "count=--text;") << "a value is a value";
  EXPECT_EQ(read({"--count="}), "count=;");
}

TEST_F(ArgumentsTest, WordsWithoutANameGoInOrder) {
  EXPECT_EQ(read({"ws://a/", "b"}), "url=ws://a/;second=b;");
  EXPECT_EQ(read({"ws://a/?x=1&count=2"}), "url=ws://a/?x=1&count=2;") << "an equals sign does not make a name";
  EXPECT_EQ(read({"ws://a/", "--count", "3", "b"}), "url=ws://a/;count=3;second=b;");
  EXPECT_EQ(read({"count"}), "url=count;") << "only a flag is a word of its own";
  EXPECT_EQ(read({"a", "b", "c"}), "url=a;second=b;unknown c;");
  EXPECT_EQ(read({"ip=1.2.3.4", "a"}), "foreign ip=1.2.3.4;url=a;") << "a name, though not one of the table";
  EXPECT_EQ(read({"ws://a/?x=1", "a", "=b"}), "url=ws://a/?x=1;second=a;unknown =b;");
}

TEST_F(ArgumentsTest, WhatIsWrong) {
  EXPECT_EQ(read({"--cuont", "3"}), "unknown --cuont;url=3;");
  EXPECT_EQ(read({"--cuont=3"}), "unknown --cuont=3;");
  EXPECT_EQ(read({"-c"}), "unknown -c;");
  EXPECT_EQ(read({"--help"}), "unknown --help;") << "what it does is the host's own";
  EXPECT_EQ(read({"-"}), "unknown -;");
  EXPECT_EQ(read({"--"}), "unknown --;");
  EXPECT_EQ(read({"--count"}), "no value count;");
  EXPECT_EQ(read({"--text=1"}), "no value text;");
  EXPECT_EQ(read({"--counts=1"}), "unknown --counts=1;");
  EXPECT_EQ(read({"--coun=1"}), "unknown --coun=1;");
}

TEST_F(ArgumentsTest, ValuesAndFallbacks) {
  EXPECT_EQ(value({}, "count"), "10");
  EXPECT_EQ(value({"--count=3", "count=4"}, "count"), "4") << "the last counts";
  EXPECT_EQ(value({}, "url"), "(none)");
  EXPECT_EQ(value({}, "text"), "(none)");
  EXPECT_EQ(value({"text"}, "text"), "1");
  EXPECT_EQ(value({"a", "ip=1.2.3.4"}, "ip"), "1.2.3.4") << "not in the table: the board's own";
  EXPECT_EQ(value({"a"}, "ip"), "(none)");
}

TEST_F(ArgumentsTest, Numbers) {
  const Argument& count = kTable[1];
  for (const char* good : {"1", "500", "0500", "42"}) EXPECT_TRUE(ArgumentReader::is_number(count, good)) << good;
  for (const char* bad : {"0", "501", "", "-1", "+1", "1x", "x", " 1", "1.0", "99999999999999999999999"}) {
    EXPECT_FALSE(ArgumentReader::is_number(count, bad)) << bad;
  }
}

TEST_F(ArgumentsTest, NothingAtAll) {
  ArgumentReader reader("", 0, kTable, kCount);
  EXPECT_EQ(reader.next(), ArgumentReader::kEnd);
  EXPECT_EQ(reader.next(), ArgumentReader::kEnd);
}

}  // namespace
}  // namespace board
