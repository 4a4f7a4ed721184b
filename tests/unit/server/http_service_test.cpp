// SPDX-License-Identifier: MIT
// Pages on the port of the WebSockets, through a loop: what is asked, what is answered, what ends the connection.
#include "whit/http_service.h"

#include <gtest/gtest.h>

#include <memory>
#include <string>
#include <vector>

#include "unit/core/bench.h"
#include "unit/server/http_answer.h"

namespace whit {
namespace {

const std::string kHtml = "<!doctype html><title>device</title>\n";
const std::string kScript(3000, 's');
const std::string kScriptGzip(700, 'z');
const std::string kLarge = [] {
  std::string text;
  for (int i = 0; text.size() < 20000; ++i) text += std::to_string(i) + ' ';
  return text;
}();
const Page kPages[] = {
    {"/", "text/html; charset=utf-8", bytes_of(kHtml), {}, "0123", "no-cache"},
    {"/app.js", "text/javascript; charset=utf-8", bytes_of(kScript), bytes_of(kScriptGzip), "4567", "no-cache"},
    {"/large.txt", "text/plain; charset=utf-8", bytes_of(kLarge), {}, "89ab", "max-age=60"},
    {"/empty.txt", "text/plain; charset=utf-8", {}, {}, "cdef", "no-cache"},
};

std::string get(const std::string& target, const std::string& fields = "", const std::string& method = "GET") {
  return method + " " + target + " HTTP/1.1\r\nHost: device.example\r\n" + fields + "\r\n";
}

template <uint16_t kBuffers, uint32_t kBytes, uint16_t kHandshakes = 2>
struct PageBench : Bench<2, kBuffers, kBytes, kHandshakes> {
  PageBench() {
    this->server_options.http = &serve_http;
    this->server_options.pages = kPages;
    this->server_options.page_count = 4;
  }

  TestPeer& dial() {
    if (this->server.port() == 0) this->listen();
    return this->pipe.dial(80);
  }

  // The answers to what is sent on one connection. Nothing is left of the stream, and of the bench, afterwards.
  std::vector<Answer> answers(const std::string& requests, size_t chunk = SIZE_MAX, bool head = false) {
    TestPeer& peer = dial();
    for (size_t at = 0; at < requests.size(); at += std::min(chunk, requests.size() - at)) {
      peer.send(requests.substr(at, chunk));
      this->settle();
    }
    std::string stream = peer.received();
    std::vector<Answer> all;
    Answer answer;
    while (take_answer(&stream, &answer, head)) all.push_back(answer);
    EXPECT_EQ(stream, "") << requests.substr(0, 200);
    closed = peer.closed();
    peer.close();
    this->settle();
    this->expect_baseline(requests.substr(0, 100));
    return all;
  }
  Answer answer(const std::string& request, bool head = false) {
    const std::vector<Answer> all = answers(request, SIZE_MAX, head);
    EXPECT_EQ(all.size(), 1u) << request.substr(0, 200);
    return all.empty() ? Answer{} : all[0];
  }

