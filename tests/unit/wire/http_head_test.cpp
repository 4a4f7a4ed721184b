// SPDX-License-Identifier: MIT
#include "whit/wire/http_head.h"

#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "whatever_follows.h"

namespace whit::wire {
namespace {

std::string string_of(Text text) { return text.empty() ? std::string() : std::string(text.data, text.size); }
Text text_of(const std::string& text) { return {text.data(), text.size()}; }

// RFC 9110 section 5.6.2, copied out.
const std::string& token_chars() {
  static const std::string all = "!#$%&'*+-.^_`|~0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";
  return all;
}

bool is_request_line(Text text) {
  RequestLine out;
  return parse_request_line(text, &out);
}

bool is_status_line(Text text) {
  uint16_t out = 0;
  return parse_status_line(text, &out);
}

bool is_field(Text text) {
  Field out;
  return parse_field(text, "Host", &out);
}

bool has_upgrade(Text text) { return list_position(text, "upgrade") != kNotListed; }
bool has_chat(Text text) { return list_has_exact(text, "chat"); }

// --- find_line ------------------------------------------------------------------------------------------------------

TEST(HttpHead, FindsTheFirstLine) {
  struct Case {
    const char* data;
    LineResult result;
    size_t size;
  };
  for (const Case& c : {Case{"", LineResult::kNeedMore, 0},
                        {"a", LineResult::kNeedMore, 1},
                        {"GET / HTTP/1.1", LineResult::kNeedMore, 14},
                        {"a\r", LineResult::kNeedMore, 1},
                        {"\r", LineResult::kNeedMore, 0},
                        {"\r\n", LineResult::kLine, 0},
                        {"a\r\n", LineResult::kLine, 1},
                        {"a\r\nb\r\n", LineResult::kLine, 1},
                        {"a\r\n\n", LineResult::kLine, 1},
                        {"\n", LineResult::kMalformed, 0},
                        {"a\n", LineResult::kMalformed, 1},
                        {"a\nb\r\n", LineResult::kMalformed, 1},
                        {"a\rb", LineResult::kMalformed, 1},
                        {"a\r\r\n", LineResult::kMalformed, 1},
                        {"\r\r", LineResult::kMalformed, 0}}) {
    size_t size = 99;
    EXPECT_EQ(find_line(c.data, &size), c.result) << c.data;
    EXPECT_EQ(size, c.size) << c.data;
  }
}

TEST(HttpHead, FindsTheSameLineWhateverIsThereYet) {
  const std::string data = "Host: h\r\nX: y\r\n\r\n";
  for (size_t there = 0; there <= data.size(); ++there) {
    size_t size = 99;
    const LineResult result = find_line(text_of(data).first(there), &size);
    EXPECT_EQ(result, there < 9 ? LineResult::kNeedMore : LineResult::kLine) << there;
    EXPECT_EQ(size, there < 7 ? there : 7U) << there;
  }
}

TEST(HttpHead, EveryByteInALine) {
  for (int byte = 0; byte < 256; ++byte) {
    const bool allowed = byte == '\t' || (byte >= 0x20 && byte != 0x7F);
    for (const char* line : {"GET / HTTP/1.1", "HTTP/1.1 101 x", "X: y"}) {
      std::string data = std::string(line) + static_cast<char>(byte) + "b\r\n";
      size_t size = 99;
      EXPECT_EQ(find_line(text_of(data), &size), allowed ? LineResult::kLine : LineResult::kMalformed) << byte;
      EXPECT_EQ(size, allowed ? data.size() - 2 : data.size() - 4) << byte;
    }
  }
}

TEST(HttpHead, ControlBytesAreInNoLine) {
  const auto is_malformed = [](Text text) {
    size_t size = 0;
    return find_line(text, &size) == LineResult::kMalformed;
  };
  for (const char* bad : {"GET\x01 / HTTP/1.1", "GET /\x01 HTTP/1.1", "GET /\x7F HTTP/1.1", "GET /\r HTTP/1.1",
                          "HTTP/1.1 101 \x01", "HTTP/1.1 101 a\rb", "HTTP/1.1 101 \x7F", "Host\x01: h", "Host\r: h",
                          "X: a\rb", "X: a\nb", "X: \x01", "X: \x1F", "X: \x7F", "X: a\x0B", "X: \x08 b"}) {
    EXPECT_TRUE(whatever_follows(bad, is_malformed)) << bad;
  }
  EXPECT_TRUE(is_malformed(Text("a\0b\r\n", 5)));
  EXPECT_TRUE(is_malformed(Text("HTTP/1.1 101 \0", 14)));
  EXPECT_TRUE(is_malformed(Text("X: a\0b", 6)));
}

// --- request line ---------------------------------------------------------------------------------------------------

TEST(HttpHead, RequestLinesThatAre) {
  struct Case {
    const char* line;
    const char* method;
    const char* target;
    bool http_1_1;
  };
  for (const Case& c : {Case{"GET / HTTP/1.1", "GET", "/", true},
                        {"GET /chat?a=b HTTP/1.1", "GET", "/chat?a=b", true},
                        {"GET http://h/x HTTP/1.1", "GET", "http://h/x", true},
                        {"OPTIONS * HTTP/1.1", "OPTIONS", "*", true},
                        {"get / HTTP/1.9", "get", "/", true},
                        {"M!#$%&'*+-.^_`|~ / HTTP/1.2", "M!#$%&'*+-.^_`|~", "/", true},
                        {"GET / HTTP/1.0", "GET", "/", false},
                        {"GET / HTTP/0.9", "GET", "/", false},
                        {"GET / HTTP/2.0", "GET", "/", false},
                        {"GET / HTTP/2.1", "GET", "/", false},
                        {"PRI * HTTP/2.0", "PRI", "*", false}}) {
    RequestLine out;
    EXPECT_TRUE(whatever_follows(c.line, is_request_line)) << c.line;
    ASSERT_TRUE(parse_request_line(c.line, &out)) << c.line;
    EXPECT_EQ(string_of(out.method), c.method);
    EXPECT_EQ(string_of(out.target), c.target);
    EXPECT_EQ(out.http_1_1, c.http_1_1) << c.line;
  }
}

TEST(HttpHead, RequestLinesThatAreNot) {
  for (const char* bad : {"",
                          " ",
                          "GET",
                          "GET ",
                          "GET /",
                          "GET / ",
                          "GET / HTTP",
                          "GET / HTTP/",
                          "GET / HTTP/1",
                          "GET / HTTP/1.",
                          "GET / HTTP/1.1 ",
                          "GET / HTTP/1.1x",
                          "GET / HTTP/1.10",
                          "GET / HTTP/01.1",
                          "GET / HTTP/11.1",
                          "GET / http/1.1",
                          "GET / HTTP/1,1",
                          "GET / HTTP/a.1",
                          "GET / HTTP/1.a",
                          "GET / HTTP 1.1",
                          "GET / XTTP/1.1",
                          "GET  / HTTP/1.1",
                          "GET /  HTTP/1.1",
                          " GET / HTTP/1.1",
                          "GET /a b HTTP/1.1",
                          "GET\t/ HTTP/1.1",
                          "GET /\tHTTP/1.1",
                          " / HTTP/1.1",
                          "GET  HTTP/1.1",
                          "G,T / HTTP/1.1",
                          "G\"T / HTTP/1.1",
                          "G(T / HTTP/1.1",
                          "GET\x01 / HTTP/1.1",
                          "G\xC4T / HTTP/1.1",
                          "GET /\x01 HTTP/1.1",
                          "GET /\x7F HTTP/1.1",
                          "GET /\x80 HTTP/1.1",
                          "GET /\xFF HTTP/1.1",
                          "GET /\r HTTP/1.1",
                          "GET /a#b HTTP/1.1",
                          "GET http://h/a#b HTTP/1.1",
                          "GET / HTTP/1.\xB1"}) {
    EXPECT_FALSE(whatever_follows(bad, is_request_line)) << bad;
  }
  RequestLine out;
  EXPECT_FALSE(parse_request_line(Text("GET /\0 HTTP/1.1", 15), &out));
  EXPECT_FALSE(parse_request_line(Text("GET / HTTP/1.1\0", 15), &out));
}

TEST(HttpHead, EveryByteInMethodAndTarget) {
  for (int byte = 0; byte < 256; ++byte) {
    const char c = static_cast<char>(byte);
    if (c == ' ') continue;
    RequestLine out;
    const std::string method = std::string("G") + c + "T / HTTP/1.1";
    EXPECT_EQ(parse_request_line(text_of(method), &out), token_chars().find(c) != std::string::npos) << byte;
    const std::string target = std::string("GET /") + c + "a HTTP/1.1";
    EXPECT_EQ(parse_request_line(text_of(target), &out), byte > 0x20 && byte < 0x7F && c != '#') << byte;
  }
}

TEST(HttpHead, ResourceOfATarget) {
  struct Case {
    const char* target;
    const char* resource;  // null: refused
  };
  for (const Case& c : {Case{"/", "/"},
                        {"/a?b", "/a?b"},
                        {"//x/", "//x/"},
                        {"/http://h/", "/http://h/"},
                        {"http://h", "/"},
                        {"http://h/", "/"},
                        {"HTTP://h:80/x?y/z", "/x?y/z"},
                        {"https://[::1]:443/x", "/x"},
                        {"http://h?q", "?q"},
                        {"http://h?q/r", "?q/r"},
                        {"", nullptr},
                        {"*", nullptr},
                        {"?q", nullptr},
                        {"h:80", nullptr},
                        {"a/b", nullptr},
                        {"http://", nullptr},
                        {"http:///", nullptr},
                        {"http://?q", nullptr},
                        {"http:/h/", nullptr},
                        {"http://user@h/", nullptr},
                        {"http://h:65536/", nullptr},
                        {"ws://h/", nullptr},
                        {"ftp://h/", nullptr}}) {
    Text resource;
    const bool found = whatever_follows(c.target, [](Text text) {
      Text unused;
      return target_resource(text, &unused);
    });
    EXPECT_EQ(target_resource(c.target, &resource), found);
    EXPECT_EQ(found, c.resource != nullptr) << c.target;
    if (found && c.resource != nullptr) {
      EXPECT_EQ(string_of(resource), c.resource) << c.target;
    }
  }
}

// --- status line ----------------------------------------------------------------------------------------------------

TEST(HttpHead, StatusLinesThatAre) {
  struct Case {
    const char* line;
    unsigned status;
  };
  for (const Case& c : {Case{"HTTP/1.1 101 Switching Protocols", 101},
                        {"HTTP/1.1 101 ", 101},
                        {"HTTP/1.1 101", 101},
                        {"HTTP/1.1 100 x", 100},
                        {"HTTP/1.9 999 \t x", 999},
                        {"HTTP/1.1 404 n\xC3\xB6", 404}}) {
    uint16_t out = 0;
    EXPECT_TRUE(whatever_follows(c.line, is_status_line)) << c.line;
    ASSERT_TRUE(parse_status_line(c.line, &out)) << c.line;
    EXPECT_EQ(out, c.status) << c.line;
  }
}

TEST(HttpHead, StatusLinesThatAreNot) {
  for (const char* bad : {"",
                          "HTTP/1.1",
                          "HTTP/1.1 ",
                          "HTTP/1.1 1",
                          "HTTP/1.1 10",
                          "HTTP/1.1 1010",
                          "HTTP/1.1 099 x",
                          "HTTP/1.1 000",
                          "HTTP/1.1  101 x",
                          "HTTP/1.1101 x",
                          "HTTP/1.1\t101 x",
                          "HTTP/1.1 101\tx",
                          "HTTP/1.1 101x",
                          "HTTP/1.1 1 1",
                          "HTTP/1.1 +10 x",
                          "HTTP/1.1 -01 x",
                          "HTTP/1.1 10a x",
                          "HTTP/1.0 101 x",
                          "HTTP/1.0 200 OK",
                          "HTTP/2.0 101 x",
                          "HTTP/0.1 101 x",
                          "http/1.1 101 x",
                          "HTTP/1.10 101 x",
                          "HTTP/11.1 101 x",
                          "HTTP/1 101 x",
                          " HTTP/1.1 101 x",
                          "ICY 200 OK",
                          "101 x",
                          "HTTP/1.1 \xB1\xB0\xB1 x",
                          "SSH-2.0-x"}) {
    EXPECT_FALSE(whatever_follows(bad, is_status_line)) << bad;
  }
  uint16_t out = 0;
  EXPECT_FALSE(parse_status_line(Text("HTTP/1.1 101\0", 13), &out));
}

TEST(HttpHead, EveryStatus) {
  for (unsigned status = 0; status < 1000; ++status) {
    std::string line = "HTTP/1.1 " + std::to_string(1000 + status).substr(1) + " x";
    uint16_t out = 0;
    ASSERT_EQ(parse_status_line(text_of(line), &out), status >= 100) << line;
    if (status >= 100) {
      ASSERT_EQ(out, status);
    }
  }
}

// --- fields ---------------------------------------------------------------------------------------------------------

TEST(HttpHead, FieldsThatAre) {
  struct Case {
    const char* line;
    const char* name;
    const char* value;
  };
  for (const Case& c : {Case{"Host: h", "Host", "h"},
                        {"Host:h", "Host", "h"},
                        {"Upgrade:\t websocket \t", "Upgrade", "websocket"},
                        {"X:", "X", ""},
                        {"X: \t ", "X", ""},
                        {"X:a:b", "X", "a:b"},
                        {"X: :", "X", ":"},
                        {"X: a \t b", "X", "a \t b"},
                        {"x!#$%&'*+-.^_`|~9: \"q\", (c)", "x!#$%&'*+-.^_`|~9", "\"q\", (c)"},
                        {"X: \x80\xFF", "X", "\x80\xFF"}}) {
    Field out;
    EXPECT_TRUE(whatever_follows(c.line, is_field)) << c.line;
    ASSERT_TRUE(parse_field(c.line, "Other,Names", &out)) << c.line;
    EXPECT_EQ(out.index, kNotListed) << c.line;
    const std::string names = std::string("Other,") + c.name;
    ASSERT_TRUE(parse_field(c.line, text_of(names), &out)) << c.line;
    EXPECT_EQ(out.index, 1U) << c.line;
    EXPECT_EQ(string_of(out.value), c.value);
  }
}

TEST(HttpHead, FieldsThatAreNot) {
  for (const char* bad :
       {"",         ":",        ": x",      "Host",     "Host : h",   "Host\t: h",      " Host: h",    "\tHost: h",
        " folded",  "\tfolded", "Ho st: h", "Ho,st: h", "Host(x): h", "H\xC3\xB6st: h", "Host\x01: h", "Host\r: h",
        "\"X\": y", "@: y",     "/: y",     "[: y"}) {
    EXPECT_FALSE(whatever_follows(bad, is_field)) << bad;
  }
  Field out;
  EXPECT_FALSE(parse_field(Text("X\0: a", 5), "Host", &out));
}

TEST(HttpHead, EveryByteInNameAndValue) {
  for (int byte = 0; byte < 256; ++byte) {
    const char c = static_cast<char>(byte);
    const bool control = (byte < 0x20 && byte != '\t') || byte == 0x7F;
    const bool token_char = token_chars().find(c) != std::string::npos;
    Field out;
    const std::string value = std::string("X: a") + c + "b";
    EXPECT_EQ(field_value_size(text_of(value)), control ? 4U : 6U) << byte;
    // A colon ends the name, so it makes another valid field.
    const std::string name = std::string("A") + c + "b: x";
    EXPECT_EQ(parse_field(text_of(name), "Host", &out), token_char || c == ':') << byte;
    EXPECT_EQ(is_token(text_of(std::string("a") + c)), token_char) << byte;
    EXPECT_EQ(is_token(text_of(std::string(1, c))), token_char) << byte;
  }
  EXPECT_FALSE(is_token(""));
  EXPECT_EQ(field_value_size(""), 0U);
}

// --- comparing and lists --------------------------------------------------------------------------------------------

TEST(HttpHead, EqualsIgnoreCaseForEveryPairOfBytes) {
  const auto lower = [](int byte) { return byte >= 'A' && byte <= 'Z' ? byte + 'a' - 'A' : byte; };
  for (int left = 0; left < 256; ++left) {
    for (int right = 0; right < 256; ++right) {
      const char a = static_cast<char>(left);
      const char b = static_cast<char>(right);
      ASSERT_EQ(equals_ignore_case(Text(&a, 1), Text(&b, 1)), lower(left) == lower(right)) << left << " " << right;
    }
  }
  EXPECT_TRUE(equals_ignore_case("", ""));
  EXPECT_TRUE(equals_ignore_case("WebSocket", "wEBsOCKET"));
  EXPECT_FALSE(equals_ignore_case("websocket", "websocke"));
  EXPECT_FALSE(equals_ignore_case("websocke", "websocket"));
}

std::vector<std::string> elements(const char* value) {
  TokenList list{Text(value)};
  std::vector<std::string> all;
  Text token;
  while (list.next(&token)) all.push_back(string_of(token));
  return all;
}

TEST(HttpHead, ElementsOfAList) {
  using List = std::vector<std::string>;
  EXPECT_EQ(elements(""), List());
  EXPECT_EQ(elements(" \t"), List());
  EXPECT_EQ(elements(","), List());
  EXPECT_EQ(elements(" , ,, \t,"), List());
  EXPECT_EQ(elements("a"), List({"a"}));
  EXPECT_EQ(elements("a,b"), List({"a", "b"}));
  EXPECT_EQ(elements(" \ta \t, b ,,c,"), List({"a", "b", "c"}));
  EXPECT_EQ(elements(",a b"), List({"a b"}));
}

TEST(HttpHead, NothingIsTakenAtTheEndOfAList) {
  TokenList list{Text("a")};
  Text token;
  EXPECT_TRUE(list.next(&token));
  EXPECT_FALSE(list.next(&token));
  EXPECT_EQ(string_of(token), "a");
  EXPECT_FALSE(list.next(&token));
}

TEST(HttpHead, PositionInAList) {
  EXPECT_TRUE(whatever_follows("keep-alive, Upgrade", has_upgrade));
  EXPECT_TRUE(whatever_follows("UPGRADE", has_upgrade));
  EXPECT_EQ(list_position("h2c, ,websocket", "WebSocket"), 1u);
  EXPECT_EQ(list_position("h2c,websocket", "h2c"), 0u);
  EXPECT_FALSE(whatever_follows("Upgraded", has_upgrade));
  EXPECT_FALSE(whatever_follows("xupgrade", has_upgrade));
  EXPECT_FALSE(whatever_follows("upgrade x", has_upgrade));
  EXPECT_FALSE(whatever_follows("", has_upgrade));
  EXPECT_EQ(list_position(", ,", ""), kNotListed);
}

TEST(HttpHead, ListHasExact) {
  EXPECT_TRUE(list_has_exact("chat, superchat", "superchat"));
  EXPECT_FALSE(list_has_exact("chat, superchat", "Superchat"));
  EXPECT_FALSE(whatever_follows("superchat", has_chat));
  EXPECT_FALSE(list_has_exact("", ""));
}

// --- values ---------------------------------------------------------------------------------------------------------

TEST(HttpHead, HostValues) {
  for (const char* good : {"h", "example.com", "example.com:8080", "h:", "h:1", "h:65535", "192.168.0.1", "[::1]",
                           "[::1]:80", "a,b", "h%20"}) {
    EXPECT_TRUE(whatever_follows(good, valid_host_value)) << good;
  }
  for (const char* bad :
       {"",     ":80", "a, b", "a/b",      "a b", "user@h", "u:p@h", "h:0",   "h:65536", "h:x", "h:80,h:80",
        "[::1", "::1", "[h]",  "http://h", "h?q", "h#f",    "h%2",   "h\x01", "h\t",     "h\\", "\xC3\xA4"}) {
    EXPECT_FALSE(whatever_follows(bad, valid_host_value)) << bad;
  }
  EXPECT_FALSE(valid_host_value(Text("h\0", 2)));
}

TEST(HttpHead, ExtensionsThatAre) {
  for (const char* good : {"permessage-deflate", "permessage-deflate; client_max_window_bits", "a;b=c", "a; b=\"c\"",
                           "a;b=10;c;d=\"1\\0\"", "a, b", "a;x, b;y=z", " a ; b = c , d ", "a;b=\"\\c\\d\"", ",a", "a,",
                           "a,,b", "a\t;\tb", "constructor", "permessage-deflate; server_max_window_bits=\"10\""}) {
    EXPECT_TRUE(whatever_follows(good, valid_extensions)) << good;
  }
}

TEST(HttpHead, ExtensionsThatAreNot) {
  for (const char* bad : {"",
                          " ",
                          ",",
                          " , ,",
                          ";",
                          "=",
                          "\"a\"",
                          "a;",
                          "a;;b",
                          "a; ;b",
                          ";b",
                          "a;b=",
                          "a;b= ",
                          "a;=c",
                          "a;b==c",
                          "a=b",
                          "a b",
                          "a;b c",
                          "a; b=c d",
                          "a;b=\"",
                          "a;b=\"x",
                          "a;b=\"\"",
                          "a;b=\"x\"y",
                          "a;b=\"1 0\"",
                          "a;b=\"x,y\"",
                          "a;b=\"x;y\"",
                          "a;b=\"\\",
                          "a;b=\"\\\"",
                          "a;b=\"\\\\\"",
                          "a;b=\"\\\"\"",
                          "a;b=x\"y\"",
                          "a;b=\"x\"\"y\"",
                          "a,;b",
                          "a,b;",
                          "a(b)",
                          "a/b",
                          "a;b=\xC3\xA4",
                          "\x01",
                          "a;b=\"\x01\""}) {
    EXPECT_FALSE(whatever_follows(bad, valid_extensions)) << bad;
  }
  EXPECT_FALSE(valid_extensions(Text("a\0", 2)));
}

// CVE corpus: a quoted string of nothing but backslashes, and 64 KiB of each character that drives the scanner.
TEST(HttpHead, LongExtensionsTakeLinearTime) {
  for (const char c : {'\\', '"', ';', ',', '=', ' ', 'a'}) {
    const std::string value = "a;b=\"" + std::string(65536, c);
    EXPECT_FALSE(valid_extensions(text_of(value))) << c;
  }
  EXPECT_TRUE(valid_extensions(text_of(std::string(65536, ',') + "a" + std::string(65536, ' '))));
}

}  // namespace
}  // namespace whit::wire
