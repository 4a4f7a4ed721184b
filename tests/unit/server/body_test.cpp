// SPDX-License-Identifier: MIT
// The body of a POST: which ones are taken, how they come, what a slow peer may do, and answers early and late.
#include <gtest/gtest.h>

#include <memory>
#include <string>
#include <vector>

#include "unit/core/bench.h"
#include "unit/server/http_answer.h"
#include "whit/http_service.h"

namespace whit {
namespace {

const std::string kHtml = "<!doctype html>";
const Page kPages[] = {{"/", "text/html", bytes_of(kHtml), {}, "t", "no-cache"}};
const std::string kGet = "GET / HTTP/1.1\r\nHost: x\r\n\r\n";

std::string post(const std::string& fields, const std::string& body) {
  return "POST /form HTTP/1.1\r\nHost: device.example\r\n" + fields + "\r\n" + body;
}
std::string post(const std::string& body) {
  return post("Content-Length: " + std::to_string(body.size()) + "\r\n", body);
}

std::string long_body(size_t size) {
  std::string body;
  while (body.size() < size) body += std::to_string(body.size()) + ',';
  body.resize(size);
  return body;
}

Response ok() {
  Response response;
  response.body = "thanks\n";
  return response;
}

template <uint16_t kBuffers, uint32_t kBytes>
struct PostBench : Bench<2, kBuffers, kBytes> {
  PostBench() {
    this->server_options.on_request = &keep_request_fields;
    this->server_options.http = &this->http_options;
    this->http_options.post = &receive_bodies;
    this->http_options.pages = kPages;
    this->http_options.page_count = 1;
    this->app = [this](const Event& event) { on_event(event); };
  }

  // Accepts all, keeps what comes, and answers at the end of a body.
  void on_event(const Event& event) {
    Request request;
    if (event.type == Event::kRequest) {
      ASSERT_TRUE(event.socket.request(&request));
      length = request.content_length;
      type.assign(request.content_type.data, request.content_type.size);
      is_post = request.method == Method::kPost;
      body.clear();
      socket = event.socket;
      EXPECT_TRUE(!accepts || event.socket.accept() == Status::kOk);
    }
    if (event.type != Event::kBody) return;
    EXPECT_EQ(event.message.offset, body.size());
    EXPECT_EQ(event.message.first, body.empty());
    EXPECT_EQ(event.message.last, body.size() + event.message.data.size == length);
    EXPECT_FALSE(event.socket.request(&request)) << "it was accepted";
    if (on_part && !on_part(event)) return;
    body += copy_of(event.message.data);
    EXPECT_TRUE(!event.message.last || !answers || event.socket.respond(ok()) == Status::kOk);
  }

  TestPeer& dial() {
    if (this->server.port() == 0) this->listen();
    return this->pipe.dial(80);
  }
  std::vector<Answer> answers_to(const std::string& requests, size_t chunk = SIZE_MAX) {
    TestPeer& peer = dial();
    for (size_t at = 0; at < requests.size(); at += std::min(chunk, requests.size() - at)) {
      peer.send(requests.substr(at, chunk));
      this->settle();
    }
    std::string stream = peer.received();
    std::vector<Answer> all;
    Answer answer;
    while (take_answer(&stream, &answer)) all.push_back(answer);
    EXPECT_EQ(stream, "") << requests.substr(0, 100);
    closed = peer.closed();
    peer.close();
    this->settle();
    this->expect_baseline(requests.substr(0, 100));
    return all;
  }

