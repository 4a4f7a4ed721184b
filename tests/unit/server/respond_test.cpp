// SPDX-License-Identifier: MIT
// Answers of the application: to requests for pages and to opening handshakes, in its words, with its fields.
#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "unit/core/bench.h"
#include "unit/server/http_answer.h"
#include "whit/http_service.h"

namespace whit {
namespace {

const std::string kHtml = "<!doctype html>";
const Page kPages[] = {{"/", "text/html", bytes_of(kHtml), {}, "t", "no-cache"}};

std::string get(const std::string& target, const std::string& fields = "", const std::string& method = "GET") {
  return method + " " + target + " HTTP/1.1\r\nHost: device.example\r\n" + fields + "\r\n";
}
std::string string_of(Text text) { return {text.data, text.size}; }
Text text_of(const std::string& text) { return {text.data(), text.size()}; }

template <uint16_t kBuffers, uint32_t kBytes>
struct AnsweringBench : Bench<2, kBuffers, kBytes> {
  AnsweringBench() {
    this->server_options.on_request = &keep_request_fields;
    this->server_options.http = &serve_http;
    this->server_options.pages = kPages;
    this->server_options.page_count = 1;
    this->app = [this](const Event& event) {
      if (event.type != Event::kRequest) return;
      socket = event.socket;
      if (reply) reply(event.socket);
    };
  }
  TestPeer& dial() {
    if (this->server.port() == 0) this->listen();
    return this->pipe.dial(80);
  }
  std::string received(const std::string& requests) {
    TestPeer& peer = dial();
    peer.send(requests);
    this->settle();
    const std::string stream = peer.received();
    closed = peer.closed();
    peer.close();
    this->settle();
    this->expect_baseline(requests.substr(0, 100));
    return stream;
  }
  Answer answer(const std::string& request, bool head = false) {
    std::string stream = received(request);
    Answer answer;
    EXPECT_TRUE(take_answer(&stream, &answer, head)) << stream;
    EXPECT_EQ(stream, "");
    return answer;
  }

