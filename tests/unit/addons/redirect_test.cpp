// SPDX-License-Identifier: MIT
// R-RED-1: which redirections are followed, where they lead, and what the next server is told.
#include "whit/redirect.h"

#include <gtest/gtest.h>

#include <functional>
#include <iterator>
#include <random>
#include <set>
#include <string>

#include "unit/core/bench.h"
#include "whit/field_writer.h"
#include "whit/reconnect.h"

namespace whit {
namespace {

using Result = Redirect::Result;

Redirect* with_fields = nullptr;
void on_field(WebSocket socket, Text name, Text value) { with_fields->on_response_field(socket, name, value); }
void put_secret(const ClientOptions&, FieldWriter out) { out.put("Authorization", "secret"); }
void put_foreign(const ClientOptions&, FieldWriter out) { out.put("X-Foreign", "1"); }

struct RedirectBench : Bench<1, 2, 512, 3> {
  RedirectBench() {
    with_fields = &redirect;
    redirect.limit = 3;
    client_options.on_response_field = on_field;
    app = [this](const Event& event) { redirect.on_event(event); };
    pipe.offer_secure(true);
  }

  TestPeer& last_peer() { return pipe.answered(pipe.answered_count() - 1); }
  void dial(const std::string& url) {
    url_ = url;
    client_options.url = {url_.data(), url_.size()};
    EXPECT_EQ(client.connect(client_options), Status::kOk) << url;
    settle();
  }
  void answer(const std::string& status, const std::string& fields) {
    TestPeer& peer = last_peer();
    peer.send("HTTP/1.1 " + status + " X\r\n" + fields + "\r\n");
    peer.close();
    settle();
  }
  void redirect_to(const std::string& location, const std::string& status = "302") {
    answer(status, "Location: " + location + "\r\n");
  }
  std::string url() const { return {client_options.url.data, client_options.url.size}; }
  // Where a client at `base` is led.
  std::string leads(const std::string& base, const std::string& location) {
    dial(base);
    redirect_to(location);
    const std::string result = redirect.result() == Result::kFollowed ? url() : "";
    client.socket().abort();
    settle();
    EXPECT_EQ(url(), base) << "it is put back";
    return result;
  }