  bool closed = false;  // whether the server ended the last connection of answers()
};

using SmallBench = PageBench<2, 256>;

// ---- what is answered ----

TEST(Pages, AreSentWithAllThatABrowserAsksFor) {
  SmallBench bench;
  bench.listen();
  TestPeer& peer = bench.dial();
  peer.send(get("/"));
  bench.settle();
  EXPECT_EQ(peer.received(), "HTTP/1.1 200 OK\r\nContent-Type: text/html; charset=utf-8\r\nContent-Length: " +
                                 std::to_string(kHtml.size()) +
                                 "\r\nX-Content-Type-Options: nosniff\r\nAccept-Ranges: none\r\nETag: \"0123\"\r\n"
                                 "Cache-Control: no-cache\r\n\r\n" +
                                 kHtml);
  EXPECT_FALSE(peer.closed()) << "kept for the next request";
  EXPECT_EQ(bench.loop.buffers().in_use, 0) << "which costs no buffer";
  EXPECT_TRUE(bench.seen.empty()) << "an application that is not asked hears nothing";
}

TEST(Pages, OfAnySizeAreStreamedThroughTheSmallestBuffers) {
  SmallBench bench;
  EXPECT_EQ(bench.answer(get("/large.txt")).body, kLarge);
  EXPECT_EQ(bench.answer(get("/app.js")).body, kScript);
  EXPECT_EQ(bench.answer(get("/empty.txt")).body, "");
  EXPECT_EQ(bench.answer(get("/empty.txt")).status, 200);
  EXPECT_EQ(bench.loop.buffers().high_water, 1) << "the request's buffer is the first of the answer";
}

TEST(Pages, ReadByASlowPeerTakeNoMoreThanOneBuffer) {
  SmallBench bench;
  TestPeer& peer = bench.dial();
  peer.set_window(100);
  peer.read_slowly(7);
  peer.send(get("/large.txt"));
  for (uint32_t turns = 0; turns != 4000; ++turns, ++bench.now_ms) bench.turn();
  std::string stream = peer.received();
  Answer answer;
  ASSERT_TRUE(take_answer(&stream, &answer));
  EXPECT_EQ(answer.body, kLarge);
  EXPECT_EQ(bench.loop.buffers().high_water, 1);
}

TEST(Pages, PathsAreComparedExactly) {
  SmallBench bench;
  const struct {
    const char* target;
    int status;
  } cases[] = {{"/", 200},
               {"/?", 200},
               {"/?a=/b?c", 200},
               {"/app.js", 200},
               {"/app.js?v=1", 200},
               {"http://device.example/app.js", 200},
               {"http://device.example", 200},
               {"https://other:8443?q", 200},
               {"/App.js", 404},
               {"/app.js/", 404},
               {"/app.j", 404},
               {"/app.jss", 404},
               {"//app.js", 404},
               {"/%61pp.js", 404},
               {"/./app.js", 404},
               {"/x/../app.js", 404},
               {"/../../etc/passwd", 404},
               {"/favicon.ico", 404}};
  for (const auto& each : cases) EXPECT_EQ(bench.answer(get(each.target)).status, each.status) << each.target;
}

// A target that is longer than the buffer is not kept, but its path is looked at while it is there.
TEST(Pages, TheQueryMayBeLongerThanABuffer) {
  SmallBench bench;
  for (size_t size = 200; size < 300; ++size) {
    EXPECT_EQ(bench.answer(get("/app.js?" + std::string(size, 'q'))).body, kScript) << size;
    EXPECT_EQ(bench.answer(get("/" + std::string(size, 'p'))).status, 404) << size;
    EXPECT_EQ(bench.answer(get("/" + std::string(size, 'p') + "?")).status, 404) << size;
  }
  EXPECT_EQ(bench.answer(get("/?" + std::string(5000, 'q'))).body, kHtml);
  EXPECT_EQ(bench.answer(get("/" + std::string(5000, 'p'))).status, 404) << "not the page /";
  EXPECT_EQ(bench.answer(get("/" + std::string(9000, 'p'))).status, 414);
}

// RFC 9110, 9.3.2: the same head, and no body.
TEST(Pages, HeadHasTheHeadOfGet) {
  SmallBench bench;
  for (const Page& page : kPages) {
    for (const char* fields : {"", "Accept-Encoding: gzip\r\n"}) {
      const std::string path(page.path.data, page.path.size);
      const Answer whole = bench.answer(get(path, fields));
      const Answer head = bench.answer(get(path, fields, "HEAD"), true);
      EXPECT_EQ(head.status, 200);
      EXPECT_EQ(head.fields, whole.fields);
      EXPECT_FALSE(bench.closed);
    }
  }
  EXPECT_EQ(bench.answer(get("/none", "", "HEAD"), true).status, 404);
  EXPECT_EQ(bench.answer("HEAD / HTTP/1.1\r\n\r\n", true).status, 400);
}

// RFC 9110, 12.5.3
TEST(Pages, AreCompressedForThoseThatTakeIt) {
  SmallBench bench;
  const struct {
    const char* accept;
    bool gzip;
  } cases[] = {{"gzip", true},
               {"gzip, deflate, br, zstd", true},
               {"deflate;q=1, gzip;q=0.001", true},
               {"br, *", true},
               {"X-GZIP", true},
               {"identity, gzip;q=0", false},
               {"*, gzip;q=0", false},
               {"*;q=0", false},
               {"identity;q=0", false},
               {"", false}};
  for (const auto& each : cases) {
    const Answer answer = bench.answer(get("/app.js", std::string("Accept-Encoding: ") + each.accept + "\r\n"));
    EXPECT_EQ(answer.body, each.gzip ? kScriptGzip : kScript) << each.accept;
    EXPECT_EQ(answer.fields.count("Content-Encoding"), each.gzip ? 1u : 0u) << each.accept;
    EXPECT_EQ(answer.fields.at("ETag"), each.gzip ? "\"4567-gz\"" : "\"4567\"") << "RFC 9110, 8.8.3.3: not the same";
    EXPECT_EQ(answer.fields.at("Vary"), "Accept-Encoding");
  }
  EXPECT_EQ(bench.answer(get("/", "Accept-Encoding: gzip\r\n")).body, kHtml) << "it has no such form";
  EXPECT_EQ(bench.answer(get("/app.js", "Accept-Encoding: br\r\nAccept-Encoding: gzip\r\n")).body, kScriptGzip);
}

// RFC 9110, 13.1.2, 15.4.5
TEST(Pages, ThatTheBrowserHasAreNotSentAgain) {
  SmallBench bench;
  const struct {
    const char* target;
    const char* fields;
    int status;
  } cases[] = {{"/", "If-None-Match: \"0123\"\r\n", 304},
               {"/", "If-None-Match: W/\"0123\"\r\n", 304},
               {"/", "If-None-Match: \"x\", \"0123\"\r\n", 304},
               {"/", "If-None-Match: \"x\"\r\nIf-None-Match: \"0123\"\r\n", 304},
               {"/", "If-None-Match: *\r\n", 304},
               {"/", "If-None-Match: \"0124\"\r\n", 200},
               {"/", "If-None-Match: 0123\r\n", 200},
               {"/none", "If-None-Match: *\r\n", 404},
               {"/app.js", "If-None-Match: \"4567-gz\"\r\n", 200},
               {"/app.js", "If-None-Match: \"4567-gz\"\r\nAccept-Encoding: gzip\r\n", 304},
               {"/app.js", "Accept-Encoding: gzip\r\nIf-None-Match: \"4567\"\r\n", 200},
               {"/app.js", "Accept-Encoding: gzip\r\nIf-None-Match: \"4567\", \"4567-gz\"\r\n", 304}};
  for (const auto& each : cases) {
    const Answer answer = bench.answer(get(each.target, each.fields));
    EXPECT_EQ(answer.status, each.status) << each.target << ' ' << each.fields;
    if (answer.status != 304) continue;
    EXPECT_EQ(answer.fields.count("ETag") + answer.fields.count("Cache-Control"), 2u);
    EXPECT_EQ(answer.fields.count("Vary"), each.target == Text("/app.js") ? 1u : 0u);
    EXPECT_EQ(answer.fields.count("Content-Type") + answer.fields.count("Content-Length"), 0u);
    EXPECT_FALSE(bench.closed);
  }
}

// RFC 9110, 14.2: a server may ignore Range.
TEST(Pages, RangesAreIgnored) {
  SmallBench bench;
  const Answer answer = bench.answer(get("/app.js", "Range: bytes=0-9\r\nIf-Range: \"4567\"\r\n"));
  EXPECT_EQ(answer.status, 200);
  EXPECT_EQ(answer.body, kScript);
  EXPECT_EQ(answer.fields.at("Accept-Ranges"), "none");
}

// A field that does not fit a buffer says nothing, and spoils nothing.
TEST(Pages, LongFieldsArePassedOver) {
  SmallBench bench;
  const std::string fields = "Cookie: " + std::string(2000, 'c') + "\r\nAccept-Encoding: " + std::string(300, 'a') +
                             ", gzip\r\nIf-None-Match: \"" + std::string(300, 'x') + "\", \"4567\"\r\nX: y\r\n";
  EXPECT_EQ(bench.answer(get("/app.js", fields)).body, kScript);
  EXPECT_EQ(bench.answer(get("/", "X: " + std::string(9000, 'x') + "\r\n")).status, 431);
}

// ---- keep-alive ----

// RFC 9112, 9.3.2
TEST(Pages, PipelinedRequestsAreAnsweredInOrder) {
  const std::string requests = get("/") + get("/large.txt") + get("/none") +
                               get("/app.js", "Accept-Encoding: gzip\r\n") + get("/", "If-None-Match: \"0123\"\r\n") +
                               get("/empty.txt");
  for (const size_t chunk : {SIZE_MAX, size_t{1}, size_t{7}, size_t{100}, size_t{256}}) {
    SmallBench bench;
    const std::vector<Answer> all = bench.answers(requests, chunk);
    ASSERT_EQ(all.size(), 6u) << chunk;
    EXPECT_EQ(all[0].body, kHtml);
    EXPECT_EQ(all[1].body, kLarge);
    EXPECT_EQ(all[2].status, 404);
    EXPECT_EQ(all[3].body, kScriptGzip);
    EXPECT_EQ(all[4].status, 304);
    EXPECT_EQ(all[5].status, 200);
    EXPECT_FALSE(bench.closed);
  }
}

// Wherever the requests are cut in two.
TEST(Pages, EverySplitOfTwoRequests) {
  const std::string requests = get("/?" + std::string(300, 'q'), "Accept-Encoding: gzip\r\n") +
                               get("/app.js", "If-None-Match: \"4567\"\r\nX: " + std::string(300, 'x') + "\r\n");
  for (size_t cut = 1; cut < requests.size(); ++cut) {
    SmallBench bench;
    const std::vector<Answer> all = bench.answers(requests, cut);
    ASSERT_EQ(all.size(), 2u) << cut;
    EXPECT_EQ(all[0].body, kHtml) << cut;
    EXPECT_EQ(all[1].status, 304) << cut;
  }
}

// The request before leaves nothing behind: neither its tags nor its codings, method or version.
TEST(Pages, EachRequestStartsAfresh) {
  SmallBench bench;
  const std::vector<Answer> all = bench.answers(get("/app.js", "Accept-Encoding: gzip\r\nIf-None-Match: *\r\n") +
                                                get("/app.js") + get("/none") + get("/"));
  ASSERT_EQ(all.size(), 4u);
  EXPECT_EQ(all[0].status, 304);
  EXPECT_EQ(all[1].body, kScript);
  EXPECT_EQ(all[2].status, 404);
  EXPECT_EQ(all[3].body, kHtml);
}

TEST(Pages, AHandshakeMayFollowOnTheSameConnection) {
  for (const size_t chunk : {SIZE_MAX, size_t{1}}) {
    SmallBench bench;
    TestPeer& peer = bench.dial();
    const std::string all = get("/") + get("/app.js") + request() + peer_frame(Role::kServer, kTextFrame, "early");
    for (size_t at = 0; at < all.size(); at += std::min(chunk, all.size() - at)) {
      peer.send(all.substr(at, chunk));
      bench.settle();
    }
    std::string stream = peer.received();
    Answer answer;
    ASSERT_TRUE(take_answer(&stream, &answer));
    ASSERT_TRUE(take_answer(&stream, &answer));
    EXPECT_EQ(answer.body, kScript);
    EXPECT_EQ(stream.substr(0, 12), "HTTP/1.1 101");
    ASSERT_EQ(bench.count(Event::kMessage), 1u);
    EXPECT_EQ(bench.last(Event::kMessage)->data, "early");
    EXPECT_EQ(bench.loop.handshakes().in_use, 0);
    peer.close();
    bench.settle();
  }
}

TEST(Pages, TheConnectionEndsWhenThePeerSaysSo) {
  SmallBench bench;
  const struct {
    std::string request;
    bool closes;
  } cases[] = {{get("/"), false},
               {get("/", "Connection: keep-alive\r\n"), false},
               {get("/", "Connection: close\r\n"), true},
               {get("/", "Connection: x, Close\r\n"), true},
               {get("/none", "Connection: close\r\n"), true},
               {get("/", "If-None-Match: *\r\nConnection: close\r\n"), true},
               {"GET / HTTP/1.0\r\n\r\n", true},
               {"GET / HTTP/1.0\r\nHost: x\r\nConnection: keep-alive\r\n\r\n", true},
               {"GET /none HTTP/1.0\r\n\r\n", true}};
  for (const auto& each : cases) {
    const Answer answer = bench.answer(each.request);
    EXPECT_EQ(bench.closed, each.closes) << each.request;
    EXPECT_EQ(answer.fields.count("Connection"), each.closes ? 1u : 0u) << each.request;
  }
  const std::vector<Answer> all = bench.answers(get("/", "Connection: close\r\n") + get("/app.js"));
  EXPECT_EQ(all.size(), 1u) << "what follows is not looked at";
}

TEST(Pages, OneConnectionHasABoundedNumberOfRequests) {
  PageBench<2, 512> bench;
  std::string requests;
  for (uint32_t i = 0; i <= config::kHttpRequests; ++i) requests += get("/");
  const std::vector<Answer> all = bench.answers(requests);
  ASSERT_EQ(all.size(), config::kHttpRequests);
  EXPECT_TRUE(bench.closed);
  EXPECT_EQ(all[config::kHttpRequests - 2].fields.count("Connection"), 0u);
  EXPECT_EQ(all[config::kHttpRequests - 1].fields.at("Connection"), "close");
}

// RFC 9112, 9.5
TEST(Pages, AnIdleConnectionEndsInTime) {
  for (const std::string& begun : {std::string(), get("/").substr(0, 20)}) {
    SmallBench bench;
    TestPeer& peer = bench.dial();
    peer.send(get("/"));
    bench.advance(10000);
    peer.send(begun);
    bench.advance(config::kHeadTimeoutMs - 10001);
    EXPECT_FALSE(peer.gone());
    bench.advance(2);
    EXPECT_TRUE(peer.gone());
    bench.expect_baseline();
  }
}

// The deadline is of each request, not of the connection.
TEST(Pages, EachRequestHasItsOwnTime) {
  SmallBench bench;
  TestPeer& peer = bench.dial();
  for (int i = 0; i < 5; ++i) {
    peer.send(get("/"));
    bench.advance(config::kHeadTimeoutMs - 1);
    EXPECT_FALSE(peer.gone()) << i;
  }
}

// ---- what a peer may keep others from ----

TEST(Pages, APeerThatDoesNotTakeItsAnswerIsAbortedInTime) {
  SmallBench bench;
  TestPeer& peer = bench.dial();
  peer.set_window(100);
  peer.stop_reading();
  peer.send(get("/large.txt"));
  bench.advance(config::kWriteProgressTimeoutMs + config::kHeadTimeoutMs);
  EXPECT_TRUE(peer.gone());
  bench.expect_baseline();
}

// R-SRV-1: idle connections, slow heads and peers that do not read, as many as there are places, and a good one.
TEST(Pages, ThoseThatAreSilentGiveWay) {
  for (const int kind : {0, 1, 2, 3}) {  // 3: one that takes a byte now and then
    PageBench<4, 256> bench;
    std::vector<TestPeer*> silent;
    for (int i = 0; i < 2; ++i) {
      TestPeer& peer = bench.dial();
      if (kind >= 2) {
        peer.set_window(100);
        peer.stop_reading();
      }
      peer.send(kind == 1 ? get("/").substr(0, 10) : get("/large.txt"));
      bench.settle();
      silent.push_back(&peer);
    }
    EXPECT_EQ(bench.loop.handshakes().in_use, 2);
    for (uint32_t ms = 0; ms <= config::kSilentGraceMs; ms += 10) {
      if (kind == 3) {
        for (TestPeer* each : silent) each->read_once(1);
      }
      bench.advance(10);
    }
    TestPeer& good = bench.dial();
    good.send(get("/"));
    bench.settle();
    std::string stream = good.received();
    Answer answer;
    ASSERT_TRUE(take_answer(&stream, &answer)) << kind;
    EXPECT_EQ(answer.body, kHtml);
    EXPECT_EQ((silent[0]->gone() ? 1 : 0) + (silent[1]->gone() ? 1 : 0), 1) << kind;
  }
}

TEST(Pages, AFullServerStillServesThem) {
  SmallBench bench;
  bench.open(Role::kServer);
  bench.open(Role::kServer);
  TestPeer& peer = bench.dial();
  peer.send(get("/") + request());
  bench.settle();
  std::string stream = peer.received();
  Answer answer;
  ASSERT_TRUE(take_answer(&stream, &answer));
  EXPECT_EQ(answer.body, kHtml);
  ASSERT_TRUE(take_answer(&stream, &answer));
  EXPECT_EQ(answer.status, 503);
  EXPECT_EQ(answer.body, "503 Service Unavailable\n");
  EXPECT_TRUE(peer.closed());
}

// ---- refusals ----

// RFC 9112, 11.2: whatever could be read as two requests by another party on the way is refused, and the connection
// ends: the request that hides behind it is never answered.
TEST(Pages, NoRequestIsServedAsTwo) {
  const struct {
    std::string request;
    int status;
  } cases[] = {
      {get("/", "Content-Length: 5\r\n"), 400},
      {get("/", "Content-Length: 5\r\n", "HEAD"), 400},
      {get("/", "Content-Length: 0\r\nContent-Length: 5\r\n"), 400},
      {get("/", "Content-Length: +0\r\n"), 400},
      {get("/", "Content-Length: -1\r\n"), 400},
      {get("/", "Content-Length: 0, 5\r\n"), 400},
      {get("/", "Content-Length: 0x0\r\n"), 400},
      {get("/", "Content-Length: 18446744073709551616\r\n"), 400},
      {get("/", "Content-Length:\r\n"), 400},
      {get("/", "Transfer-Encoding: chunked\r\n"), 400},
      {get("/", "Transfer-Encoding: identity\r\n"), 400},
      {get("/", "Content-Length: 0\r\nTransfer-Encoding: chunked\r\n"), 400},
      {get("/", "Transfer-Encoding:\r\n"), 400},
      {get("/", "X: 1\r\n folded\r\n"), 400},
      {get("/", "X : 1\r\n"), 400},
      {get("/", "X: 1\nY: 2\r\n"), 400},
      {get("/", "X: 1\rY: 2\r\n"), 400},
      {get("/", std::string("X: 1\0\r\n", 7)), 400},
      {get("/", "Host: other\r\n"), 400},
      {get("/", ": x\r\n"), 400},
      {get("/", "Expect: 100-continue\r\n"), 417},
      {"GET / HTTP/1.1\r\n\r\n", 400},
      {"GET / HTTP/1.1\nHost: x\n\n", 400},
      {"GET  / HTTP/1.1\r\nHost: x\r\n\r\n", 400},
      {"GET / HTTP/1.1 \r\nHost: x\r\n\r\n", 400},
      {"GET /\r\n\r\n", 400},
      {"GET / HTTP/2.0\r\nHost: x\r\n\r\n", 505},
      {"GET x HTTP/1.1\r\nHost: x\r\n\r\n", 400},
      {"POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 5\r\n\r\n", 405},
      {"OPTIONS * HTTP/1.1\r\nHost: x\r\n\r\n", 405},
      {"CONNECT x:1 HTTP/1.1\r\nHost: x\r\n\r\n", 405},
      {"TRACE / HTTP/1.1\r\nHost: x\r\n\r\n", 405},
      {"get / HTTP/1.1\r\nHost: x\r\n\r\n", 405},
      {"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", 405},
      {"\x16\x03\x01\x02\x00", 400},
  };
  for (const auto& each : cases) {
    for (const char* before : {"", "GET / HTTP/1.1\r\nHost: x\r\n\r\n"}) {
      SmallBench bench;
      TestPeer& peer = bench.dial();
      peer.send(before + each.request + get("/app.js"));
      bench.settle();
      std::string stream = peer.received();
      Answer answer;
      if (*before != '\0') {
        ASSERT_TRUE(take_answer(&stream, &answer));
      }
      ASSERT_TRUE(take_answer(&stream, &answer, each.request.compare(0, 4, "HEAD") == 0)) << each.request;
      EXPECT_EQ(answer.status, each.status) << each.request;
      EXPECT_EQ(answer.fields.at("Connection"), "close");
      EXPECT_EQ(stream, "") << each.request;
      EXPECT_TRUE(peer.closed());
      peer.close();
      bench.settle();
      bench.expect_baseline(each.request);
    }
  }
}

TEST(Pages, RefusalsAreInWords) {
  SmallBench bench;
  const Answer missing = bench.answer(get("/none"));
  EXPECT_EQ(missing.body, "404 Not Found\n");
  EXPECT_EQ(missing.fields.at("Content-Type"), "text/plain; charset=utf-8");
  EXPECT_FALSE(bench.closed) << "a browser that asks for an icon goes on";
  const Answer method = bench.answer("PUT / HTTP/1.1\r\nHost: x\r\n\r\n");
  EXPECT_EQ(method.body, "405 Method Not Allowed\n");
  EXPECT_EQ(method.fields.at("Allow"), "GET, HEAD");
}

// An opening handshake is as strict as without pages, and what asks for one gets no page instead.
TEST(Pages, WhatAsksForAHandshakeGetsNoPage) {
  const std::string key = "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n";
  const std::string version = "Sec-WebSocket-Version: 13\r\n";
  const std::string upgrade = "Upgrade: websocket\r\nConnection: Upgrade\r\n";
  const struct {
    std::string request;
    int status;
  } cases[] = {{get("/", upgrade + key + version), 101},
               {get("/", upgrade + key), 400},
               {get("/", upgrade + version), 400},
               {get("/", upgrade + key + "Sec-WebSocket-Version: 8\r\n"), 426},
               {get("/", upgrade + "Sec-WebSocket-Version: 8\r\n"), 426},
               {get("/", key + version), 426},
               {get("/", "Connection: close\r\n" + key + version), 426},
               {get("/", upgrade + key + version + key), 400},
               {get("/", upgrade + "Sec-WebSocket-Key: short\r\n" + version), 400},
               {get("/", upgrade + key + version + "Content-Length: 1\r\n"), 400},
               {get("/", upgrade + key + version + "Transfer-Encoding: chunked\r\n"), 400},
               {get("/", upgrade + key + version + "Accept-Encoding: gzip\r\nIf-None-Match: *\r\n"), 101},
               {"GET / HTTP/1.0\r\nHost: x\r\n" + upgrade + key + version + "\r\n", 426},
               {"GET / HTTP/1.0\r\nHost: x\r\n" + upgrade + "\r\n", 426},
               {get("/", "Upgrade: h2c\r\nConnection: Upgrade, HTTP2-Settings\r\nHTTP2-Settings: AAM\r\n"), 200},
               {get("/", "Upgrade: websocket\r\n"), 200}};
  for (const auto& each : cases) {
    SmallBench bench;
    TestPeer& peer = bench.dial();
    peer.send(each.request);
    bench.settle();
    EXPECT_EQ(peer.received().substr(9, 3), std::to_string(each.status)) << each.request;
    if (each.status == 426) {
      EXPECT_NE(
          peer.received().find("\r\nConnection: close, Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13"),
          std::string::npos);
    }
    peer.close();
    bench.settle();
  }
}

TEST(Pages, EveryRefusalFitsTheSmallestBuffer) {
  for (uint16_t status = 400; status < 600; ++status) {
    SmallBench bench;
    bench.server_options.on_request = &keep_request_fields;
    bench.app = [&](const Event& event) { EXPECT_EQ(event.socket.reject(status), Status::kOk); };
    const Answer answer = bench.answer(get("/"));
    EXPECT_EQ(answer.status, status);
    EXPECT_EQ(answer.body.substr(0, 3), std::to_string(status));
    EXPECT_TRUE(bench.closed);
  }
}

// ---- ends ----

TEST(Pages, ThePeerMayEndAtAnyTime) {
  const std::string request = get("/large.txt");
  for (const bool reset : {false, true}) {
    for (size_t size = 0; size <= request.size(); size += 5) {
      SmallBench bench;
      TestPeer& peer = bench.dial();
      peer.set_window(100);
      peer.stop_reading();
      peer.send(request.substr(0, size));
      bench.settle();
      if (reset) {
        peer.reset();
      } else {
        peer.close();
      }
      peer.start_reading();
      bench.settle();
      bench.advance(20000);
      bench.expect_baseline();
    }
  }
}

// A peer that ends its side after the request, as some tools do, gets the whole answer.
TEST(Pages, AnEndBehindTheRequestIsNoHurry) {
  SmallBench bench;
  TestPeer& peer = bench.dial();
  peer.set_window(100);
  peer.send(get("/large.txt"));
  peer.close();
  bench.settle();
  std::string stream = peer.received();
  Answer answer;
  ASSERT_TRUE(take_answer(&stream, &answer));
  EXPECT_EQ(answer.body, kLarge);
  bench.expect_baseline();
}

TEST(Pages, StoppingTheServerEndsThem) {
  SmallBench bench;
  TestPeer& peer = bench.dial();
  peer.set_window(100);
  peer.stop_reading();
  peer.send(get("/large.txt"));
  bench.settle();
  bench.server.stop();
  bench.settle();
  EXPECT_TRUE(peer.gone());
  bench.expect_baseline();
}

// A server without http in its options is as it was.
TEST(Pages, AreNotServedUnlessNamed) {
  SmallBench bench;
  bench.server_options.http = nullptr;
  bench.listen();
  TestPeer& peer = bench.dial();
  peer.send(get("/"));
  bench.settle();
  EXPECT_EQ(peer.received().substr(9, 3), "426");
}

}  // namespace
}  // namespace whit