  std::function<void(WebSocket)> reply;
  WebSocket socket;
  bool closed = false;
};

using SmallBench = AnsweringBench<2, 256>;
using RoomyBench = AnsweringBench<2, 1024>;

Response text_response(Text body) {
  Response response;
  response.body = body;
  return response;
}

// ---- responses ----

TEST(Respond, WritesHeadAndBody) {
  SmallBench bench;
  bench.reply = [](WebSocket socket) {
    Request request;
    ASSERT_TRUE(socket.request(&request));
    EXPECT_EQ(request.target, Text("/metrics?a=1"));
    EXPECT_FALSE(request.upgrade);
    EXPECT_EQ(request.method, Method::kGet);
    EXPECT_EQ(socket.respond(text_response("up 1\n")), Status::kOk);
    EXPECT_EQ(socket.respond(text_response("")), Status::kNotOpen) << "once";
    EXPECT_FALSE(socket.request(&request));
  };
  EXPECT_EQ(bench.received(get("/metrics?a=1")),
            "HTTP/1.1 200 OK\r\nContent-Length: 5\r\nX-Content-Type-Options: nosniff\r\n"
            "Content-Type: text/plain; charset=utf-8\r\n\r\nup 1\n");
  EXPECT_FALSE(bench.closed);
  EXPECT_EQ(bench.loop.buffers().high_water, 1) << "in place of the request";
  EXPECT_EQ(bench.seen.size(), 1u) << "the request, and nothing more";
}

TEST(Respond, HasStatusTypeAndFields) {
  SmallBench bench;
  bench.reply = [](WebSocket socket) {
    Response response = text_response("{}");
    response.status = 201;
    response.type = "application/json";
    response.fields = "Cache-Control: no-store\r\nSet-Cookie: a=b; HttpOnly\r\n";
    EXPECT_EQ(socket.respond(response), Status::kOk);
  };
  const Answer answer = bench.answer(get("/"));
  EXPECT_EQ(answer.status, 201);
  EXPECT_EQ(answer.body, "{}");
  EXPECT_EQ(answer.fields.at("Content-Type"), "application/json");
  EXPECT_EQ(answer.fields.at("Cache-Control"), "no-store");
  EXPECT_EQ(answer.fields.at("Set-Cookie"), "a=b; HttpOnly");
}

TEST(Respond, WithoutABody) {
  SmallBench bench;
  Response response;
  bench.reply = [&](WebSocket socket) { EXPECT_EQ(socket.respond(response), Status::kOk); };
  response.status = 204;
  response.type = {};
  EXPECT_EQ(bench.received(get("/")), "HTTP/1.1 204 No Content\r\nX-Content-Type-Options: nosniff\r\n\r\n");
  response.status = 302;
  response.fields = "Location: /setup\r\n";
  const Answer answer = bench.answer(get("/"));
  EXPECT_EQ(answer.fields.at("Location"), "/setup");
  EXPECT_EQ(answer.fields.at("Content-Length"), "0");
}

TEST(Respond, ToHeadSendsNoBody) {
  SmallBench bench;
  bench.reply = [](WebSocket socket) {
    Request request;
    ASSERT_TRUE(socket.request(&request));
    EXPECT_EQ(request.method, Method::kHead);
    EXPECT_EQ(socket.respond(text_response("12345")), Status::kOk);
  };
  EXPECT_EQ(bench.answer(get("/", "", "HEAD"), true).fields.at("Content-Length"), "5");
}

// The request's own texts may be sent back: they are where the answer goes.
TEST(Respond, RepeatsPartsOfTheRequest) {
  for (size_t size = 1; size < 120; ++size) {
    SmallBench bench;
    const std::string cookie(size, 'c');
    Status status = Status::kOk;
    bench.reply = [&](WebSocket socket) {
      Request request;
      ASSERT_TRUE(socket.request(&request));
      Response response = text_response(request.cookie);
      response.type = request.target.from(1);
      status = socket.respond(response);
      if (status != Status::kTooLarge) return;
      ASSERT_TRUE(socket.request(&request)) << "it still waits";
      EXPECT_EQ(string_of(request.cookie), cookie) << "and is as it was";
      EXPECT_EQ(socket.reject(500), Status::kOk);
    };
    const Answer answer = bench.answer(get("/text/html", "Cookie: " + cookie + "\r\n"));
    EXPECT_EQ(answer.status, status == Status::kOk ? 200 : 500) << size;
    // What is kept: three texts with three bytes each. What follows it: the type, the body and two line ends.
    const size_t kept = 3 + 10 + 3 + 14 + 3 + size;
    EXPECT_EQ(status, kept + 9 + 2 + 2 + size <= 256 ? Status::kOk : Status::kTooLarge) << size;
    if (status != Status::kOk) continue;
    EXPECT_EQ(answer.body, cookie) << size;
    EXPECT_EQ(answer.fields.at("Content-Type"), "text/html") << size;
  }
}

TEST(Respond, HasToFitABuffer) {
  for (size_t size = 100; size < 200; ++size) {
    SmallBench bench;
    const std::string body(size, 'b');
    Status status = Status::kOk;
    bench.reply = [&](WebSocket socket) {
      Response response = text_response(text_of(body));
      response.type = {};
      status = socket.respond(response);
      if (status != Status::kOk) (void)socket.reject(500);
    };
    const std::string stream = bench.received(get("/"));
    const size_t head =
        std::string("HTTP/1.1 200 OK\r\nContent-Length: 123\r\nX-Content-Type-Options: nosniff\r\n\r\n").size();
    EXPECT_EQ(status, head + size <= 256 ? Status::kOk : Status::kTooLarge) << size;
    EXPECT_TRUE(status != Status::kOk || stream.size() == head + size) << stream;
  }
}

TEST(Respond, MayComeLater) {
  SmallBench bench;
  TestPeer& peer = bench.dial();
  peer.send(get("/a") + get("/b"));
  bench.advance(60000);
  EXPECT_EQ(peer.received(), "");
  const WebSocket first = bench.socket;
  EXPECT_EQ(first.respond(text_response("first")), Status::kOk);
  bench.settle();
  const WebSocket second = bench.socket;
  EXPECT_NE(first, second) << "the next request on the connection has a handle of its own";
  EXPECT_EQ(first.respond(text_response("again")), Status::kNotOpen);
  EXPECT_EQ(first.reject(500), Status::kNotOpen);
  EXPECT_EQ(second.respond(text_response("second")), Status::kOk);
  bench.settle();
  std::string stream = peer.received();
  Answer answer;
  ASSERT_TRUE(take_answer(&stream, &answer));
  EXPECT_EQ(answer.body, "first");
  ASSERT_TRUE(take_answer(&stream, &answer));
  EXPECT_EQ(answer.body, "second");
  EXPECT_EQ(stream, "");
}

// Pipelined requests, each answered in front of the next; an answer that has no room there ends the connection.
TEST(Respond, InFrontOfTheNextRequest) {
  for (const size_t size : {500, 750}) {
    RoomyBench bench;
    const std::string body(size, 'b');
    bench.reply = [&](WebSocket socket) { EXPECT_EQ(socket.respond(text_response(text_of(body))), Status::kOk); };
    const std::string padding = "X: " + std::string(150, 'x') + "\r\n";
    std::string stream = bench.received(get("/a", padding) + get("/b", padding));
    Answer answer;
    ASSERT_TRUE(take_answer(&stream, &answer));
    EXPECT_EQ(answer.body, body);
    EXPECT_EQ(answer.fields.count("Connection"), size == 500 ? 0u : 1u);
    EXPECT_EQ(bench.closed, size != 500);
    EXPECT_EQ(take_answer(&stream, &answer), size == 500);
    EXPECT_EQ(stream, "");
  }
}

TEST(Respond, RefusesWhatIsNoAnswer) {
  RoomyBench bench;
  bench.reply = [](WebSocket socket) {
    Response response;
    for (const uint16_t status : {0, 100, 101, 199, 600}) {
      response.status = status;
      EXPECT_EQ(socket.respond(response), Status::kInvalidArgument) << status;
    }
    response = text_response("x");
    for (const uint16_t status : {204, 304}) {
      response.status = status;
      EXPECT_EQ(socket.respond(response), Status::kInvalidArgument) << status;
    }
    response = {};
    for (const Text type : {Text("a\r\nX: y"), Text("a\n"), Text("a\0b", 3)}) {
      response.type = type;
      EXPECT_EQ(socket.respond(response), Status::kInvalidArgument);
    }
    response = {};
    for (const Text fields : {Text("A: b"),
                              Text("A: b\n"),
                              Text("A: b\r"),
                              Text("A: b\r\n\r\n"),
                              Text("\r\n"),
                              Text("A\r\n"),
                              Text(": b\r\n"),
                              Text("A : b\r\n"),
                              Text("A: b\r\n c\r\n"),
                              Text("A: b\rC: d\r\n"),
                              Text("A: \0\r\n", 6),
                              Text("A: b\r\n\r\nbody"),
                              Text("Content-Length: 1\r\n"),
                              Text("content-type: x\r\n"),
                              Text("Transfer-Encoding: chunked\r\n"),
                              Text("A: b\r\nConnection: close\r\n"),
                              Text("Upgrade: x\r\n"),
                              Text("Sec-WebSocket-Accept: x\r\n"),
                              Text("sec-websocket-anything: x\r\n"),
                              Text("Keep-Alive: x\r\n"),
                              Text("Trailer: x\r\n")}) {
      response.fields = fields;
      EXPECT_EQ(socket.respond(response), Status::kInvalidArgument) << string_of(fields);
      EXPECT_EQ(socket.reject(403, fields), Status::kInvalidArgument) << string_of(fields);
      EXPECT_EQ(socket.accept({}, fields), Status::kInvalidArgument) << string_of(fields);
    }
    Request request;
    EXPECT_TRUE(socket.request(&request)) << "it still waits";
    EXPECT_EQ(socket.respond({}), Status::kOk);
  };
  EXPECT_EQ(bench.answer(get("/")).status, 200);
  EXPECT_EQ(bench.answer(request()).status, 200);
}

TEST(Respond, EndsTheConnectionWhenThePeerSaysSo) {
  SmallBench bench;
  bench.reply = [](WebSocket socket) { EXPECT_EQ(socket.respond(text_response("x")), Status::kOk); };
  for (const std::string& request :
       {get("/", "Connection: close\r\n"), std::string("GET / HTTP/1.0\r\n\r\n"), request()}) {
    const Answer answer = bench.answer(request);
    EXPECT_EQ(answer.body, "x");
    EXPECT_EQ(answer.fields.at("Connection"), "close") << request;
    EXPECT_TRUE(bench.closed) << request;
  }
}

TEST(Respond, OneConnectionHasABoundedNumberOfRequests) {
  RoomyBench bench;
  bench.reply = [](WebSocket socket) { EXPECT_EQ(socket.respond(text_response("x")), Status::kOk); };
  TestPeer& peer = bench.dial();
  for (uint32_t i = 0; i <= config::kHttpRequests; ++i) {
    peer.send(get("/"));
    bench.settle();
    EXPECT_EQ(peer.closed(), i + 1 >= config::kHttpRequests) << i;
  }
}

// ---- bodies of any size ----

// Writes all numbers below 2000, a few at a time.
size_t produce_numbers(WebSocket, uint32_t* cursor, MutableBytes room) {
  size_t size = 0;
  while (*cursor < 2000) {
    const std::string number = std::to_string(*cursor) + ' ';
    if (size + number.size() > room.size) break;
    for (const char c : number) room.data[size++] = static_cast<uint8_t>(c);
    ++*cursor;
  }
  return size;
}

std::string numbers() {
  std::string all;
  for (int i = 0; i < 2000; ++i) all += std::to_string(i) + ' ';
  return all;
}

// RFC 9112, 7.1: the body of a chunked message at the front of a stream, which is taken off.
std::string take_chunks(std::string* stream) {
  std::string body;
  for (;;) {
    const size_t end = stream->find("\r\n");
    if (end == std::string::npos || end == 0) return "no chunk";
    const size_t size = std::stoul(stream->substr(0, end), nullptr, 16);
    if (stream->size() < end + 2 + size + 2 || stream->substr(end + 2 + size, 2) != "\r\n") return "no end of a chunk";
    body += stream->substr(end + 2, size);
    stream->erase(0, end + 2 + size + 2);
    if (size == 0) return body;
  }
}

Response numbers_response() {
  Response response;
  response.produce = produce_numbers;
  return response;
}

TEST(Respond, ProducesABodyOfAnySize) {
  for (const bool slow : {false, true}) {
    SmallBench bench;
    int requests = 0;
    bench.reply = [&](WebSocket socket) {
      EXPECT_EQ(socket.respond(requests++ == 0 ? numbers_response() : text_response("next")), Status::kOk);
    };
    TestPeer& peer = bench.dial();
    if (slow) {
      peer.set_window(100);
      peer.read_slowly(30);
    }
    peer.send(get("/numbers") + get("/next"));
    for (int turns = 0; turns != 1000; ++turns, ++bench.now_ms) bench.turn();
    bench.settle();
    std::string stream = peer.received();
    const size_t end = stream.find("\r\n\r\n");
    ASSERT_NE(end, std::string::npos);
    EXPECT_NE(stream.substr(0, end).find("\r\nTransfer-Encoding: chunked\r\n"), std::string::npos);
    EXPECT_EQ(stream.substr(0, end).find("Content-Length"), std::string::npos);
    stream.erase(0, end + 4);
    EXPECT_EQ(take_chunks(&stream), numbers());
    Answer answer;
    ASSERT_TRUE(take_answer(&stream, &answer));
    EXPECT_EQ(answer.body, "next");
  }
}

TEST(Respond, ProducesForHttp10UntilTheEnd) {
  SmallBench bench;
  bench.reply = [&](WebSocket socket) { EXPECT_EQ(socket.respond(numbers_response()), Status::kOk); };
  const std::string stream = bench.received("GET / HTTP/1.0\r\n\r\n");
  EXPECT_EQ(stream.find("Transfer-Encoding"), std::string::npos);
  EXPECT_EQ(stream.substr(stream.find("\r\n\r\n") + 4), numbers());
  EXPECT_TRUE(bench.closed);
}

TEST(Respond, ProducesNothingForHead) {
  SmallBench bench;
  bench.reply = [&](WebSocket socket) { EXPECT_EQ(socket.respond(numbers_response()), Status::kOk); };
  const std::string stream = bench.received(get("/", "", "HEAD"));
  EXPECT_EQ(stream.find("\r\n\r\n") + 4, stream.size());
  EXPECT_FALSE(bench.closed);
}

TEST(Respond, ProducesForPagesAlone) {
  SmallBench bench;
  bench.reply = [&](WebSocket socket) {
    EXPECT_EQ(socket.respond(numbers_response()), Status::kInvalidArgument);
    EXPECT_EQ(socket.reject(403), Status::kOk);
  };
  EXPECT_EQ(bench.answer(request()).status, 403);
}

// ---- refusals ----

TEST(Reject, InTheWordsOfTheApplication) {
  for (const bool upgrade : {false, true}) {
    for (const bool pages : {true, false}) {
      if (!upgrade && !pages) continue;
      SmallBench bench;
      if (!pages) bench.server_options.http = nullptr;
      bench.reply = [](WebSocket socket) {
        EXPECT_EQ(socket.reject(401, "WWW-Authenticate: Bearer realm=\"device\"\r\n", "Who are you?\n"), Status::kOk);
        EXPECT_EQ(socket.reject(401, {}), Status::kNotOpen) << "once";
      };
      const Answer answer = bench.answer(upgrade ? request() : get("/"));
      EXPECT_EQ(answer.status, 401);
      EXPECT_EQ(answer.body, "Who are you?\n");
      EXPECT_EQ(answer.fields.at("WWW-Authenticate"), "Bearer realm=\"device\"");
      EXPECT_EQ(answer.fields.at("Content-Type"), "text/plain; charset=utf-8");
      EXPECT_TRUE(bench.closed);
      EXPECT_EQ(bench.seen.size(), 1u) << "the request, and nothing more";
    }
  }
}

TEST(Reject, WithAStatusOfHttp) {
  SmallBench bench;
  bench.reply = [](WebSocket socket) {
    for (const uint16_t status : {0, 101, 200, 399, 600}) {
      EXPECT_EQ(socket.reject(status, {}), Status::kInvalidArgument);
    }
    EXPECT_EQ(socket.reject(426, {}, "other\n"), Status::kOk);
  };
  const Answer answer = bench.answer(request());
  EXPECT_EQ(answer.fields.at("Connection"), "close, Upgrade");
  EXPECT_EQ(answer.fields.at("Sec-WebSocket-Version"), "13");
}

// ---- opening handshakes ----

const std::string kAccepted =
    "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
    "Sec-WebSocket-Accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo=\r\n";

TEST(Accept, AddsFields) {
  for (const bool pages : {true, false}) {
    for (const bool early : {false, true}) {
      SmallBench bench;
      if (!pages) bench.server_options.http = nullptr;
      bench.reply = [](WebSocket socket) {
        EXPECT_EQ(socket.accept({}, "Set-Cookie: a=b\r\nX: y\r\n"), Status::kOk);
        EXPECT_EQ(socket.accept({}, "X: y\r\n"), Status::kNotOpen) << "once";
      };
      TestPeer& peer = bench.dial();
      peer.send(request() + (early ? peer_frame(Role::kServer, kTextFrame, "early") : ""));
      bench.settle();
      EXPECT_EQ(peer.received(), kAccepted + "Set-Cookie: a=b\r\nX: y\r\n\r\n");
      ASSERT_EQ(bench.count(Event::kOpen), 1u);
      EXPECT_EQ(bench.count(Event::kMessage), early ? 1u : 0u);
      EXPECT_EQ(bench.loop.buffers().high_water, 1) << "in place of the request";
      EXPECT_EQ(bench.loop.buffers().in_use, 0);
      EXPECT_EQ(bench.socket.send("reply"), Status::kOk);
      bench.settle();
      peer.close();
      bench.settle();
    }
  }
}

TEST(Accept, RepeatsPartsOfTheRequest) {
  for (size_t size = 1; size < 140; ++size) {
    SmallBench bench;
    const std::string line = "X: " + std::string(size, 'c') + "\r\n";
    Status status = Status::kOk;
    bench.reply = [&](WebSocket socket) {
      status = socket.accept({}, text_of(line));
      EXPECT_EQ(socket.accept(), status == Status::kTooLarge ? Status::kOk : Status::kNotOpen) << "it still waits";
    };
    TestPeer& peer = bench.dial();
    peer.send(request());
    bench.settle();
    EXPECT_EQ(status, kAccepted.size() + line.size() + 2 <= 256 ? Status::kOk : Status::kTooLarge) << size;
    EXPECT_EQ(peer.received(), kAccepted + (status == Status::kOk ? line : "") + "\r\n");
  }
}

// RFC 6455, 4.2.2: the protocol, too. And the answer waits until a place is free, or becomes a refusal.
TEST(Accept, WithFieldsWaitsForAPlace) {
  static constexpr Text kProtocols[] = {"chat"};
  for (const bool evicts : {true, false}) {
    SmallBench bench;
    bench.server_options.protocols = kProtocols;
    bench.server_options.protocol_count = 1;
    bench.server_options.timeouts_ms[Deadline::kKeepaliveAnswer] = 1000;
    if (evicts) bench.server_options.on_full = &evict_oldest_idle;
    bench.reply = [](WebSocket socket) {
      Request request;
      ASSERT_TRUE(socket.request(&request));
      EXPECT_EQ(socket.accept(request.protocols, "Set-Cookie: a=b\r\n"), Status::kOk);
    };
    const std::string asked = request("Sec-WebSocket-Protocol: chat\r\n");
    TestPeer& one = bench.dial();
    one.send(asked);
    bench.settle();
    TestPeer& two = bench.dial();
    two.send(asked);
    bench.settle();
    EXPECT_EQ(bench.count(Event::kOpen), 2u);
    bench.advance(8000);
    TestPeer& three = bench.dial();
    three.send(asked);
    bench.settle();
    const std::string accepted = kAccepted + "Sec-WebSocket-Protocol: chat\r\nSet-Cookie: a=b\r\n\r\n";
    if (evicts) {
      EXPECT_EQ(three.received(), accepted);
      EXPECT_EQ(bench.count(Event::kOpen), 3u);
    } else {
      std::string stream = three.received();
      Answer answer;
      ASSERT_TRUE(take_answer(&stream, &answer));
      EXPECT_EQ(answer.status, 503);
      EXPECT_EQ(answer.fields.at("Retry-After"), std::to_string(config::kRetryAfterSeconds));
      EXPECT_EQ(stream, "");
    }
  }
}

TEST(Accept, ServesThePage) {
  SmallBench bench;
  bench.reply = [](WebSocket socket) {
    EXPECT_EQ(socket.accept("chat"), Status::kInvalidArgument) << "a page has no subprotocol";
    EXPECT_EQ(socket.accept({}, "Set-Cookie: a=b\r\n"), Status::kInvalidArgument) << "nor fields of the application";
    EXPECT_EQ(socket.accept(), Status::kOk);
    EXPECT_EQ(socket.accept(), Status::kNotOpen);
  };
  std::string stream = bench.received(get("/") + get("/none") + get("/", "If-None-Match: *\r\n"));
  Answer answer;
  ASSERT_TRUE(take_answer(&stream, &answer));
  EXPECT_EQ(answer.body, kHtml);
  ASSERT_TRUE(take_answer(&stream, &answer));
  EXPECT_EQ(answer.status, 404);
  ASSERT_TRUE(take_answer(&stream, &answer));
  EXPECT_EQ(answer.status, 304);
  EXPECT_EQ(bench.seen.size(), 3u) << "the requests, and nothing more";
}

// A peer that goes away while the application thinks: it is told so, as of a handshake.
TEST(Respond, ToAPeerThatHasGone) {
  SmallBench bench;
  TestPeer& peer = bench.dial();
  peer.send(get("/"));
  bench.settle();
  peer.reset();
  bench.settle();
  (void)bench.socket.respond(text_response("x"));
  bench.settle();
  bench.advance(30000);
  bench.expect_baseline();
}

}  // namespace
}  // namespace whit
