// SPDX-License-Identifier: MIT
#include "whit/wire/scan.h"

#include <gtest/gtest.h>

#include <string>

#include "whatever_follows.h"

namespace whit::wire {
namespace {

std::string string_of(Text text) { return text.empty() ? std::string() : std::string(text.data, text.size); }

TEST(Scan, DecimalDigits) {
  for (int byte = 0; byte < 256; ++byte) {
    EXPECT_EQ(is_decimal_digit(static_cast<char>(byte)), byte >= '0' && byte <= '9') << byte;
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

TEST(Scan, BeginsLike) {
  EXPECT_TRUE(begins_like("HTTP/1.1 x", "HTTP/0.0"));
  EXPECT_TRUE(begins_like("HTTP/9.0", "HTTP/0.0"));
  EXPECT_FALSE(begins_like("HTTP/1.", "HTTP/0.0"));
  EXPECT_FALSE(begins_like("HTTP/1.a", "HTTP/0.0"));
  EXPECT_FALSE(begins_like("HTTP/1.:", "HTTP/0.0"));
  EXPECT_FALSE(begins_like("HTTP/1./", "HTTP/0.0"));
  EXPECT_FALSE(begins_like("HTTP/111", "HTTP/0.0"));
  EXPECT_FALSE(begins_like("http/1.1", "HTTP/0.0"));
  EXPECT_FALSE(begins_like("2", "1"));
  EXPECT_TRUE(begins_like("", ""));
  EXPECT_TRUE(begins_like("x", ""));
}

TEST(Scan, Schemes) {
  struct Case {
    const char* text;
    bool taken;
    bool secure;
    const char* rest;
  };
  for (const Case& c : {Case{"ws://h", true, false, "h"},
                        {"wss://h", true, true, "h"},
                        {"WS://h", true, false, "h"},
                        {"wSS://h", true, true, "h"},
                        {"Wss://", true, true, ""},
                        {"ws:///", true, false, "/"},
                        {"", false, false, ""},
                        {"w", false, false, ""},
                        {"ws", false, false, ""},
                        {"wss", false, false, ""},
                        {"ws:/h", false, false, ""},
                        {"ws//h", false, false, ""},
                        {"wsss://h", false, false, ""},
                        {"wx://h", false, false, ""},
                        {"http://h", false, false, ""},
                        {"://h", false, false, ""},
                        {"ws ://h", false, false, ""},
                        {"ws,wss://h", false, false, ""},
                        {" ws://h", false, false, ""}}) {
    Text text = c.text;
    bool secure = false;
    const bool taken = take_scheme(&text, "ws,wss", &secure);
    const bool same = whatever_follows(c.text, [](Text longer) {
      bool unused = false;
      return take_scheme(&longer, "ws,wss", &unused);
    });
    EXPECT_EQ(taken, same) << c.text;
    EXPECT_EQ(taken, c.taken) << c.text;
    if (taken) {
      EXPECT_EQ(secure, c.secure) << c.text;
      EXPECT_EQ(string_of(text), c.rest) << c.text;
    }
  }
}

TEST(Scan, Authorities) {
  EXPECT_EQ(authority_size("h"), 1U);
  EXPECT_EQ(authority_size(""), 0U);
  EXPECT_EQ(authority_size("h:1/a?b/c"), 3U);
  EXPECT_EQ(authority_size("h?a/b"), 1U);
  EXPECT_EQ(authority_size("/?"), 0U);
}

}  // namespace
}  // namespace whit::wire