  std::function<bool(const Event&)> on_part;  // false: the part is not to be kept
  bool accepts = true;
  bool answers = true;
  WebSocket socket;
  uint64_t length = 0;
  std::string type;
  bool is_post = false;
  std::string body;
  bool closed = false;
};

using SmallBench = PostBench<2, 256>;

TEST(Body, IsReceivedAndAnswered) {
  SmallBench bench;
  const std::vector<Answer> all =
      bench.answers_to(post("Content-Type: application/x-www-form-urlencoded\r\nContent-Length: 9\r\n", "ssid=home"));
  ASSERT_EQ(all.size(), 1u);
  EXPECT_EQ(all[0].status, 200);
  EXPECT_EQ(all[0].body, "thanks\n");
  EXPECT_TRUE(bench.is_post);
  EXPECT_EQ(bench.length, 9u);
  EXPECT_EQ(bench.type, "application/x-www-form-urlencoded");
  EXPECT_EQ(bench.body, "ssid=home");
  EXPECT_EQ(bench.count(Event::kBody), 1u);
  EXPECT_FALSE(bench.closed);
  EXPECT_EQ(bench.loop.buffers().high_water, 1);
}

TEST(Body, OfAnySizeIsStreamedThroughOneBuffer) {
  for (const size_t size : {size_t{0}, size_t{1}, size_t{180}, size_t{256}, size_t{5000}, size_t{65536}}) {
    for (const size_t chunk : {SIZE_MAX, size_t{1000}, size_t{7}}) {
      if (size > 6000 && chunk < 1000) continue;
      SmallBench bench;
      const std::string body = long_body(size);
      const std::vector<Answer> all = bench.answers_to(post(body) + kGet, chunk);
      ASSERT_EQ(all.size(), 2u) << size << ' ' << chunk;
      EXPECT_EQ(all[0].body, "thanks\n");
      EXPECT_EQ(all[1].body, kHtml) << "the next request on the same connection";
      EXPECT_EQ(bench.loop.buffers().high_water, 1) << size << ' ' << chunk;
    }
  }
}

TEST(Body, EverySplit) {
  const std::string body = long_body(300);
  const std::string requests = post("Content-Type: text/plain\r\nContent-Length: 300\r\n", body) + kGet;
  for (size_t cut = 1; cut < requests.size(); ++cut) {
    SmallBench bench;
    std::string seen;
    bench.on_part = [&](const Event& event) {
      seen += copy_of(event.message.data);
      return true;
    };
    const std::vector<Answer> all = bench.answers_to(requests, cut);
    ASSERT_EQ(all.size(), 2u) << cut;
    EXPECT_EQ(seen, body) << cut;
  }
}

// ---- what is refused: RFC 9112, 6.1, 6.3, 11.2 ----

TEST(Body, IsOfOneKnownLength) {
  const struct {
    const char* fields;
    int status;
  } cases[] = {{"", 411},
               {"Content-Length: 65537\r\n", 413},
               {"Content-Length: 4294967295\r\n", 413},
               {"Content-Length: 4294967296\r\n", 413},
               {"Content-Length: 18446744073709551615\r\n", 413},
               {"Content-Length: 18446744073709551616\r\n", 400},
               {"Content-Length: 99999999999999999999999\r\n", 400},
               {"Content-Length: 5\r\nContent-Length: 5\r\n", 400},
               {"Content-Length: 5\r\nContent-Length: 6\r\n", 400},
               {"Content-Length: 5, 5\r\n", 400},
               {"Content-Length: +5\r\n", 400},
               {"Content-Length: -5\r\n", 400},
               {"Content-Length: 0x5\r\n", 400},
               {"Content-Length: 5 5\r\n", 400},
               {"Content-Length: 5.0\r\n", 400},
               {"Content-Length: \r\n", 400},
               {"Transfer-Encoding: chunked\r\n", 501},
               {"Transfer-Encoding: identity\r\n", 501},
               {"Transfer-Encoding: \r\n", 501},
               {"Transfer-Encoding: chunked\r\nContent-Length: 5\r\n", 400},
               {"Content-Length: 5\r\nTransfer-Encoding: chunked\r\n", 400},
               {"Content-Length: 5\r\n folded: 6\r\n", 400},
               {"Content-Length : 5\r\n", 400},
               {"Content-Length: 5\r\nExpect: 200-ok\r\n", 417},
               {"Content-Length: 5\r\nExpect: 100-continue, x\r\n", 417}};
  for (const auto& each : cases) {
    SmallBench bench;
    const std::vector<Answer> all = bench.answers_to(post(each.fields, "5\r\n\r\n" + kGet));
    ASSERT_EQ(all.size(), 1u) << each.fields;
    EXPECT_EQ(all[0].status, each.status) << each.fields;
    EXPECT_TRUE(bench.closed) << each.fields;
    EXPECT_TRUE(bench.seen.empty()) << each.fields;
  }
}

TEST(Body, LimitsOfTheApplication) {
  SmallBench bench;
  bench.http_options.max_body_bytes = 10;
  EXPECT_EQ(bench.answers_to(post("0123456789"))[0].status, 200);
  EXPECT_EQ(bench.answers_to(post("0123456789a"))[0].status, 413);
  bench.http_options.max_body_bytes = 0;
  EXPECT_EQ(bench.answers_to(post(long_body(70000)))[0].status, 200);
}

// A foreign page may post a form as it may open a WebSocket.
TEST(Body, ComesFromTheOriginsOfTheServerAlone) {
  SmallBench bench;
  constexpr Text kOurs[] = {"https://ours.example"};
  bench.server_options.origins = kOurs;
  bench.server_options.origin_count = 1;
  EXPECT_EQ(bench.answers_to(post("Origin: https://ours.example\r\nContent-Length: 2\r\n", "ab"))[0].status, 200);
  EXPECT_EQ(bench.answers_to(post("Origin: https://theirs.example\r\nContent-Length: 2\r\n", "ab"))[0].status, 403);
  EXPECT_EQ(bench.answers_to(post("ab"))[0].status, 403);
}

TEST(Body, IsNotTakenUnlessNamed) {
  for (const bool reviews : {true, false}) {
    SmallBench bench;
    if (reviews) {
      bench.http_options.post = nullptr;
    } else {
      bench.server_options.on_request = nullptr;
    }
    const std::vector<Answer> all = bench.answers_to(post("x") + kGet);
    ASSERT_EQ(all.size(), 1u);
    EXPECT_EQ(all[0].status, 405);
    EXPECT_TRUE(bench.closed);
  }
  SmallBench bench;
  EXPECT_EQ(bench.answers_to("PUT / HTTP/1.1\r\nHost: x\r\n\r\n")[0].fields.at("Allow"), "GET, HEAD, POST");
}

// An upgrade is a GET: RFC 6455, 4.1.
TEST(Body, APostIsNoHandshake) {
  SmallBench bench;
  std::string request = whit::request("Content-Length: 1\r\n") + "x";
  request.replace(0, 3, "POST");
  const std::vector<Answer> all = bench.answers_to(request);
  ASSERT_EQ(all.size(), 1u);
  EXPECT_EQ(all[0].body, "thanks\n");
}

// ---- Expect: RFC 9110, 10.1.1 ----

TEST(Body, ThePeerIsToldToGoOn) {
  SmallBench bench;
  TestPeer& peer = bench.dial();
  peer.send(post("Expect: 100-continue\r\nContent-Length: 300\r\n", ""));
  bench.settle();
  EXPECT_EQ(peer.take(), "HTTP/1.1 100 Continue\r\n\r\n");
  peer.send(long_body(300) + kGet);
  bench.settle();
  std::string stream = peer.received();
  Answer answer;
  ASSERT_TRUE(take_answer(&stream, &answer));
  EXPECT_EQ(answer.body, "thanks\n");
  ASSERT_TRUE(take_answer(&stream, &answer));
  EXPECT_EQ(answer.body, kHtml);
  EXPECT_EQ(bench.body.size(), 0u) << "of the second request";
}

TEST(Body, ThePeerIsNotToldWhatItDidNotWaitFor) {
  SmallBench bench;
  const std::vector<Answer> all = bench.answers_to(post("Expect: 100-continue\r\nContent-Length: 3\r\n", "abc"));
  ASSERT_EQ(all.size(), 1u);
  EXPECT_EQ(all[0].status, 200);
}

TEST(Body, ThePeerIsToldNoBeforeItSends) {
  SmallBench bench;
  bench.accepts = false;
  TestPeer& peer = bench.dial();
  peer.send(post("Expect: 100-continue\r\nContent-Length: 300\r\n", ""));
  bench.settle();
  EXPECT_EQ(bench.socket.reject(403), Status::kOk);
  bench.settle();
  EXPECT_EQ(peer.received().substr(0, 12), "HTTP/1.1 403");
  EXPECT_TRUE(peer.closed());
}

// ---- the application's pace ----

TEST(Body, WaitsForTheApplication) {
  SmallBench bench;
  int refusals = 3;
  bench.on_part = [&](const Event& event) {
    if (refusals-- <= 0) return true;
    event.socket.hold();
    return false;
  };
  TestPeer& peer = bench.dial();
  peer.set_window(1000);
  peer.send(post(long_body(5000)));
  for (int i = 0; i < 3; ++i) {
    bench.advance(config::kHeadTimeoutMs * 3);
    EXPECT_EQ(bench.body.size(), 0u) << "and the peer's time does not run";
    EXPECT_FALSE(peer.gone());
    EXPECT_GT(peer.unsent(), 0u) << "the window closes";
    bench.socket.resume();
  }
  bench.settle();
  EXPECT_EQ(bench.body, long_body(5000));
}

TEST(Body, IsTakenInPartsOfAPart) {
  SmallBench bench;
  bench.answers = false;
  bench.on_part = [&](const Event& event) {
    const size_t size = std::min<size_t>(event.message.data.size, 10);
    bench.body += copy_of(event.message.data.first(size));
    event.socket.consume(size);
    if (size != event.message.data.size) {
      event.socket.hold();
    } else if (event.message.last) {
      EXPECT_EQ(event.socket.respond(ok()), Status::kOk);
    }
    return false;
  };
  TestPeer& peer = bench.dial();
  peer.send(post(long_body(700)));
  for (int i = 0; i < 80; ++i) {
    bench.settle();
    bench.socket.resume();
  }
  EXPECT_EQ(bench.body, long_body(700));
  EXPECT_EQ(peer.received().substr(0, 12), "HTTP/1.1 200");
}

TEST(Body, PausesBetweenParts) {
  SmallBench bench;
  bench.on_part = [&](const Event& event) {
    event.socket.pause();
    return true;
  };
  TestPeer& peer = bench.dial();
  peer.send(post(long_body(1000)));
  bench.settle();
  size_t before = 0;
  while (bench.body.size() < 1000) {
    EXPECT_GT(bench.body.size(), before) << "one part for each resume()";
    before = bench.body.size();
    bench.advance(config::kHeadTimeoutMs * 2);
    EXPECT_EQ(bench.body.size(), before);
    bench.socket.resume();
    bench.settle();
  }
  EXPECT_EQ(bench.body, long_body(1000));
  EXPECT_EQ(peer.received().substr(0, 12), "HTTP/1.1 200");
}

TEST(Body, IsAnsweredLater) {
  SmallBench bench;
  bench.answers = false;
  TestPeer& peer = bench.dial();
  peer.send(post(long_body(1000)) + kGet);
  bench.advance(60000);
  EXPECT_EQ(peer.received(), "");
  EXPECT_EQ(bench.body, long_body(1000));
  EXPECT_EQ(bench.socket.accept(), Status::kNotOpen) << "only once";
  EXPECT_EQ(bench.socket.respond(ok()), Status::kOk);
  bench.settle();
  std::string stream = peer.received();
  Answer answer;
  ASSERT_TRUE(take_answer(&stream, &answer));
  EXPECT_EQ(answer.body, "thanks\n");
  ASSERT_TRUE(take_answer(&stream, &answer));
  EXPECT_EQ(answer.body, kHtml);
  EXPECT_EQ(bench.count(Event::kClose) + bench.count(Event::kError), 0u);
}

TEST(Body, MayBeRepeatedInTheAnswer) {
  SmallBench bench;
  bench.answers = false;
  bench.on_part = [&](const Event& event) {
    Response response;
    response.body = as_text(event.message.data);
    EXPECT_EQ(event.socket.respond(response), Status::kOk);
    return true;
  };
  const std::vector<Answer> all = bench.answers_to(post(long_body(60)));
  ASSERT_EQ(all.size(), 1u);
  EXPECT_EQ(all[0].body, long_body(60));
}

// An answer before the body has come ends the connection: what follows is no request.
TEST(Body, IsAnsweredEarly) {
  for (const bool rejects : {false, true}) {
    for (const bool in_time : {false, true}) {
      SmallBench bench;
      bench.answers = false;
      const auto answer = [&](WebSocket socket) { return rejects ? socket.reject(413) : socket.respond(ok()); };
      if (in_time) {
        bench.on_part = [&](const Event& event) {
          EXPECT_EQ(answer(event.socket), Status::kOk);
          return true;
        };
      } else {
        bench.accepts = false;
      }
      TestPeer& peer = bench.dial();
      peer.send(post("Content-Length: 2000\r\n", long_body(1000) + kGet));
      bench.settle();
      if (!in_time) {
        EXPECT_EQ(answer(bench.socket), Status::kOk);
        bench.settle();
      }
      std::string stream = peer.received();
      Answer first;
      ASSERT_TRUE(take_answer(&stream, &first));
      EXPECT_EQ(first.status, rejects ? 413 : 200);
      EXPECT_EQ(first.fields.at("Connection"), "close");
      EXPECT_EQ(stream, "");
      EXPECT_TRUE(peer.closed());
      EXPECT_EQ(bench.count(Event::kClose) + bench.count(Event::kError), 0u) << "it was answered";
      peer.close();
      bench.settle();
      bench.expect_baseline();
    }
  }
}

// Between two parts no buffer is kept, so there is none for an answer.
TEST(Body, IsAnsweredWithAPart) {
  SmallBench bench;
  bench.answers = false;
  TestPeer& peer = bench.dial();
  peer.send(post("Content-Length: 2000\r\n", "begun"));
  bench.settle();
  EXPECT_EQ(bench.loop.buffers().in_use, 0);
  EXPECT_EQ(bench.socket.respond(ok()), Status::kWouldBlock);
  EXPECT_EQ(bench.socket.reject(500), Status::kWouldBlock);
  bench.on_part = [](const Event& event) {
    EXPECT_EQ(event.socket.respond(ok()), Status::kOk);
    return true;
  };
  peer.send("more");
  bench.settle();
  EXPECT_EQ(peer.received().substr(0, 12), "HTTP/1.1 200");
}

// ---- slow and broken peers ----

TEST(Body, ThatDoesNotComeEndsInTime) {
  SmallBench bench;
  TestPeer& peer = bench.dial();
  peer.send(post("Content-Length: 2000\r\n", "begun"));
  bench.advance(config::kHeadTimeoutMs + 1);
  EXPECT_TRUE(peer.gone());
  ASSERT_EQ(bench.count(Event::kError, bench.socket), 1u) << "the application is told";
  EXPECT_EQ(bench.last(Event::kError)->close.cause.where, Cause::kDeadline);
  EXPECT_EQ(bench.count(Event::kClose, bench.socket), 1u);
  bench.expect_baseline();
}

TEST(Body, MayTakeItsTimeWhileItComes) {
  SmallBench bench;
  TestPeer& peer = bench.dial();
  const std::string body = long_body(1000);
  peer.send(post("Content-Length: 1000\r\n", ""));
  for (size_t at = 0; at < body.size(); at += 100) {
    peer.send(body.substr(at, 100));
    bench.advance(config::kHeadTimeoutMs - 1000);
    ASSERT_FALSE(peer.gone()) << at;
  }
  EXPECT_EQ(bench.body, body);
  EXPECT_EQ(peer.received().substr(0, 12), "HTTP/1.1 200");
}

// Less than data_min_bytes in the time of a deadline is no progress, however steadily it drips.
TEST(Body, ThatDripsEndsInTime) {
  SmallBench bench;
  TestPeer& peer = bench.dial();
  peer.send(post("Content-Length: 2000\r\n", ""));
  for (int i = 0; i < 40 && !peer.gone(); ++i) {
    peer.send("x");
    bench.advance(1000);
  }
  EXPECT_TRUE(peer.gone());
  EXPECT_LT(bench.body.size(), 20u);
  bench.expect_baseline();
}

// Bodies that come slowly keep neither buffers nor places from a good peer. R-SRV-1, R-FLOW-5
TEST(Body, SlowOnesLeaveRoomForOthers) {
  SmallBench bench;
  TestPeer& one = bench.dial();
  TestPeer& two = bench.dial();
  one.send(post("Content-Length: 2000\r\n", "begun"));
  two.send(post("Content-Length: 2000\r\n", "begun"));
  bench.advance(config::kSilentGraceMs + 1);
  TestPeer& good = bench.dial();
  good.send(request());
  bench.settle();
  EXPECT_EQ(good.received().substr(0, 12), "HTTP/1.1 101");
}

TEST(Body, ThePeerMayEndAtAnyTime) {
  const std::string request = post("Expect: 100-continue\r\nContent-Length: 400\r\n", long_body(400));
  for (const int how : {0, 1, 2}) {
    for (size_t size = 0; size < request.size(); size += 7) {
      SmallBench bench;
      TestPeer& peer = bench.dial();
      peer.send(request.substr(0, size));
      bench.settle();
      if (how == 0) peer.close();
      if (how == 1) peer.reset();
      if (how == 2) bench.server.stop();
      bench.settle();
      const bool accepted = bench.count(Event::kRequest) != 0;
      EXPECT_EQ(bench.count(Event::kClose), accepted ? 1u : 0u) << how << ' ' << size;
      EXPECT_EQ(bench.count(Event::kError), accepted && how != 2 ? 1u : 0u) << how << ' ' << size;
      bench.advance(20000);
      bench.expect_baseline();
    }
  }
}

TEST(Body, TheApplicationMayEndIt) {
  for (const bool aborts : {false, true}) {
    SmallBench bench;
    bench.on_part = [&](const Event& event) {
      if (aborts) event.socket.abort();
      EXPECT_TRUE(aborts || event.socket.close() == Status::kOk);
      return true;
    };
    bench.answers = false;
    TestPeer& peer = bench.dial();
    peer.send(post(long_body(1000)));
    bench.settle();
    EXPECT_TRUE(peer.gone());
    EXPECT_EQ(bench.count(Event::kClose), 1u);
    bench.expect_baseline();
  }
}

}  // namespace
}  // namespace whit
