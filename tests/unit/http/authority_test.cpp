// SPDX-License-Identifier: MIT
#include "whit/http/authority.h"

#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "whatever_follows.h"
#include "whit/http/scan.h"

namespace whit::http {
namespace {

Text text_of(const std::string& text) { return {text.data(), text.size()}; }
std::string string_of(Text text) { return {text.data, text.size}; }

// All of the text.
bool valid_ipv6(Text text) { return take_ipv6(&text) && text.empty(); }
bool are_url_chars(Text text, uint32_t classes = kHostChar) { return take_url_chars(&text, classes) && text.empty(); }
bool parse_authority(Text text, Authority* out) { return take_authority(&text, out) && text.empty(); }

TEST(Host, Ipv6AddressesThatAre) {
  for (const char* good :
       {"::", "::1", "1::", "1::8", "1:2:3:4:5:6:7:8", "2001:db8::ff00:42:8329", "FE80::A", "0:0:0:0:0:0:0:0",
        "::2:3:4:5:6:7:8", "1:2:3:4:5:6:7::", "1::3:4:5:6:7:8", "abcd:ef01:2345:6789:abcd:ef01:2345:6789",
        "::192.0.2.1", "::ffff:192.0.2.1", "64:ff9b::0.0.0.0", "1:2:3:4:5:6:255.255.255.255", "1::5:6:10.0.0.1",
        "::3:4:5:6:7:1.2.3.4", "0000::0000"}) {
    EXPECT_TRUE(whatever_follows(good, valid_ipv6)) << good;
  }
}

TEST(Host, Ipv6AddressesThatAreNot) {
  for (const char* bad : {"",
                          ":",
                          ":::",
                          "1",
                          "1:",
                          ":1",
                          "1:2",
                          "1:2:3:4:5:6:7",
                          "1:2:3:4:5:6:7:",
                          ":2:3:4:5:6:7:8",
                          ":1:2:3:4:5:6:7:8",
                          ":1::2",
                          "1:2:3:4:5:6:7:8:",
                          "1:2:3:4:5:6:7:8:9",
                          "1:2:3:4:5:6:7:8::",
                          "::1:2:3:4:5:6:7:8",
                          "1::2::3",
                          "::1::",
                          "1:::2",
                          "12345::",
                          "::12345",
                          "g::",
                          "::g",
                          "1::%eth0",
                          "::1 ",
                          " ::1",
                          "1.2.3.4",
                          "::1.2.3",
                          "::1.2.3.4.5",
                          "::1.2.3.256",
                          "::1.2.3.04",
                          "::01.2.3.4",
                          "::1.2..3",
                          "::1.2.3.",
                          "::.1.2.3",
                          "::1.2.3.4:5",
                          "1:2:3:4:5:6:7:1.2.3.4",
                          "1:2:3:4:5:1.2.3.4",
                          "::2:3:4:5:6:7:1.2.3.4",
                          "::a.2.3.4",
                          "::1.2.3.4444",
                          "1::2:",
                          "-1::"}) {
    EXPECT_FALSE(whatever_follows(bad, valid_ipv6)) << bad;
  }
}

bool is_authority(Text text) {
  Authority out;
  return parse_authority(text, &out);
}

struct Split {
  const char* text;
  const char* host;
  unsigned port;
};

TEST(Host, AuthoritiesThatAre) {
  const std::vector<Split> all = {
      {"h", "h", 0},
      {"example.com", "example.com", 0},
      {"example.com:", "example.com", 0},
      {"example.com:8080", "example.com", 8080},
      {"192.168.1.10:1", "192.168.1.10", 1},
      {"a-b_c~d.e!$&'()*+,;=", "a-b_c~d.e!$&'()*+,;=", 0},
      {"h%41%ff:80", "h%41%ff", 80},
      {"[::1]", "[::1]", 0},
      {"[::1]:", "[::1]", 0},
      {"[FE80::1.2.3.4]:0443", "[FE80::1.2.3.4]", 443},
  };
  for (const Split& split : all) {
    Authority out;
    EXPECT_TRUE(whatever_follows(split.text, is_authority)) << split.text;
    ASSERT_TRUE(parse_authority(split.text, &out)) << split.text;
    EXPECT_EQ(string_of(out.host), split.host);
    EXPECT_EQ(out.port, split.port) << split.text;
  }
}

TEST(Host, AuthoritiesThatAreNot) {
  for (const char* bad : {"",
                          ":",
                          ":80",
                          "a b",
                          " a",
                          "a ",
                          "a/b",
                          "a@b",
                          "user:pw@h",
                          "a\\b",
                          "a\"b",
                          "a<b>",
                          "a^b",
                          "a`b",
                          "a{b}",
                          "a|b",
                          "a#b",
                          "a?b",
                          "a[b]",
                          "h:80:80",
                          "h:0",
                          "h:00",
                          "h:65536",
                          "[::1]:0",
                          "h:99999999999999999999",
                          "h:80a",
                          "h:a",
                          "h:-1",
                          "h:+80",
                          "h: 80",
                          "h:80 ",
                          "::1",
                          "a%",
                          "a%4",
                          "a%4:80",
                          "a%g1",
                          "a%1g",
                          "[",
                          "[]",
                          "[]:80",
                          "[::1",
                          "::1]",
                          "[::1]a",
                          "[::1]80",
                          "[::1]:a",
                          "[::1]]",
                          "[[::1]]",
                          "[1.2.3.4]",
                          "[v1.x]",
                          "[fe80::1%25eth0]",
                          "[::1]:80:80",
                          "[h]",
                          "b\xC3\xBC"
                          "cher"}) {
    EXPECT_FALSE(whatever_follows(bad, is_authority)) << bad;
  }
}

TEST(Host, EveryByteInAName) {
  const std::string plain =
      "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
      "-._~!$&'()*+,;=";
  for (int byte = 0; byte < 256; ++byte) {
    const std::string text = std::string("h") + static_cast<char>(byte) + "x";
    const bool expected = plain.find(static_cast<char>(byte)) != std::string::npos;
    Authority out;
    EXPECT_EQ(parse_authority(text_of(text), &out), expected) << byte;
    EXPECT_EQ(are_url_chars(text_of(text)), expected) << byte;
    EXPECT_EQ(are_url_chars(text_of(text), kUrlChar),
              expected || byte == '/' || byte == '?' || byte == ':' || byte == '@')
        << byte;
  }
}

TEST(Host, PercentEncodings) {
  const std::string digits = "0123456789abcdefABCDEF";
  for (int byte = 0; byte < 256; ++byte) {
    const char c = static_cast<char>(byte);
    const bool expected = digits.find(c) != std::string::npos;
    EXPECT_EQ(are_url_chars(text_of(std::string("%0") + c)), expected) << byte;
    EXPECT_EQ(are_url_chars(text_of(std::string("%") + c + "f")), expected) << byte;
  }
  for (const char* cut : {"%", "%a"}) {
    EXPECT_FALSE(whatever_follows(cut, [](Text text) { return are_url_chars(text); })) << cut;
  }
  EXPECT_TRUE(are_url_chars("a%41b%ffc"));
  EXPECT_TRUE(are_url_chars(""));
}

// Origins stop before the path, the query or nothing.
TEST(Host, Origins) {
  struct Case {
    const char* text;
    bool taken;
    bool secure;
    const char* rest;
  };
  for (const Case& c : {Case{"ws://h", true, false, ""},
                        {"wss://h", true, true, ""},
                        {"WS://h", true, false, ""},
                        {"wSS://h", true, true, ""},
                        {"Wss://h/", true, true, "/"},
                        {"ws://h:1/a?b/c", true, false, "/a?b/c"},
                        {"ws://h?a/b", true, false, "?a/b"},
                        {"ws://[::1]:80/", true, false, "/"},
                        {"Wss://", false, true, ""},
                        {"ws:///", false, false, ""},
                        {"ws://?", false, false, ""},
                        {"ws://h@", false, false, ""},
                        {"ws://h:80:", false, false, ""},
                        {"ws://h#", false, false, ""},
                        {"ws://[::1]x", false, false, ""},
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
    Origin origin;
    const bool taken = take_origin(&text, "ws", &origin);
    const bool same = whatever_follows(c.text, [](Text longer) {
      Origin unused;
      return take_origin(&longer, "ws", &unused);
    });
    EXPECT_EQ(taken, same) << c.text;
    EXPECT_EQ(taken, c.taken) << c.text;
    if (taken) {
      EXPECT_EQ(origin.secure, c.secure) << c.text;
      EXPECT_EQ(std::string(text.data, text.size), c.rest) << c.text;
    }
  }
}

}  // namespace
}  // namespace whit::http
