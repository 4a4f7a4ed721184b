// SPDX-License-Identifier: MIT
// What hostile peers and clumsy applications do to requests that wait for an answer.
#include <gtest/gtest.h>

#include <string>

#include "unit/core/bench.h"
#include "whit/http_service.h"
#include "whit/require_protocol.h"
#include "whit/router.h"

namespace whit {
namespace {

const std::string kHtml = "<!doctype html>";
const Page kPages[] = {{"/", "text/html", bytes_of(kHtml), {}, "t", "no-cache"}};

std::string post(const std::string& fields, const std::string& body) {
  return "POST /form HTTP/1.1\r\nHost: device.example\r\n" + fields + "\r\n" + body;
}
Response text_response(Text body) {
  Response response;
  response.body = body;
  return response;
}

struct PostBench : Bench<2, 4, 256> {
  PostBench() {
    server_options.on_request = &keep_request_fields;
    server_options.http = &http_options;
    http_options.post = &receive_bodies;
    http_options.pages = kPages;
    http_options.page_count = 1;
    app = [this](const Event& event) {
      if (event.type == Event::kRequest) {
        socket = event.socket;
        if (on_request) return on_request(event.socket);
        EXPECT_EQ(event.socket.accept(), Status::kOk);
      }
      if (event.type == Event::kBody && on_part) on_part(event);
    };
  }
  TestPeer& dial() {
    if (server.port() == 0) listen();
    return pipe.dial(80);
  }
  std::function<void(WebSocket)> on_request;
  std::function<void(const Event&)> on_part;
  WebSocket socket;
};

// A slot is free only when the application has had its kClose.
TEST(HttpAttacks, AFullServerTakesNoPlaceThatIsNotFreeYet) {
  PostBench bench;
  (void)bench.open(Role::kServer);
  (void)bench.open(Role::kServer);
  TestPeer& one = bench.dial();
  TestPeer& two = bench.dial();
  one.send(post("Content-Length: 2000\r\n", "begun"));
  two.send(post("Content-Length: 2000\r\n", "begun"));
  bench.advance(config::kSilentGraceMs + 1);
  TestPeer& good = bench.dial();
  good.send(request());
  bench.settle();
  EXPECT_EQ(bench.pipe.violations(), 0u) << bench.pipe.violation();
  EXPECT_EQ(good.received().substr(0, 12), "HTTP/1.1 503");
}

// ---- the router ----

bool no_one(WebSocket socket, const Request&) {
  EXPECT_EQ(socket.reject(403), Status::kOk);
  return false;
}
void ignore(const Event&) {}
constexpr Text kProtocols[] = {"chat", "super"};
const Route kRoutes[] = {
    {"/", nullptr, &no_one},
    {"/protocols", &ignore, nullptr, nullptr, nullptr, kProtocols, 2},
};

std::string routed(const std::string& request, bool guarded_by_prefix = false) {
  PostBench bench;
  static const Route prefix[] = {{"/*", nullptr, &no_one}};
  Router<4> router{kRoutes};
  Router<4> all{prefix};
  bench.server_options.protocols = kProtocols;
  bench.server_options.protocol_count = 2;
  bench.app = [&](const Event& event) { (void)(guarded_by_prefix ? all : router).on_event(event); };
  TestPeer& peer = bench.dial();
  peer.send(request);
  bench.settle();
  return peer.received().substr(0, 12);
}

TEST(HttpAttacks, NoSpellingOfARootPassesItsGuard) {
  for (const bool prefix : {false, true}) {
    EXPECT_EQ(routed("GET / HTTP/1.1\r\nHost: x\r\n\r\n", prefix), "HTTP/1.1 403");
    EXPECT_EQ(routed("GET /?a HTTP/1.1\r\nHost: x\r\n\r\n", prefix), "HTTP/1.1 403");
    EXPECT_EQ(routed("GET http://x HTTP/1.1\r\nHost: x\r\n\r\n", prefix), "HTTP/1.1 403");
    EXPECT_EQ(routed("GET http://x?a HTTP/1.1\r\nHost: x\r\n\r\n", prefix), "HTTP/1.1 403");
  }
}

// A list whose elements are no tokens: each handshake is answered.
TEST(HttpAttacks, AMalformedListOfProtocolsIsAnswered) {
  const auto shake = [](const std::string& protocols) {
    return routed(
        "GET /protocols HTTP/1.1\r\nHost: x\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
        "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13\r\n"
        "Sec-WebSocket-Protocol: " +
        protocols + "\r\n\r\n");
  };
  EXPECT_EQ(shake("x, chat"), "HTTP/1.1 101");
  EXPECT_NE(shake("chat x"), "");
  EXPECT_NE(shake("x\tsuper"), "");
}

// The last part of a body comes before "100 Continue" has left.
TEST(HttpAttacks, ABodyIsAnsweredThoughItOvertakesTheInterimAnswer) {
  PostBench bench;
  bench.on_request = [](WebSocket) {};
  bench.on_part = [](const Event& event) {
    EXPECT_TRUE(!event.message.last || event.socket.respond(text_response("ok")) == Status::kOk);
  };
  TestPeer& peer = bench.dial();
  peer.send(post("Expect: 100-continue\r\nContent-Length: 3\r\n", ""));
  bench.settle();
  peer.send("abc");  // without waiting
  EXPECT_EQ(bench.socket.accept(), Status::kOk);
  bench.settle();
  EXPECT_NE(peer.received().find("HTTP/1.1 200"), std::string::npos) << peer.received();
}

TEST(HttpAttacks, ABodyIsAnsweredThoughTheInterimAnswerIsBlocked) {
  PostBench bench;
  bench.on_request = [](WebSocket) {};
  bench.on_part = [](const Event& event) {
    EXPECT_TRUE(!event.message.last || event.socket.respond(text_response("ok")) == Status::kOk);
  };
  TestPeer& peer = bench.dial();
  peer.send(post("Expect: 100-continue\r\nContent-Length: 3\r\n", ""));
  bench.settle();
  peer.set_window(10);
  peer.stop_reading();
  EXPECT_EQ(bench.socket.accept(), Status::kOk);
  bench.settle();
  peer.send("abc");
  bench.settle();
  peer.start_reading();
  bench.settle();
  EXPECT_NE(peer.received().find("HTTP/1.1 200"), std::string::npos) << peer.received();
}

// The deadline of the body is over with the body: the answer may take its time.
uint32_t parts_left;
TEST(HttpAttacks, AnAnswerToABodyIsNotUnderTheDeadlineOfTheBody) {
  PostBench bench;
  parts_left = 60;
  bench.on_part = [](const Event& event) {
    Response response;
    response.produce = [](WebSocket, uint32_t*, MutableBytes room) -> size_t {
      if (parts_left == 0) return 0;
      --parts_left;
      for (size_t i = 0; i < room.size; ++i) room.data[i] = 'x';
      return room.size;
    };
    EXPECT_EQ(event.socket.respond(response), Status::kOk);
  };
  TestPeer& peer = bench.dial();
  peer.set_window(500);
  peer.stop_reading();
  peer.send(post("Content-Length: 3\r\n", "abc"));
  for (int i = 0; i < 40; ++i) {
    bench.advance(1000);
    peer.read_once(500);
    ASSERT_FALSE(peer.gone()) << i;
  }
  EXPECT_EQ(parts_left, 0u);
  const std::string& all = peer.received();
  EXPECT_EQ(all.substr(all.size() - 7), "\r\n0\r\n\r\n");
}

// After resume() the peer's time runs again, with or without a buffer.
TEST(HttpAttacks, ABodyThatWasPausedHasItsTimeAgain) {
  PostBench bench;
  bench.on_part = [](const Event& event) { event.socket.pause(); };
  TestPeer& peer = bench.dial();
  peer.send(post("Content-Length: 2000\r\n", "begun"));
  bench.settle();
  bench.socket.resume();
  bench.on_part = nullptr;
  bench.advance(config::kHeadTimeoutMs * 3);
  EXPECT_TRUE(peer.gone());
  EXPECT_EQ(bench.count(Event::kClose), 1u);
}

TEST(HttpAttacks, ABodyIsAnsweredRightBehindItsPause) {
  PostBench bench;
  bench.on_part = [](const Event& event) { event.socket.hold(); };
  TestPeer& peer = bench.dial();
  peer.send(post("Content-Length: 2000\r\n", "begun"));
  bench.settle();
  bench.socket.resume();
  EXPECT_EQ(bench.socket.respond(text_response("enough")), Status::kOk);
  bench.settle();
  EXPECT_NE(peer.received().find("enough"), std::string::npos) << peer.received();
}

// kTooLarge: "the request still waits", and so does the part of its body.
TEST(HttpAttacks, APartStaysWhereItIsWhenAnAnswerIsTooLarge) {
  PostBench bench;
  const std::string large(300, 'x');
  std::string seen;
  bench.on_part = [&](const Event& event) {
    EXPECT_EQ(event.message.offset, seen.size());
    seen += copy_of(event.message.data);
    EXPECT_EQ(event.socket.respond(text_response({large.data(), large.size()})), Status::kTooLarge);
    EXPECT_TRUE(!event.message.last || event.socket.respond(text_response("ok")) == Status::kOk);
  };
  TestPeer& peer = bench.dial();
  peer.send(post("Content-Length: 20\r\n", "0123456789"));
  bench.settle();
  peer.send("abcdefghij");
  bench.settle();
  EXPECT_EQ(seen, "0123456789abcdefghij");
}
TEST(HttpAttacks, AHeldPartComesAgainAfterAnAnswerThatWasTooLarge) {
  PostBench bench;
  const std::string large(300, 'x');
  std::string seen;
  bench.on_part = [&](const Event& event) {
    EXPECT_EQ(event.socket.respond(text_response({large.data(), large.size()})), Status::kTooLarge);
    event.socket.hold();
  };
  TestPeer& peer = bench.dial();
  peer.send(post("Content-Length: 10\r\n", "0123456789"));
  bench.settle();
  bench.on_part = [&](const Event& event) { seen = copy_of(event.message.data); };
  bench.socket.resume();
  bench.settle();
  EXPECT_EQ(seen, "0123456789");
}

std::string echo_body(bool consume, bool fail_first) {
  PostBench bench;
  const std::string large(300, 'x');
  bench.on_part = [&](const Event& event) {
    if (!event.message.last) return;
    if (consume) event.socket.consume(event.message.data.size);
    Response response = text_response({large.data(), large.size()});
    EXPECT_TRUE(!fail_first || event.socket.respond(response) == Status::kTooLarge);
    response.body = event.message.text();
    response.type = event.message.text().from(event.message.data.size - 4);
    const Status status = event.socket.respond(response);
    if (status != Status::kOk) (void)event.socket.reject(413);
  };
  std::string body;
  for (int i = 0; i < 130; ++i) body += static_cast<char>('0' + i % 50);
  TestPeer& peer = bench.dial();
  peer.send(post("Content-Length: 130\r\n", ""));
  bench.settle();
  peer.send(body);
  bench.settle();
  const std::string all = peer.received();
  const bool repeated = all.substr(all.find("\r\n\r\n") + 4) == body &&
                        all.find("Content-Type: " + body.substr(126) + "\r\n") != std::string::npos;
  return all.substr(0, 12) == "HTTP/1.1 413" || repeated ? "" : all;
}
// What is consumed is still valid until the next poll(), and an answer may repeat it.
TEST(HttpAttacks, AnAnswerMayRepeatABody) {
  EXPECT_EQ(echo_body(false, false), "");
  EXPECT_EQ(echo_body(true, false), "");
  EXPECT_EQ(echo_body(false, true), "");
}

}  // namespace
}  // namespace whit
