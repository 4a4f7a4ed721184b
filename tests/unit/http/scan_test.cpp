// SPDX-License-Identifier: MIT
#include "whit/http/scan.h"

#include <gtest/gtest.h>

#include <string>

#include "whatever_follows.h"

namespace whit::http {
namespace {

std::string string_of(Text text) { return text.empty() ? std::string() : std::string(text.data, text.size); }
Text text_of(const std::string& text) { return {text.data(), text.size()}; }

// Whether the character is in one of the classes.
bool is_in(char c, uint32_t classes) {
  Text text(&c, 1);
  return skip_class(&text, classes) == 1;
}

TEST(Scan, EveryClassHasItsCharacters) {
  const std::string alphanumeric = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";
  const auto has = [](const std::string& set, char c) { return set.find(c) != std::string::npos; };
  for (int byte = 0; byte < 256; ++byte) {
    const char c = static_cast<char>(byte);
    const bool visible = byte > 0x20 && byte < 0x7F;
    const bool control = byte < 0x20 || byte == 0x7F;
    EXPECT_EQ(is_in(c, kTokenChar), has(alphanumeric + "!#$%&'*+-.^_`|~", c)) << byte;
    EXPECT_EQ(is_in(c, kHostChar), has(alphanumeric + "-._~!$&'()*+,;=", c)) << byte;
    EXPECT_EQ(is_in(c, kUrlChar), has(alphanumeric + "-._~!$&'()*+,;=/?:@", c)) << byte;
    EXPECT_EQ(is_in(c, kHexDigit), has("0123456789abcdefABCDEF", c)) << byte;
    EXPECT_EQ(is_in(c, kBase64Digit), has(alphanumeric + "+/", c)) << byte;
    EXPECT_EQ(is_in(c, kBlank), c == ' ' || c == '\t') << byte;
    EXPECT_EQ(is_in(c, kComma), c == ',') << byte;
    EXPECT_EQ(is_in(c, kTargetChar), visible && c != '#') << byte;
    EXPECT_EQ(is_in(c, kFieldChar), !control || c == '\t') << byte;
    EXPECT_EQ(is_in(c, kElementChar), (!control || c == '\t') && c != ',') << byte;
    EXPECT_EQ(is_in(c, kOpaque), byte >= 0x80) << byte;
    EXPECT_FALSE(is_in(c, 0)) << byte;
  }
}

TEST(Scan, FindsTheFirst) {
  EXPECT_EQ(find("abcb", 'b'), 1U);
  EXPECT_EQ(find("abcb", 'a'), 0U);
  EXPECT_EQ(find("abcb", 'x'), 4U);
  EXPECT_EQ(find("", 'x'), 0U);
  EXPECT_EQ(find(Text("abcb", 3).from(2), 'b'), 1U);
  EXPECT_EQ(find(Text("a\0b", 3), '\0'), 1U);
  EXPECT_EQ(find("a\xFF", '\xFF'), 1U);
}

TEST(Scan, TakesTheLongestRun) {
  Text text = "ab1-c";
  EXPECT_EQ(skip_class(&text, kHexDigit), 3U);
  EXPECT_EQ(string_of(text), "-c");
  EXPECT_EQ(skip_class(&text, kHexDigit), 0U);
  EXPECT_EQ(string_of(text), "-c");
  EXPECT_EQ(skip_class(&text, kHexDigit | kTokenChar), 2U);
  EXPECT_TRUE(text.empty());
  EXPECT_EQ(skip_class(&text, kTokenChar), 0U);
  EXPECT_TRUE(whatever_follows("abc", [](Text run) { return skip_class(&run, kHexDigit) == 3; }));
}

TEST(Scan, TakesWhatIsThere) {
  Text text = "::x";
  EXPECT_FALSE(take(&text, 'x'));
  EXPECT_EQ(string_of(text), "::x");
  EXPECT_TRUE(take(&text, ':'));
  EXPECT_EQ(string_of(text), ":x");
  EXPECT_TRUE(take(&text, ':'));
  EXPECT_TRUE(take(&text, 'x'));
  EXPECT_TRUE(text.empty());
  EXPECT_FALSE(take(&text, 'x'));
}

bool begins_like(Text text, const char* pattern) {
  const Text whole = text;
  const bool taken = skip_pattern(&text, pattern);
  EXPECT_EQ(text.size, taken ? whole.size - std::string(pattern).size() : whole.size);
  EXPECT_EQ(text.data, whole.data + (whole.size - text.size));
  return taken;
}

TEST(Scan, BeginsLike) {
  EXPECT_TRUE(begins_like("HTTP/1.1 x", "HTTP/#.#"));
  EXPECT_TRUE(begins_like("HTTP/9.0", "HTTP/#.#"));
  EXPECT_FALSE(begins_like("HTTP/1.", "HTTP/#.#"));
  EXPECT_FALSE(begins_like("HTTP/1.a", "HTTP/#.#"));
  EXPECT_FALSE(begins_like("HTTP/1.:", "HTTP/#.#"));
  EXPECT_FALSE(begins_like("HTTP/1./", "HTTP/#.#"));
  EXPECT_FALSE(begins_like("HTTP/111", "HTTP/#.#"));
  EXPECT_FALSE(begins_like("http/1.1", "HTTP/#.#"));
  EXPECT_FALSE(begins_like("2", "1"));
  EXPECT_TRUE(begins_like("", ""));
  EXPECT_TRUE(begins_like("x", ""));
  EXPECT_TRUE(begins_like("WebSocket", "websocket"));
  EXPECT_FALSE(begins_like("websocke", "websocket"));
}

// A small letter is either case, "#" a digit; everything else is itself.
TEST(Scan, EveryByteAgainstEveryCharacterOfAPattern) {
  for (int wanted = 1; wanted < 128; ++wanted) {
    const std::string pattern(1, static_cast<char>(wanted));
    for (int byte = 0; byte < 256; ++byte) {
      const char c = static_cast<char>(byte);
      bool expected = byte == wanted;
      if (wanted == '#') expected = byte >= '0' && byte <= '9';
      if (wanted >= 'a' && wanted <= 'z') expected = expected || byte == wanted - 'a' + 'A';
      ASSERT_EQ(begins_like(Text(&c, 1), pattern.c_str()), expected) << wanted << " " << byte;
    }
  }
}

TEST(Scan, NothingIsLeftBehindTheLast) {
  const auto is_last = [](Text text) { return match_all(&text, "get"); };
  EXPECT_TRUE(whatever_follows("GET", is_last));
  EXPECT_FALSE(whatever_follows("GETS", is_last));
  EXPECT_FALSE(whatever_follows("GE", is_last));
  EXPECT_FALSE(whatever_follows("", is_last));
}

TEST(Scan, EveryNumber) {
  for (unsigned number = 0; number < 70000; ++number) {
    const std::string digits = std::to_string(number) + "x";
    Text text = text_of(digits);
    ASSERT_EQ(take_number(&text), number < 0x10000 ? number : kNumberTooLarge) << number;
    ASSERT_EQ(string_of(text), "x");
  }
}

TEST(Scan, NumbersInOddForms) {
  struct Case {
    const char* text;
    unsigned number;
    const char* rest;
  };
  for (const Case& c : {Case{"00000000000000000080", 80, ""},
                        {"", 0, ""},
                        {"65536", kNumberTooLarge, ""},
                        {"4294967376", kNumberTooLarge, ""},
                        {"18446744073709551696", kNumberTooLarge, ""},
                        {"99999999999999999999999", kNumberTooLarge, ""},
                        {"8o", 8, "o"},
                        {"-1", 0, "-1"},
                        {"+1", 0, "+1"},
                        {" 1", 0, " 1"},
                        {"1 ", 1, " "},
                        {"0x50", 0, "x50"},
                        {"1.0", 1, ".0"},
                        {"1\xB2", 1, "\xB2"}}) {
    Text text = c.text;
    EXPECT_EQ(take_number(&text), c.number) << c.text;
    EXPECT_EQ(string_of(text), c.rest) << c.text;
  }
  Text number("8\0", 2);
  EXPECT_EQ(take_number(&number), 8U);
  EXPECT_EQ(number.size, 1U);
}

}  // namespace
}  // namespace whit::http