  std::string url_;
  uint8_t memory_[2 * 64];
  Redirect redirect{client, client_options, {memory_, sizeof memory_}};
};

TEST(Redirect, FollowsTheFiveStatuses) {
  for (const int status : {300, 301, 302, 303, 304, 305, 306, 307, 308, 309, 200, 401, 503, 101}) {
    RedirectBench bench;
    bench.dial("ws://server.example/old");
    bench.redirect_to("/new", std::to_string(status));
    const bool follows = (status >= 301 && status <= 303) || status == 307 || status == 308;
    EXPECT_EQ(bench.redirect.result(), follows ? Result::kFollowed : Result::kNone) << status;
    ASSERT_EQ(bench.pipe.answered_count(), follows ? 2u : 1u) << status;
    EXPECT_EQ(bench.count(Event::kClose), 1u);
    EXPECT_EQ(bench.last(Event::kClose)->close.cause.code, status);
    if (!follows) continue;
    EXPECT_EQ(bench.last_peer().received().substr(0, 14), "GET /new HTTP/");
    bench.last_peer().send(response_to(bench.last_peer().received()));
    bench.settle();
    EXPECT_EQ(bench.client.socket().ready_state(), ReadyState::kOpen);
  }
}

TEST(Redirect, IsOffByDefault) {
  RedirectBench bench;
  EXPECT_EQ((Redirect{bench.client, bench.client_options, {}}.limit), 0);
  bench.redirect.limit = 0;
  bench.dial("ws://server.example/old");
  bench.redirect_to("/new");
  EXPECT_EQ(bench.pipe.answered_count(), 1u);
  EXPECT_EQ(bench.redirect.result(), Result::kNone);
  bench.redirect.limit = 1;
  bench.app = [&](const Event& event) { bench.redirect.on_event(event, false); };
  bench.dial("ws://server.example/old");
  bench.redirect_to("/new");
  EXPECT_EQ(bench.pipe.answered_count(), 2u) << "the application does not want it";
}

// RFC 3986, 5.4.1 and 5.4.2, with a base of ws and without fragments, which a ws URL cannot have.
TEST(Redirect, ResolvesReferences) {
  const std::pair<const char*, const char*> cases[] = {
      {"g", "/b/c/g"},
      {"./g", "/b/c/g"},
      {"g/", "/b/c/g/"},
      {"/g", "/g"},
      {"?y", "/b/c/d;p?y"},
      {"g?y", "/b/c/g?y"},
      {"#s", "/b/c/d;p?q"},
      {"g#s", "/b/c/g"},
      {"g?y#s", "/b/c/g?y"},
      {";x", "/b/c/;x"},
      {"g;x", "/b/c/g;x"},
      {"g;x?y#s", "/b/c/g;x?y"},
      {"", "/b/c/d;p?q"},
      {".", "/b/c/"},
      {"./", "/b/c/"},
      {"..", "/b/"},
      {"../", "/b/"},
      {"../g", "/b/g"},
      {"../..", "/"},
      {"../../", "/"},
      {"../../g", "/g"},
      {"../../../g", "/g"},
      {"../../../../g", "/g"},
      {"/./g", "/g"},
      {"/../g", "/g"},
      {"g.", "/b/c/g."},
      {".g", "/b/c/.g"},
      {"g..", "/b/c/g.."},
      {"..g", "/b/c/..g"},
      {"./../g", "/b/g"},
      {"./g/.", "/b/c/g/"},
      {"g/./h", "/b/c/g/h"},
      {"g/../h", "/b/c/h"},
      {"g;x=1/./y", "/b/c/g;x=1/y"},
      {"g;x=1/../y", "/b/c/y"},
      {"g?y/./x", "/b/c/g?y/./x"},
      {"g?y/../x", "/b/c/g?y/../x"},
      {"g#s/../x", "/b/c/g"},
      {"g?http://x/", "/b/c/g?http://x/"},
  };
  RedirectBench bench;
  for (const auto& [location, path] : cases) {
    EXPECT_EQ(bench.leads("ws://a/b/c/d;p?q", location), std::string("ws://a") + path) << location;
  }
  EXPECT_EQ(bench.leads("ws://a", "g"), "ws://a/g");
  EXPECT_EQ(bench.leads("ws://a?x", "../g"), "ws://a/g");
  EXPECT_EQ(bench.leads("ws://a/", ".."), "ws://a/");
  EXPECT_EQ(bench.leads("ws://a/x/../b/c", "g"), "ws://a/b/g") << "dots of the base";
}

TEST(Redirect, TakesEachFormOfAnAbsoluteUrl) {
  RedirectBench bench;
  EXPECT_EQ(bench.leads("ws://a/b", "http://c/d?e"), "ws://c/d?e");
  EXPECT_EQ(bench.leads("ws://a/b", "HTTPS://c:444/d"), "wss://c:444/d");
  EXPECT_EQ(bench.leads("ws://a/b", "ws://c"), "ws://c");
  EXPECT_EQ(bench.leads("ws://a/b", "wss://[::1]:9?x"), "wss://[::1]:9?x");
  EXPECT_EQ(bench.leads("ws://a:81/b", "//c/d"), "ws://c/d");
  EXPECT_EQ(bench.leads("wss://a/b", "//c"), "wss://c");
  EXPECT_EQ(bench.leads("wss://a/b", "https://a/c"), "wss://a/c");
  EXPECT_EQ(bench.leads("ws://a:81/b", "/c"), "ws://a:81/c");
  EXPECT_EQ(bench.leads("ws://a/b", "http://c/../d/./e"), "ws://c/d/e");
}

TEST(Redirect, NeverLeavesTls) {
  for (const char* location : {"http://a/", "ws://a/", "HTTP://a:443/", "Ws://other/"}) {
    RedirectBench bench;
    bench.dial("wss://a/");
    bench.redirect_to(location);
    EXPECT_EQ(bench.redirect.result(), Result::kInsecure) << location;
    EXPECT_EQ(bench.pipe.answered_count(), 1u);
  }
}

TEST(Redirect, EachBadLocationHasAnAnswer) {
  const std::string most = std::string(64 - 6, 'x');
  const std::pair<std::string, Result> cases[] = {
      {"X: y\r\n", Result::kNoLocation},
      {"Location: ftp://a/\r\n", Result::kBadLocation},
      {"Location: mailto:a\r\n", Result::kBadLocation},
      {"Location: http:/b\r\n", Result::kBadLocation},
      {"Location: http:\r\n", Result::kBadLocation},
      {"Location: http://\r\n", Result::kBadLocation},
      {"Location: //\r\n", Result::kBadLocation},
      {"Location: http://u:p@a/\r\n", Result::kBadLocation},
      {"Location: http://a:0/\r\n", Result::kBadLocation},
      {"Location: http://a:65536/\r\n", Result::kBadLocation},
      {"Location: http://a:4294967376/\r\n", Result::kBadLocation},
      {"Location: http://[::1/\r\n", Result::kBadLocation},
      {"Location: http://a\\@b/\r\n", Result::kBadLocation},
      {"Location: /a b\r\n", Result::kBadLocation},
      {"Location: /%\r\n", Result::kBadLocation},
      {"Location: /\xC3\xA4\r\n", Result::kBadLocation},
      {"Location: /a\r\nLocation: /a\r\n", Result::kBadLocation},
      {"Location: /a\r\nLOCATION: /b\r\nlocation: /c\r\n", Result::kBadLocation},
      {"Location: /" + most + "\r\n", Result::kTooLong},
      {"Location: /" + std::string(400, '/') + "\r\n", Result::kTooLong},
      {"Location: /" + most + "/..\r\n", Result::kTooLong},
      {"Location: /" + std::string(600, 'x') + "\r\n", Result::kNoLocation},
      {"Location: /" + most.substr(1) + "\r\n", Result::kFollowed},
  };
  for (const auto& [fields, result] : cases) {
    RedirectBench bench;
    bench.dial("ws://a/");
    bench.answer("301", fields);
    EXPECT_EQ(bench.redirect.result(), result) << fields;
    EXPECT_EQ(bench.pipe.answered_count(), result == Result::kFollowed ? 2u : 1u) << fields;
    EXPECT_EQ(bench.url() == "ws://a/", result != Result::kFollowed) << fields;
  }
}

// Garbage of the characters that matter: it is followed to a URL that connect() takes, or has a result.
TEST(Redirect, AnyLocationIsTaken) {
  const char* const pieces[] = {"a",   "b", ".",   "..",   "/",     "//", "?",    "#",  ":", "@",    "[",  "]",
                                "::1", "%", "%41", "http", "https", "ws", "wss:", "\\", " ", "\xFF", "80", "99999"};
  std::mt19937 random(1);
  RedirectBench bench;
  size_t followed = 0;
  for (int i = 0; i < 600; ++i) {
    std::string location;
    for (uint32_t left = random() % 16; left != 0; --left) location += pieces[random() % std::size(pieces)];
    bench.dial(random() % 2 == 0 ? "ws://a.example/x/y?z" : "wss://a.example");
    const bool secure = bench.client_options.url[2] == 's';
    bench.redirect_to(location);
    ASSERT_NE(bench.redirect.result(), Result::kNone) << location;
    if (bench.redirect.result() == Result::kFollowed) {
      ++followed;
      ASSERT_TRUE(!secure || bench.url().substr(0, 6) == "wss://") << location;
      ASSERT_LE(bench.url().size(), 64u);
    }
    bench.client.socket().abort();
    bench.settle();
    bench.take_seen();
  }
  EXPECT_GT(followed, 20u);
}

TEST(Redirect, ALoopEndsAtTheLimit) {
  RedirectBench bench;
  bench.dial("ws://a/0");
  for (int i = 1; i <= 3; ++i) {
    bench.redirect_to("/" + std::to_string(i % 2));
    EXPECT_EQ(bench.redirect.result(), Result::kFollowed);
    EXPECT_EQ(bench.url(), "ws://a/" + std::to_string(i % 2));
  }
  bench.redirect_to("/0");
  EXPECT_EQ(bench.redirect.result(), Result::kTooMany);
  EXPECT_EQ(bench.pipe.answered_count(), 4u);
  EXPECT_EQ(bench.count(Event::kClose), 4u);
  EXPECT_EQ(bench.url(), "ws://a/0");
  bench.dial("ws://a/0");
  bench.redirect_to("/1");
  EXPECT_EQ(bench.redirect.result(), Result::kFollowed) << "a new attempt, and a new count";
  bench.client.socket().abort();
  bench.advance(60000);
  bench.expect_baseline();
}

// A server that does not end its connection keeps its slot until Deadline::kLinger.
TEST(Redirect, SaysWhenNoSlotIsFree) {
  RedirectBench bench;
  bench.redirect.limit = 10;
  bench.dial("ws://a/");
  for (int i = 0; i < 3; ++i) {
    EXPECT_EQ(bench.redirect.result(), i == 0 ? Result::kNone : Result::kFollowed);
    bench.last_peer().send("HTTP/1.1 302 X\r\nLocation: /\r\n\r\n");
    bench.settle();
  }
  bench.last_peer().send("HTTP/1.1 302 X\r\nLocation: /\r\n\r\n");
  bench.settle();
  EXPECT_EQ(bench.redirect.result(), Result::kNoSlot);
  EXPECT_EQ(bench.url(), "ws://a/");
}

TEST(Redirect, NoCredentialsGoToAnotherHost) {
  const struct {
    const char* from;
    const char* location;
    bool same;
  } cases[] = {
      {"ws://a.example/", "/b", true},
      {"ws://a.example/", "http://A.EXAMPLE/b", true},
      {"ws://a.example/", "http://a.example:80/b", true},
      {"ws://a.example/", "https://a.example/b", true},
      {"ws://a.example:81/", "wss://a.example:81/b", true},
      {"ws://[::1]/", "http://[::1]:80/", true},
      {"ws://a.example/", "http://b.example/", false},
      {"ws://a.example/", "http://a.example.evil/", false},
      {"ws://a.example/", "http://xa.example/", false},
      {"ws://a.example/", "//a.exampl/", false},
      {"ws://a.example/", "http://a.example:81/", false},
      {"ws://a.example:81/", "https://a.example/", false},
      {"ws://a.example/", "https://a.example:444/", false},
      {"wss://a.example:80/", "https://a.example/", false},
      {"ws://[::1]/", "http://[::2]/", false},
  };
  for (const auto& each : cases) {
    for (const RequestFields foreign : {RequestFields{nullptr}, RequestFields{put_foreign}}) {
      RedirectBench bench;
      bench.client_options.headers = "Cookie: secret\r\n";
      bench.client_options.request_fields = put_secret;
      bench.redirect.foreign_fields = foreign;
      bench.dial(each.from);
      bench.redirect_to(each.location);
      ASSERT_EQ(bench.pipe.answered_count(), 2u) << each.location;
      const std::string received = bench.last_peer().received();
      EXPECT_EQ(received.find("Cookie: secret") != std::string::npos, each.same) << each.location;
      EXPECT_EQ(received.find("Authorization: secret") != std::string::npos, each.same) << each.location;
      EXPECT_EQ(received.find("X-Foreign") != std::string::npos, !each.same && foreign != nullptr) << each.location;
      bench.redirect_to(std::string("http") + (each.from + 2));
      if (bench.redirect.result() == Result::kFollowed) {
        EXPECT_NE(bench.last_peer().received().find("Authorization: secret"), std::string::npos) << "back at home";
      }
      bench.client.socket().abort();
      bench.settle();
      EXPECT_EQ(bench.client_options.headers, "Cookie: secret\r\n");
      EXPECT_EQ(bench.client_options.request_fields, put_secret);
      EXPECT_EQ(bench.url(), each.from);
    }
  }
}

TEST(Redirect, OtherConnectionsAreNotItsOwn) {
  RedirectBench bench;
  bench.dial("ws://a/");
  bench.redirect.on_response_field(WebSocket(), "Location", "http://evil/");
  bench.answer("302", "");
  EXPECT_EQ(bench.redirect.result(), Result::kNoLocation);
}

TEST(Redirect, EachResultHasWordsOfItsOwn) {
  std::set<std::string> all;
  for (uint8_t i = 0; i <= static_cast<uint8_t>(Result::kNoSlot); ++i) {
    const Text text = to_text(static_cast<Result>(i));
    EXPECT_NE(text, "unknown");
    all.insert(std::string(text.data, text.size));
  }
  EXPECT_EQ(all.size(), 8u);
}

// ---- beside Reconnect ----

struct BothBench : RedirectBench {
  BothBench() {
    reconnect.times = {1000, 0, 4, 30000};
    client_options.url = "ws://home.example/start";
    app = [this](const Event& event) {
      if (inside) inside(event);
      redirect.on_event(event, reconnect.state() == Reconnect::State::kConnecting);
      reconnect.on_event(event);
    };
  }
  void run(uint32_t ms) {
    for (uint32_t i = 0; i <= ms; i += 100) {
      reconnect.poll(now_ms);
      settle();
      now_ms += 100;
    }
  }

