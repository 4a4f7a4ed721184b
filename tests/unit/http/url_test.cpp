// SPDX-License-Identifier: MIT
#include "whit/http/url.h"

#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "whatever_follows.h"

namespace whit::http {
namespace {

std::string string_of(Text text) { return text.empty() ? std::string() : std::string(text.data, text.size); }
Text text_of(const std::string& text) { return {text.data(), text.size()}; }

bool is_url(Text text) { return parse_url(text).port != 0; }

struct Good {
  const char* url;
  bool secure;
  const char* host;
  unsigned port;
  const char* host_field;
  const char* request_target;  // with the slash before the resource
};

TEST(Url, Accepted) {
  const std::vector<Good> all = {
      {"ws://h", false, "h", 80, "h", "/"},
      {"WS://h", false, "h", 80, "h", "/"},
      {"wSs://h", true, "h", 443, "h", "/"},
      {"wss://example.com/chat", true, "example.com", 443, "example.com", "/chat"},
      {"ws://h/", false, "h", 80, "h", "/"},
      {"ws://h?x", false, "h", 80, "h", "/?x"},
      {"ws://h?", false, "h", 80, "h", "/"},
      {"ws://h/?", false, "h", 80, "h", "/"},
      {"ws://h/a?b=c", false, "h", 80, "h", "/a?b=c"},
      {"ws://h/a?", false, "h", 80, "h", "/a"},
      {"ws://h/a?b?c/d", false, "h", 80, "h", "/a?b?c/d"},
      {"ws://h??", false, "h", 80, "h", "/??"},
      {"ws://h//x/../y/.", false, "h", 80, "h", "//x/../y/."},
      {"ws://h/a:b@c", false, "h", 80, "h", "/a:b@c"},
      {"ws://h/a?u:p@x", false, "h", 80, "h", "/a?u:p@x"},
      {"ws://h?ws://other:1/", false, "h", 80, "h", "/?ws://other:1/"},
      {"ws://h/%23%aF%00", false, "h", 80, "h", "/%23%aF%00"},
      {"ws://h/-._~!$&'()*+,;=", false, "h", 80, "h", "/-._~!$&'()*+,;="},
      // Ports
      {"ws://h:", false, "h", 80, "h", "/"},
      {"wss://h:/x", true, "h", 443, "h", "/x"},
      {"ws://h:80", false, "h", 80, "h", "/"},
      {"wss://h:443?q", true, "h", 443, "h", "/?q"},
      {"ws://h:443", false, "h", 443, "h:443", "/"},
      {"wss://h:80", true, "h", 80, "h:80", "/"},
      {"ws://h:1", false, "h", 1, "h:1", "/"},
      {"ws://h:8080/x", false, "h", 8080, "h:8080", "/x"},
      {"ws://h:65535?q", false, "h", 65535, "h:65535", "/?q"},
      {"ws://h:00080", false, "h", 80, "h", "/"},
      {"ws://h:008080", false, "h", 8080, "h:008080", "/"},
      // Hosts
      {"ws://192.168.1.10:81/", false, "192.168.1.10", 81, "192.168.1.10:81", "/"},
      {"ws://[::1]", false, "::1", 80, "[::1]", "/"},
      {"ws://[::1]:80/", false, "::1", 80, "[::1]", "/"},
      {"wss://[2001:DB8::1.2.3.4]:8443/x?y", true, "2001:DB8::1.2.3.4", 8443, "[2001:DB8::1.2.3.4]:8443", "/x?y"},
      {"ws://EXAMPLE.com.", false, "EXAMPLE.com.", 80, "EXAMPLE.com.", "/"},
      {"ws://xn--bcher-kva.example", false, "xn--bcher-kva.example", 80, "xn--bcher-kva.example", "/"},
  };
  for (const Good& good : all) {
    EXPECT_TRUE(whatever_follows(good.url, is_url)) << good.url;
    ASSERT_TRUE(is_url(good.url)) << good.url;
    const Url out = parse_url(good.url);
    EXPECT_EQ(out.secure, good.secure) << good.url;
    EXPECT_EQ(string_of(out.host), good.host) << good.url;
    EXPECT_EQ(out.port, good.port) << good.url;
    EXPECT_EQ(string_of(out.host_field), good.host_field) << good.url;
    EXPECT_EQ("/" + string_of(out.resource), good.request_target) << good.url;
  }
}

TEST(Url, Refused) {
  for (const char* bad : {
           "",
           "ws",
           "ws:",
           "ws:/",
           "ws://",
           "wss://",
           "://h",
           "//h",
           "h",
           "/",
           "ws:h",
           "ws:/h",
           "ws:\\\\h",
           "ws//h",
           // Schemes
           "http://h",
           "https://h",
           "wsss://h",
           "w://h",
           "wss",
           "ws ://h",
           " ws://h",
           "ws://h ",
           "xws://h",
           "wsx://h",
           // RFC 6455 section 3: no fragment
           "ws://h#",
           "ws://h#x",
           "ws://h/#",
           "ws://h/a#b",
           "ws://h?q#f",
           "ws://h:80#f",
           // User information
           "ws://user@h",
           "ws://user:pw@h",
           "ws://user:pw@h:80/",
           "ws://@h",
           "ws://h@",
           "ws://:@h",
           // Hosts
           "ws:///",
           "ws:///path",
           "ws://?q",
           "ws://:80",
           "ws://:80/",
           "ws://a b/",
           "ws://a\\b",
           "ws://h%41/",
           "ws://%",
           "ws://[::1",
           "ws://::1",
           "ws://[]",
           "ws://[::1]x",
           "ws://[::g]",
           "ws://[1.2.3.4]",
           "ws://[fe80::1%25eth0]",
           "ws://[v1.fe]",
           "ws://[::1/]",
           "ws://b\xC3\xBC"
           "cher",
           "ws://<h>",
           "ws://h^",
           "ws://h|",
           // Ports
           "ws://h:0",
           "ws://h:00",
           "ws://h:65536",
           "ws://h:4294967376",
           "ws://h:99999999999999999999",
           "ws://h:-1",
           "ws://h:+80",
           "ws://h:8o",
           "ws://h: 80",
           "ws://h:80 /",
           "ws://h:80:80",
           "ws://[::1]:0",
           "ws://[::1]:65536",
           "ws://h:%38",
           // Paths and queries
           "ws://h/a b",
           "ws://h/ ",
           "ws://h/a\tb",
           "ws://h/a\r\nX: y",
           "ws://h/a\nb",
           "ws://h/\x7F",
           "ws://h/\x01",
           "ws://h/\xC3\xA4?\xE2\x82\xAC",
           "ws://h/a\\b",
           "ws://h/\"",
           "ws://h/<",
           "ws://h/>",
           "ws://h/^",
           "ws://h/`",
           "ws://h/{",
           "ws://h/|",
           "ws://h/}",
           "ws://h/[",
           "ws://h/]",
           "ws://h?[",
           "ws://h/%",
           "ws://h/%4",
           "ws://h/%4g",
           "ws://h/%g4",
           "ws://h?%",
           "ws://h?a=%zz",
           "ws://h? ",
           "ws://h/%%20",
       }) {
    EXPECT_FALSE(whatever_follows(bad, is_url)) << bad;
  }
}

TEST(Url, NulIsACharacterLikeAnyOtherThatIsRefused) {
  const std::string whole("ws://h/a\0b", 10);
  EXPECT_FALSE(is_url(text_of(whole)));
  EXPECT_TRUE(is_url(text_of(whole).first(8)));
  EXPECT_FALSE(is_url(Text("ws://h\0", 7)));
  EXPECT_FALSE(is_url(Text()));
}

TEST(Url, EveryByteInThePathAndInTheQuery) {
  // RFC 3986 sections 3.3 and 3.4; "?" in the path begins the query.
  const std::string allowed =
      "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
      "-._~!$&'()*+,;=:@/?";
  for (int byte = 0; byte < 256; ++byte) {
    const char c = static_cast<char>(byte);
    const bool expected = allowed.find(c) != std::string::npos;
    const std::string path = std::string("ws://h/x") + c + "y";
    EXPECT_EQ(is_url(text_of(path)), expected) << byte;
    const std::string query = std::string("ws://h?x") + c + "y";
    EXPECT_EQ(is_url(text_of(query)), expected) << byte;
  }
}

// The texts of the result point into the URL, so nothing has to be assembled or kept beside it.
TEST(Url, PointsIntoTheUrl) {
  const std::string url = "wss://[::1]:8443/a?b";
  ASSERT_TRUE(is_url(text_of(url)));
  const Url out = parse_url(text_of(url));
  EXPECT_EQ(out.host.data, url.data() + 7);
  EXPECT_EQ(out.host_field.data, url.data() + 6);
  EXPECT_EQ(out.resource.data, url.data() + 17);
}

}  // namespace
}  // namespace whit::http
