// SPDX-License-Identifier: MIT
#include "whit/http/grammar.h"

#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "whatever_follows.h"

namespace whit::http {
namespace {

std::string string_of(Text text) { return text.empty() ? std::string() : std::string(text.data, text.size); }
Text text_of(const std::string& text) { return {text.data(), text.size()}; }

// RFC 9110 section 5.6.2, copied out.
const std::string& token_chars() {
  static const std::string all = "!#$%&'*+-.^_`|~0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";
  return all;
}

bool is_request_line(Text text) { return read_request_line(&text) != 400; }

bool is_status_line(Text text) { return read_status_line(&text) != 0; }

constexpr char kHost[] = "host:\0";

// Takes all of a line.
bool read_field(Text text, const char* names, Field* out) { return take_field(&text, names, out) && text.empty(); }

bool is_field(Text text) {
  Field out;
  return read_field(text, kHost, &out);
}

bool has_upgrade(Text text) { return list_has(&text, "upgrade"); }
bool has_exact(Text text, Text token) { return list_has_exact(&text, token); }
bool has_chat(Text text) { return has_exact(text, "chat"); }
bool valid_extensions(Text text) { return read_extensions(&text); }

// --- cut_line -------------------------------------------------------------------------------------------------------

TEST(HttpHead, FindsTheFirstLine) {
  struct Case {
    const char* data;
    LineEnd end;
    size_t size;
  };
  for (const Case& c : {Case{"", LineEnd::kNotYet, 0},
                        {"a", LineEnd::kNotYet, 1},
                        {"GET / HTTP/1.1", LineEnd::kNotYet, 14},
                        {"a\r", LineEnd::kNotYet, 1},
                        {"\r", LineEnd::kNotYet, 0},
                        {"\r\n", LineEnd::kCrLf, 0},
                        {"a\r\n", LineEnd::kCrLf, 1},
                        {"a\r\nb\r\n", LineEnd::kCrLf, 1},
                        {"a\r\n\n", LineEnd::kCrLf, 1},
                        {"\n", LineEnd::kMalformed, 0},
                        {"a\n", LineEnd::kMalformed, 1},
                        {"a\nb\r\n", LineEnd::kMalformed, 1},
                        {"a\rb", LineEnd::kMalformed, 1},
                        {"a\r\r\n", LineEnd::kMalformed, 1},
                        {"\r\r", LineEnd::kMalformed, 0}}) {
    Text line = c.data;
    EXPECT_EQ(cut_line(&line), c.end) << c.data;
    EXPECT_EQ(line.size, c.size) << c.data;
  }
}

TEST(HttpHead, FindsTheSameLineWhateverIsThereYet) {
  const std::string data = "Host: h\r\nX: y\r\n\r\n";
  for (size_t there = 0; there <= data.size(); ++there) {
    Text line = text_of(data).first(there);
    EXPECT_EQ(cut_line(&line), there < 9 ? LineEnd::kNotYet : LineEnd::kCrLf) << there;
    EXPECT_EQ(line.size, there < 7 ? there : 7U) << there;
  }
}

TEST(HttpHead, EveryByteInALine) {
  for (int byte = 0; byte < 256; ++byte) {
    const bool allowed = byte == '\t' || (byte >= 0x20 && byte != 0x7F);
    for (const char* line : {"GET / HTTP/1.1", "HTTP/1.1 101 x", "X: y"}) {
      std::string data = std::string(line) + static_cast<char>(byte) + "b\r\n";
      Text cut = text_of(data);
      EXPECT_EQ(cut_line(&cut), allowed ? LineEnd::kCrLf : LineEnd::kMalformed) << byte;
      EXPECT_EQ(cut.size, allowed ? data.size() - 2 : data.size() - 4) << byte;
    }
  }
}

TEST(HttpHead, ControlBytesAreInNoLine) {
  const auto is_malformed = [](Text text) { return cut_line(&text) == LineEnd::kMalformed; };
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
    unsigned status;
    const char* target;
  };
  for (const Case& c : {Case{"GET / HTTP/1.1", 0, "/"},
                        {"GET /chat?a=b HTTP/1.1", 0, "/chat?a=b"},
                        {"GET http://h/x HTTP/1.1", 0, "http://h/x"},
                        {"OPTIONS * HTTP/1.1", 405, "*"},
                        {"get / HTTP/1.9", 405, "/"},
                        {"GETS / HTTP/1.1", 405, "/"},
                        {"GE / HTTP/1.1", 405, "/"},
                        {"GET /* HTTP/1.9", 0, "/*"},
                        {"M!#$%&'*+-.^_`|~ / HTTP/1.2", 405, "/"},
                        {"GET / HTTP/1.0", 426, "/"},
                        {"GET / HTTP/0.9", 505, "/"},
                        {"GET / HTTP/2.0", 505, "/"},
                        {"GET / HTTP/2.1", 505, "/"},
                        {"PRI * HTTP/2.0", 405, "*"}}) {
    EXPECT_TRUE(whatever_follows(c.line, is_request_line)) << c.line;
    Text line = c.line;
    EXPECT_EQ(read_request_line(&line), c.status) << c.line;
    EXPECT_EQ(string_of(line), c.target);
  }
}

TEST(RequestLine, OfAnotherMethod) {
  const struct {
    Text line;
    uint16_t status;
  } cases[] = {{"HEAD /a HTTP/1.1", 0},    {"HEAD /a HTTP/1.0", 426}, {"GET /a HTTP/1.1", 405},
               {"HEADS /a HTTP/1.1", 405}, {"head /a HTTP/1.1", 405}, {"HEAD  /a HTTP/1.1", 400}};
  for (const auto& c : cases) {
    Text line = c.line;
    EXPECT_EQ(read_request_line(&line, "HEAD "), c.status) << c.line.data;
    EXPECT_TRUE((c.status != 0 && c.status != 426) || line == Text("/a"));
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
                          "PUT  HTTP/1.1",
                          "GET  HTTP/1.0",
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
  EXPECT_FALSE(is_request_line(Text("GET /\0 HTTP/1.1", 15)));
  EXPECT_FALSE(is_request_line(Text("GET / HTTP/1.1\0", 15)));
}

TEST(HttpHead, EveryByteInMethodAndTarget) {
  for (int byte = 0; byte < 256; ++byte) {
    const char c = static_cast<char>(byte);
    if (c == ' ') continue;
    const std::string method = std::string("G") + c + "T / HTTP/1.1";
    EXPECT_EQ(is_request_line(text_of(method)), token_chars().find(c) != std::string::npos) << byte;
    const std::string target = std::string("GET /") + c + "a HTTP/1.1";
    EXPECT_EQ(is_request_line(text_of(target)), byte > 0x20 && byte < 0x7F && c != '#') << byte;
  }
}

TEST(HttpHead, ResourceAndAuthorityOfATarget) {
  struct Case {
    const char* target;
    const char* resource;  // null: refused
    const char* authority;
  };
  for (const Case& c : {Case{"/", "/", ""},
                        {"/a?b", "/a?b", ""},
                        {"//x/", "//x/", ""},
                        {"/http://h/", "/http://h/", ""},
                        {"http://h", "", "h"},
                        {"http://h/", "/", "h"},
                        {"HTTP://h:80/x?y/z", "/x?y/z", "h:80"},
                        {"https://[::1]:443/x", "/x", "[::1]:443"},
                        {"http://h?q", "?q", "h"},
                        {"http://h:?q/r", "?q/r", "h:"},
                        {"", nullptr, ""},
                        {"*", nullptr, ""},
                        {"?q", nullptr, ""},
                        {"h:80", nullptr, ""},
                        {"a/b", nullptr, ""},
                        {"http://", nullptr, ""},
                        {"http:///", nullptr, ""},
                        {"http://?q", nullptr, ""},
                        {"http:/h/", nullptr, ""},
                        {"http://user@h/", nullptr, ""},
                        {"http://h:65536/", nullptr, ""},
                        {"ws://h/", nullptr, ""},
                        {"ftp://h/", nullptr, ""}}) {
    const std::string line = std::string("GET ") + c.target + " HTTP/1.1";
    EXPECT_EQ(whatever_follows(line, is_request_line), c.resource != nullptr) << c.target;
    Text target = text_of(line);
    if (read_request_line(&target) != 0) continue;
    EXPECT_EQ(string_of(target), c.target);
    Text authority;
    EXPECT_TRUE(split_target(&target, &authority));
    EXPECT_EQ(string_of(target), c.resource) << c.target;
    EXPECT_EQ(string_of(authority), c.authority) << c.target;
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
                        {"HTTP/1.0 503 x", 503},
                        {"HTTP/1.1 404 n\xC3\xB6", 404}}) {
    EXPECT_TRUE(whatever_follows(c.line, is_status_line)) << c.line;
    Text line = c.line;
    EXPECT_EQ(read_status_line(&line), c.status) << c.line;
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
  EXPECT_FALSE(is_status_line(Text("HTTP/1.1 101\0", 13)));
}

TEST(HttpHead, EveryStatus) {
  for (unsigned status = 0; status < 1000; ++status) {
    const std::string line = "HTTP/1.1 " + std::to_string(1000 + status).substr(1) + " x";
    Text text = text_of(line);
    ASSERT_EQ(read_status_line(&text), status >= 100 ? status : 0) << line;
  }
}

// --- fields ---------------------------------------------------------------------------------------------------------

TEST(HttpHead, FieldsThatAre) {
  struct Case {
    const char* line;
    const char* name;
    const char* value;
  };
  for (const Case& c : {Case{"Host: h", "host", "h"},
                        {"Host:h", "host", "h"},
                        {"Upgrade:\t websocket \t", "upgrade", "websocket"},
                        {"X:", "x", ""},
                        {"X: \t ", "x", ""},
                        {"X:a:b", "x", "a:b"},
                        {"X: :", "x", ":"},
                        {"x: a \t b", "x", "a \t b"},
                        {"x!$%&'*+-.^_`|~9: \"q\", (c)", "x!$%&'*+-.^_`|~9", "\"q\", (c)"},
                        {"X: \x80\xFF", "x", "\x80\xFF"}}) {
    Field out;
    EXPECT_TRUE(whatever_follows(c.line, is_field)) << c.line;
    ASSERT_TRUE(read_field(c.line, "other:\0names:\0", &out)) << c.line;
    EXPECT_EQ(out.index, 2U) << c.line;
    const std::string names = std::string("other:\0", 7) + c.name + std::string(":\0", 2);
    ASSERT_TRUE(read_field(c.line, names.c_str(), &out)) << c.line;
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
  EXPECT_FALSE(is_field(Text("X\0: a", 5)));
}

TEST(HttpHead, EveryByteInNameAndValue) {
  for (int byte = 0; byte < 256; ++byte) {
    const char c = static_cast<char>(byte);
    const bool control = (byte < 0x20 && byte != '\t') || byte == 0x7F;
    const bool token_char = token_chars().find(c) != std::string::npos;
    const std::string value = std::string("X: a") + c + "b";
    Text left = text_of(value);
    Field field;
    EXPECT_TRUE(take_field(&left, kHost, &field)) << byte;
    EXPECT_EQ(left.size, control ? 2U : 0U) << byte;
    EXPECT_EQ(is_field_value(text_of(value)), !control) << byte;
    // A colon ends the name, so it makes another valid field.
    const std::string name = std::string("A") + c + "b: x";
    EXPECT_EQ(is_field(text_of(name)), token_char || c == ':') << byte;
    EXPECT_EQ(is_token(text_of(std::string("a") + c)), token_char) << byte;
    EXPECT_EQ(is_token(text_of(std::string(1, c))), token_char) << byte;
  }
  EXPECT_FALSE(is_token(""));
  EXPECT_TRUE(is_field_value(""));
}

// --- comparing and lists --------------------------------------------------------------------------------------------

// A name is found whatever its case, and only as a whole.
TEST(HttpHead, NamesOfFields) {
  constexpr char kNames[] =
      "host:\0@key:\0@key1:\0@\0"
      "x-~:\0";
  constexpr size_t kNone = 5;
  struct Case {
    const char* line;
    size_t index;
  };
  for (const Case& c : {Case{"Host: h", 0},
                        {"HOST:h", 0},
                        {"hOST:h", 0},
                        {"Hos: h", kNone},
                        {"Hosts: h", kNone},
                        {"xHost: h", kNone},
                        {"Sec-WebSocket-Key: k", 1},
                        {"Sec-WebSocket-Key1: k", 2},
                        {"Sec-WebSocket-Key2: k", 3},
                        {"sec-WEBSOCKET-: k", 3},
                        {"~Key: k", kNone},
                        {"~: k", kNone},
                        {"Key: k", kNone},
                        {"X-~: k", 4},
                        {"Sec_WebSocket_Key: k", kNone},
                        {"Sec-WebSocket: host:", kNone}}) {
    Field field;
    ASSERT_TRUE(read_field(c.line, kNames, &field)) << c.line;
    EXPECT_EQ(field.index, c.index) << c.line;
  }
  Field field;
  ASSERT_TRUE(read_field("Host: h", "", &field));
  EXPECT_EQ(field.index, 0U);
}

std::vector<std::string> elements(const char* value) {
  Text list = value;
  std::vector<std::string> all;
  Text token;
  while (next_element(&list, &token)) all.push_back(string_of(token));
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

TEST(HttpHead, AListEndsBeforeAControlByte) {
  Text list("a, b\0,c", 7);
  Text token;
  EXPECT_TRUE(next_element(&list, &token));
  EXPECT_TRUE(next_element(&list, &token));
  EXPECT_EQ(string_of(token), "b");
  EXPECT_FALSE(next_element(&list, &token));
  EXPECT_EQ(list.size, 3U);
}

TEST(HttpHead, ListHas) {
  EXPECT_TRUE(whatever_follows("keep-alive, Upgrade", has_upgrade));
  EXPECT_TRUE(whatever_follows("UPGRADE", has_upgrade));
  EXPECT_TRUE(whatever_follows("h2c, ,UpGrade", has_upgrade));
  EXPECT_TRUE(whatever_follows("upgrade,h2c", has_upgrade));
  EXPECT_FALSE(whatever_follows("Upgraded", has_upgrade));
  EXPECT_FALSE(whatever_follows("xupgrade", has_upgrade));
  EXPECT_FALSE(whatever_follows("upgrade x", has_upgrade));
  EXPECT_FALSE(whatever_follows("", has_upgrade));
  EXPECT_FALSE(whatever_follows(", ,", [](Text text) { return list_has(&text, ""); }));
}

TEST(HttpHead, ListHasExact) {
  EXPECT_TRUE(has_exact("chat, superchat", "superchat"));
  EXPECT_FALSE(has_exact("chat, superchat", "Superchat"));
  EXPECT_FALSE(whatever_follows("superchat", has_chat));
  EXPECT_FALSE(has_exact("", ""));
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

bool valid_key(const std::string& key) { return valid_key_value(Text(key.data(), key.size())); }

TEST(KeyValue, EveryByteAtEveryPlaceOfAKey) {
  const std::string alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
  constexpr size_t key_size = 24;
  const std::string good = "dGhlIHNhbXBsZSBub25jZQ==";
  for (size_t place = 0; place < key_size; ++place) {
    for (int byte = 0; byte < 256; ++byte) {
      std::string key = good;
      key[place] = static_cast<char>(byte);
      const bool expected = place < 22 ? alphabet.find(key[place]) != std::string::npos : byte == '=';
      ASSERT_EQ(valid_key(key), expected) << "place " << place << " byte " << byte;
    }
  }
}

TEST(KeyValue, KeysOfOtherSizesAreRefused) {
  for (size_t size = 0; size < 100; ++size) {
    if (size == 24) continue;
    std::string key(size, 'A');
    EXPECT_FALSE(valid_key(key)) << size;
    for (size_t i = size; i > 0 && i + 2 > size; --i) key[i - 1] = '=';
    EXPECT_FALSE(valid_key(key)) << size << " with ==";
  }
  EXPECT_FALSE(valid_key("AAAAAAAAAAAAAAAAAAAAAAA="));  // 17 bytes
  EXPECT_FALSE(valid_key("AAAAAAAAAAAAAAAAAAAAAAAA"));  // 18 bytes
  EXPECT_FALSE(valid_key("AAAAAAAAAAAAAAAAAAAAA==="));  // 15 bytes and more padding than there is
  EXPECT_FALSE(valid_key(" AAAAAAAAAAAAAAAAAAAAA=="));
  EXPECT_FALSE(valid_key("-_AAAAAAAAAAAAAAAAAAAA=="));  // the alphabet of URLs
}

TEST(FieldName, SameWithoutRegardToCase) {
  EXPECT_TRUE(same_name("Retry-After", "rETRY-aFTER"));
  EXPECT_TRUE(same_name("", ""));
  EXPECT_FALSE(same_name("a", "ab"));
  for (int left = 0; left < 256; ++left) {
    for (int right = 0; right < 256; ++right) {
      const char l = static_cast<char>(left);
      const char r = static_cast<char>(right);
      const auto lower = [](int c) { return c >= 'A' && c <= 'Z' ? c + 32 : c; };
      EXPECT_EQ(same_name({&l, 1}, {&r, 1}), lower(left) == lower(right)) << left << " " << right;
    }
  }
}

}  // namespace
}  // namespace whit::http