  Reconnect reconnect{client, pipe, client_options};
  std::function<void(const Event&)> inside;
};

TEST(RedirectBesideReconnect, IsTheSameAttempt) {
  BothBench bench;
  ASSERT_EQ(bench.reconnect.start(bench.now_ms), Status::kOk);
  bench.run(0);
  for (int life = 0; life < 3; ++life) {
    EXPECT_EQ(bench.last_peer().received().substr(0, 11), "GET /start ") << "each attempt begins at home";
    bench.redirect_to("http://other.example/moved");
    EXPECT_EQ(bench.reconnect.state(), Reconnect::State::kConnecting);
    EXPECT_EQ(bench.reconnect.last_wait_ms(), 0u) << "no wait for a redirection";
    EXPECT_EQ(bench.last_peer().host, "other.example");
    bench.last_peer().send(response_to(bench.last_peer().received()));
    bench.settle();
    ASSERT_EQ(bench.reconnect.state(), Reconnect::State::kOpen);
    bench.now_ms += 30000;
    bench.reconnect.times = {0, 0, 0, 30000};
    bench.last_peer().reset();
    bench.run(100);
  }
}

TEST(RedirectBesideReconnect, ARedirectionThatFailsIsAFailedAttempt) {
  BothBench bench;
  ASSERT_EQ(bench.reconnect.start(bench.now_ms), Status::kOk);
  bench.run(0);
  bench.redirect_to("ftp://a/");
  EXPECT_EQ(bench.reconnect.state(), Reconnect::State::kWaiting);
  EXPECT_EQ(bench.reconnect.last_wait_ms(), 1000u);
  bench.run(1000);
  ASSERT_EQ(bench.pipe.answered_count(), 2u);
  bench.redirect_to("/new");
  bench.answer("404", "");
  EXPECT_EQ(bench.reconnect.state(), Reconnect::State::kStopped) << "the status of the last server counts";
  EXPECT_EQ(bench.url(), "ws://home.example/start");
}

// R-REC-5: what the application has called last holds, also inside the events of a redirection.
TEST(RedirectBesideReconnect, CallsInsideItsEvents) {
  for (const Event::Type type : {Event::kError, Event::kClose}) {
    for (const bool stops : {true, false}) {
      BothBench bench;
      bool called = false;
      bench.inside = [&](const Event& event) {
        if (event.type != type || called) return;
        called = true;
        if (stops) bench.reconnect.stop();
        if (!stops) bench.reconnect.reconnect();
      };
      ASSERT_EQ(bench.reconnect.start(bench.now_ms), Status::kOk);
      bench.run(0);
      bench.redirect_to("/new");
      bench.run(300);
      ASSERT_TRUE(called);
      EXPECT_EQ(bench.reconnect.state(), stops ? Reconnect::State::kStopped : Reconnect::State::kConnecting);
      EXPECT_EQ(bench.pipe.answered_count(), stops ? 1u : 2u);
      bench.reconnect.stop();
      bench.advance(60000);
      bench.expect_baseline();
    }
  }
}

}  // namespace
}  // namespace whit
