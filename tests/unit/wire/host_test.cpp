// SPDX-License-Identifier: MIT
#include "whit/wire/host.h"

#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "whatever_follows.h"

namespace whit::wire {
namespace {

Text text_of(const std::string& text) { return {text.data(), text.size()}; }
std::string string_of(Text text) { return {text.data, text.size}; }

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
  const char* written_host;
  unsigned port;
};

TEST(Host, AuthoritiesThatAre) {
  const std::vector<Split> all = {
      {"h", "h", "h", 0},
      {"example.com", "example.com", "example.com", 0},
      {"example.com:", "example.com", "example.com", 0},
      {"example.com:8080", "example.com", "example.com", 8080},
      {"192.168.1.10:1", "192.168.1.10", "192.168.1.10", 1},
      {"a-b_c~d.e!$&'()*+,;=", "a-b_c~d.e!$&'()*+,;=", "a-b_c~d.e!$&'()*+,;=", 0},
      {"h%41%ff:80", "h%41%ff", "h%41%ff", 80},
      {"[::1]", "::1", "[::1]", 0},
      {"[::1]:", "::1", "[::1]", 0},
      {"[FE80::1.2.3.4]:0443", "FE80::1.2.3.4", "[FE80::1.2.3.4]", 443},
  };
  for (const Split& split : all) {
    Authority out;
    EXPECT_TRUE(whatever_follows(split.text, is_authority)) << split.text;
    ASSERT_TRUE(parse_authority(split.text, &out)) << split.text;
    EXPECT_EQ(string_of(out.host), split.host);
    EXPECT_EQ(string_of(out.written_host), split.written_host);
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
    EXPECT_EQ(are_url_chars(text_of(text), ""), expected) << byte;
    EXPECT_EQ(are_url_chars(text_of(text), "/@"), expected || byte == '/' || byte == '@') << byte;
  }
}

TEST(Host, PercentEncodings) {
  const std::string digits = "0123456789abcdefABCDEF";
  for (int byte = 0; byte < 256; ++byte) {
    const char c = static_cast<char>(byte);
    const bool expected = digits.find(c) != std::string::npos;
    EXPECT_EQ(are_url_chars(text_of(std::string("%0") + c), ""), expected) << byte;
    EXPECT_EQ(are_url_chars(text_of(std::string("%") + c + "f"), ""), expected) << byte;
  }
  for (const char* cut : {"%", "%a"}) {
    EXPECT_FALSE(whatever_follows(cut, [](Text text) { return are_url_chars(text, "%"); })) << cut;
  }
  EXPECT_TRUE(are_url_chars("a%41b%ffc", ""));
  EXPECT_TRUE(are_url_chars("", ""));
}

TEST(Host, EveryNumber) {
  for (unsigned port = 0; port < 70000; ++port) {
    uint16_t out = 1;
    const std::string digits = std::to_string(port);
    ASSERT_EQ(parse_number(text_of(digits), &out), port < 0x10000) << port;
    if (port < 0x10000) {
      ASSERT_EQ(out, port);
    }
  }
}

TEST(Host, NumbersInOddForms) {
  uint16_t out = 1;
  EXPECT_TRUE(parse_number("00000000000000000080", &out));
  EXPECT_EQ(out, 80);
  EXPECT_TRUE(parse_number("", &out));
  EXPECT_EQ(out, 0);
  for (const char* bad : {"65536", "4294967376", "18446744073709551696", "99999999999999999999999", "8o", "-1", "+1",
                          " 1", "1 ", "0x50", "1.0", "1\xB2"}) {
    EXPECT_FALSE(parse_number(bad, &out)) << bad;
    EXPECT_EQ(out, 0) << bad;
  }
  EXPECT_FALSE(parse_number(Text("8\0", 2), &out));
}

}  // namespace
}  // namespace whit::wire
