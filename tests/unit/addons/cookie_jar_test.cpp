// SPDX-License-Identifier: MIT
// Which cookies are kept, for how long, and with which requests they go back: RFC 6265.
#include "whit/cookie_jar.h"

#include <gtest/gtest.h>

#include <iterator>
#include <random>
#include <string>

#include "unit/addons/sent_fields.h"
#include "whit/redirect.h"

namespace whit {
namespace {

constexpr char kDate[] = "Wed, 21 Oct 2026 07:28:00 GMT";

template <size_t kCookies = 4, size_t kBytes = 64>
struct Jar : private CookieMemory<kCookies, kBytes>, CookieJar {
  Jar() : CookieJar(static_cast<CookieMemory<kCookies, kBytes>&>(*this)) {}

  // A field of an answer to a client at `url`.
  void field(const std::string& url, const std::string& name, const std::string& value, WebSocket socket = {}) {
    ClientOptions options;
    options.url = {url.data(), url.size()};
    this->on_response_field(options, socket, {name.data(), name.size()}, {value.data(), value.size()});
  }
  void set(const std::string& url, const std::string& cookie) { field(url, "Set-Cookie", cookie); }

  // What goes to `url`: the value of the field, "" without one.
  std::string sent(const std::string& url) const {
    ClientOptions options;
    options.url = {url.data(), url.size()};
    const std::string fields = sent_fields([&](FieldWriter out) { this->put(options, out); });
    return fields.empty() || fields == "refused" ? fields : fields.substr(8, fields.size() - 10);
  }
};

TEST(CookieJar, BringsACookieBack) {
  Jar jar;
  EXPECT_EQ(jar.sent("ws://h/"), "");
  jar.set("ws://h/chat", "SRV=web1; path=/");
  EXPECT_EQ(jar.count(), 1u);
  EXPECT_EQ(jar.sent("ws://h/"), "SRV=web1");
  EXPECT_EQ(jar.sent("wss://H:444/other?x"), "SRV=web1") << "neither port nor scheme count";
  EXPECT_EQ(jar.sent("ws://other/"), "");
  EXPECT_EQ(jar.sent("ws://x.h/"), "") << "of its host alone";
  jar.clear();
  EXPECT_EQ(jar.sent("ws://h/"), "");
}

// RFC 6265, 5.2
TEST(CookieJar, ReadsWhatServersWrite) {
  const std::pair<const char*, const char*> cases[] = {
      {"a=b", "a=b"},
      {"a=b;", "a=b"},
      {" a = b ; Path = / ", "a=b"},
      {"a=", "a="},
      {"a=b=c==", "a=b=c=="},
      {"a=\"b c\"", "a=\"b c\""},
      {"AWSALB=x/y+z==; Expires=Wed, 28 Oct 2026 07:28:00 GMT; Path=/; HttpOnly; SameSite=None", "AWSALB=x/y+z=="},
      {"a=b; unknown; =; ;; x=y=z", "a=b"},
      {"a=b; max-age=x; max-age=; max-age=-", "a=b"},
      {"a=b; expires=soon", "a=b"},
      {"a=b; domain=", "a=b"},
      {"a", ""},
      {"=b", ""},
      {"", ""},
      {";", ""},
      {"; a=b", ""},
  };
  for (const auto& [cookie, sent] : cases) {
    Jar<1, 64> jar;
    jar.set("ws://h/", cookie);
    EXPECT_EQ(jar.sent("ws://h/"), sent) << cookie;
    EXPECT_EQ(jar.dropped(), 0u);
  }
  Jar jar;
  jar.field("ws://h/", "Set-Cookie2", "a=b");
  jar.field("ws://h/", "Cookie", "a=b");
  EXPECT_EQ(jar.count(), 0u);
  jar.field("ws://h/", "SET-COOKIE", "a=b");
  EXPECT_EQ(jar.count(), 1u);
}

// RFC 6265, 5.1.3 and 5.3
TEST(CookieJar, ADomainIsAboveItsHost) {
  const struct {
    const char* host;
    const char* domain;
    const char* to;
    bool sent;
  } cases[] = {
      {"a.b.example", "b.example", "a.b.example", true},
      {"a.b.example", ".B.Example", "x.b.example", true},
      {"a.b.example", "b.example", "b.example", true},
      {"a.b.example", "b.example", "xb.example", false},
      {"a.b.example", "b.example", "b.example.evil", false},
      {"a.b.example", "c.example", "c.example", false},
      {"b.example", "a.b.example", "a.b.example", false},
      {"a.b.example", "example", "a.b.example", false},
      {"a.b.example", "a.b.example", "c.a.b.example", true},
      {"a.b.example", "..example", "a.b.example", false},
      {"router", "router", "router", true},
      {"10.0.0.1", "0.0.1", "10.0.0.1", false},
      {"10.0.0.1", "10.0.0.1", "10.0.0.1", true},
      {"10.0.0.1", "10.0.0.1", "x.10.0.0.1", false},
      {"[::1]", "[::1]", "[::1]:81", true},
      {"h.v2.zone9", "v2.zone9", "i.v2.zone9", true},
  };
  for (const auto& each : cases) {
    Jar jar;
    jar.set(std::string("ws://") + each.host + "/", std::string("a=b; Domain=") + each.domain);
    EXPECT_EQ(jar.sent(std::string("ws://") + each.to + "/") != "", each.sent) << each.host << " " << each.domain;
  }
}

// RFC 6265, 5.1.4
TEST(CookieJar, APathIsAboveItsRequest) {
  const struct {
    const char* set_at;
    const char* path;  // of the cookie
    const char* to;
    bool sent;
  } cases[] = {
      {"/a/b", "", "/a/b", true},
      {"/a/b", "", "/a/", true},
      {"/a/b", "", "/a", true},
      {"/a/b", "", "/", false},
      {"/a/b", "", "/ab", false},
      {"/a/b?/c/d", "", "/a", true},
      {"/a", "", "/x", true},
      {"", "", "", true},
      {"", "", "?q", true},
      {"/", "; Path=/a", "/a", true},
      {"/", "; Path=/a", "/a/b", true},
      {"/", "; Path=/a", "/a?b", true},
      {"/", "; Path=/a", "/ab", false},
      {"/", "; Path=/a/", "/a/b", true},
      {"/", "; Path=/a/", "/a", false},
      {"/a/b", "; Path=c", "/a", true},
      {"/a/b", "; Path=/c; path=/d", "/d", true},
  };
  for (const auto& each : cases) {
    Jar jar;
    jar.set(std::string("ws://h") + each.set_at, std::string("a=b") + each.path);
    EXPECT_EQ(jar.sent(std::string("ws://h") + each.to) != "", each.sent) << each.set_at << each.path << " " << each.to;
  }
}

TEST(CookieJar, ASecureCookieStaysInTls) {
  Jar jar;
  jar.set("ws://h/", "a=b; Secure");
  EXPECT_EQ(jar.count(), 0u) << "set without TLS";
  jar.set("wss://h/", "a=b; secure");
  EXPECT_EQ(jar.sent("ws://h/"), "");
  EXPECT_EQ(jar.sent("wss://h/"), "a=b");
  jar.set("ws://h/", "a=evil");
  EXPECT_EQ(jar.sent("wss://h/"), "a=b") << "not replaced without TLS either";
  jar.set("ws://h/", "a=; Max-Age=0");
  EXPECT_EQ(jar.sent("wss://h/"), "a=b");
  jar.set("wss://h/", "a=c");
  EXPECT_EQ(jar.sent("ws://h/"), "a=c");
}

TEST(CookieJar, MaxAge) {
  Jar jar;
  uint32_t now_ms = 0xFFFFFF00;  // the clock wraps
  jar.poll(now_ms);
  jar.set("ws://h/", "a=b; Max-Age=10; Expires=Thu, 01 Jan 1970 00:00:00 GMT");
  jar.set("ws://h/", "s=t");
  for (int i = 0; i < 9999; ++i) jar.poll(++now_ms);
  EXPECT_EQ(jar.sent("ws://h/"), "a=b; s=t");
  jar.poll(++now_ms);
  EXPECT_EQ(jar.sent("ws://h/"), "s=t");
  for (const char* age : {"0", "-1", "-99999999999999999999999"}) {
    jar.set("ws://h/", "a=b; Max-Age=999999999999999999999999999");
    EXPECT_EQ(jar.count(), 2u);
    jar.set("ws://h/", std::string("a=; Max-Age=") + age);
    EXPECT_EQ(jar.sent("ws://h/"), "s=t") << age;
  }
  for (int i = 0; i < 1000; ++i) jar.poll(now_ms += 4000000000u);
  EXPECT_EQ(jar.sent("ws://h/"), "s=t") << "of no age";
}

// Expires and Date of the same answer, in either order: no clock is asked.
TEST(CookieJar, ExpiresIsComparedWithDate) {
  const std::string in_a_minute = "a=b; Expires=Wed, 21 Oct 2026 07:29:00 GMT";
  for (const bool date_first : {true, false}) {
    Jar jar;
    jar.poll(0);
    if (date_first) jar.field("ws://h/", "Date", kDate);
    jar.set("ws://h/", in_a_minute);
    jar.set("ws://h/", "over=x; expires=Wed, 21-Oct-2026 07:28:00 GMT");
    if (!date_first) jar.field("ws://h/", "date", kDate);
    jar.poll(59999);
    EXPECT_EQ(jar.sent("ws://h/"), "a=b");
    jar.poll(60000);
    EXPECT_EQ(jar.sent("ws://h/"), "");
  }
  Jar jar;
  jar.set("ws://h/", in_a_minute);
  jar.set("ws://h/", "c=d");
  jar.set("ws://h/", "c=; Expires=Thu, 01 Jan 1970 00:00:00 GMT");
  EXPECT_EQ(jar.sent("ws://h/"), "a=b") << "long ago needs no Date";
  jar.poll(0);
  jar.poll(1000000000);
  EXPECT_EQ(jar.sent("ws://h/"), "a=b") << "an answer without Date: until the jar is cleared";
}

TEST(CookieJar, DateOfAnotherAnswerDoesNotCount) {
  Bench<2, 2, 256> bench;
  const WebSocket first = bench.open(wire::Role::kClient).socket;
  Jar jar;
  jar.field("ws://h/", "Set-Cookie", "a=b; Expires=Wed, 21 Oct 2026 07:29:00 GMT", WebSocket());
  jar.field("ws://h/", "Date", "Wed, 21 Oct 2099 07:28:00 GMT", first);
  EXPECT_EQ(jar.sent("ws://h/"), "a=b");
  jar.field("ws://h/", "Set-Cookie", "c=d; Expires=Wed, 21 Oct 2026 07:29:00 GMT", WebSocket());
  EXPECT_EQ(jar.sent("ws://h/"), "a=b; c=d");
  jar.field("ws://h/", "Date", "Wed, 21 Oct 2026 07:28:00 GMT", WebSocket());
  uint32_t now_ms = 0;
  for (int i = 0; i < 1000; ++i) jar.poll(now_ms += 4000000000u);
  EXPECT_EQ(jar.sent("ws://h/"), "a=b") << "one without a Date stays until the jar is cleared";
}

TEST(CookieJar, ReplacesWhatHasTheSameNameDomainAndPath) {
  Jar jar;
  jar.set("ws://x.h.example/", "a=1");
  jar.set("ws://x.h.example/", "b=1");
  jar.set("ws://x.h.example/", "a=2; Path=/");
  EXPECT_EQ(jar.sent("ws://x.h.example/"), "a=2; b=1") << "and keeps its place";
  jar.set("ws://x.h.example/", "A=3");
  jar.set("ws://x.h.example/", "a=4; Domain=h.example");
  EXPECT_EQ(jar.sent("ws://x.h.example/"), "a=2; b=1; A=3; a=4");
  EXPECT_EQ(jar.dropped(), 0u);
}

TEST(CookieJar, LongerPathsComeFirst) {
  Jar jar;
  jar.set("ws://h/", "a=1");
  jar.set("ws://h/", "b=2; Path=/x/y");
  jar.set("ws://h/", "c=3; Path=/x");
  jar.set("ws://h/", "d=4; Path=/x");
  EXPECT_EQ(jar.sent("ws://h/x/y/z"), "b=2; c=3; d=4; a=1");
}

// ---- bounds ----

TEST(CookieJar, ACookieThatIsTooLongIsNotKeptAndCounted) {
  Jar<2, 32> jar;
  const std::string most(32 - 1 - 1 - 1, 'v');  // beside the name, the host and the path
  jar.set("ws://h/", "n=" + most);
  EXPECT_EQ(jar.sent("ws://h/"), "n=" + most);
  EXPECT_EQ(jar.dropped(), 0u);
  jar.set("ws://h/", "m=" + most + "v");
  jar.set("ws://h/", "m=" + std::string(100000, 'v'));
  jar.set("ws://h/", "m=v; Path=/" + most);
  EXPECT_EQ(jar.dropped(), 3u);
  EXPECT_EQ(jar.sent("ws://h/"), "n=" + most);
}

TEST(CookieJar, AFullJarDropsTheOldest) {
  Jar<2, 32> jar;
  for (const char* cookie : {"a=1", "b=2", "a=3", "c=4"}) jar.set("ws://h/", cookie);
  EXPECT_EQ(jar.sent("ws://h/"), "b=2; c=4");
  EXPECT_EQ(jar.dropped(), 1u);
  EXPECT_EQ(jar.count(), 2u);
}

TEST(CookieJar, OwnCookiesStandInTheSameField) {
  Jar jar;
  ClientOptions options;
  options.url = "ws://h/";
  const Cookie own[] = {{"me", "1"}, {"you", "2"}};
  const auto both = [&](size_t count) {
    return sent_fields([&](FieldWriter out) { jar.put(options, out, own, count); });
  };
  EXPECT_EQ(both(2), "Cookie: me=1; you=2\r\n");
  jar.set("ws://h/", "a=b");
  EXPECT_EQ(both(2), "Cookie: me=1; you=2; a=b\r\n");
  EXPECT_EQ(both(0), "Cookie: a=b\r\n");
}

// Fields of any content, as far as a head can have them: the jar stays within its bounds, and its request is valid.
TEST(CookieJar, AnyFieldIsTaken) {
  const char* const pieces[] = {"a",      "=",        ";",        ".",      "/", " ",           "\t",
                                "\"",     ",",        "\xFF",     "-",      "0", "99999999999", "Path",
                                "domain", "Max-Age=", "Expires=", "Secure", "h", ".h.example",  "1 Jan 2030 0:0:0"};
  std::mt19937 random(1);
  Jar<3, 24> jar;
  for (uint32_t i = 0; i < 20000; ++i) {
    std::string value;
    for (uint32_t left = random() % 20; left != 0; --left) value += pieces[random() % std::size(pieces)];
    const std::string url = random() % 2 == 0 ? "wss://x.h.example/a/b" : "ws://h";
    jar.field(url, random() % 8 == 0 ? "Date" : "Set-Cookie", value);
    if (random() % 4 == 0) jar.poll(random());
    ASSERT_LE(jar.count(), 3u);
    if (i % 50 != 0) continue;
    ASSERT_NE(jar.sent(url), "refused") << value;
  }
  EXPECT_GT(jar.dropped(), 0u);
}

// ---- with a client ----

CookieJar* jar_of_client = nullptr;
ClientOptions* options_of_client = nullptr;
Redirect* redirect_of_client = nullptr;
void put_jar(const ClientOptions& options, FieldWriter out) { jar_of_client->put(options, out); }

// A cookie that comes with a refusal or a redirection goes back too, and to its own host alone.
TEST(CookieJar, OfAClientThatIsRedirected) {
  Bench<1, 2, 512, 3> bench;
  CookieMemory<4, 64> memory;
  CookieJar jar{memory};
  uint8_t urls[128];
  Redirect redirect{bench.client, bench.client_options, {urls, sizeof urls}};
  redirect.limit = 3;
  redirect.foreign_fields = put_jar;
  jar_of_client = &jar;
  options_of_client = &bench.client_options;
  redirect_of_client = &redirect;
  bench.client_options.url = "ws://a.example/";
  bench.client_options.request_fields = put_jar;
  bench.client_options.on_response_field = [](WebSocket socket, Text name, Text value) {
    redirect_of_client->on_response_field(socket, name, value);
    jar_of_client->on_response_field(*options_of_client, socket, name, value);
  };
  bench.app = [&](const Event& event) { redirect.on_event(event); };
  const auto last = [&]() -> TestPeer& { return bench.pipe.answered(bench.pipe.answered_count() - 1); };
  const auto lead = [&](const std::string& fields) {
    last().send("HTTP/1.1 302 X\r\n" + fields + "\r\n");
    last().close();
    bench.settle();
  };
  ASSERT_EQ(bench.client.connect(bench.client_options), Status::kOk);
  bench.settle();
  lead("Location: /b\r\nSet-Cookie: home=1\r\n");
  EXPECT_NE(last().received().find("\r\nCookie: home=1\r\n"), std::string::npos);
  lead("Set-Cookie: home=2\r\nLocation: http://b.example/\r\n");
  EXPECT_EQ(last().received().find("Cookie"), std::string::npos);
  lead("Set-Cookie: foreign=1\r\nLocation: http://a.example/\r\n");
  EXPECT_NE(last().received().find("\r\nCookie: home=2\r\n"), std::string::npos);
  bench.client.socket().abort();
  bench.settle();
  EXPECT_EQ(jar.count(), 2u);
}

}  // namespace
}  // namespace whit
