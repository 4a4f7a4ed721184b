// SPDX-License-Identifier: MIT
// The server's side of the opening handshake, through a loop: what is asked, what is answered.
#include "whit/server.h"

#include <gtest/gtest.h>

#include <memory>
#include <string>
#include <vector>

#include "unit/core/bench.h"

namespace whit {
namespace {

constexpr Text kProtocols[] = {"v2.chat", "v1.chat", "mqtt"};
constexpr Text kOrigins[] = {"https://example.com", "http://localhost:8080"};

using Lines = std::vector<std::string>;

Lines good_lines() {
  return {"GET /chat?room=1 HTTP/1.1",
          "Host: server.example",
          "Upgrade: websocket",
          "Connection: Upgrade",
          "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==",
          "Sec-WebSocket-Version: 13"};
}

std::string head_of(const Lines& lines) {
  std::string head;
  for (const std::string& line : lines) head += line + "\r\n";
  return head + "\r\n";
}

// The request of RFC 6455, 1.3, with lines that take the place of those with the same name; without a colon: away.
std::string changed(const Lines& changes) {
  Lines lines = good_lines();
  for (const std::string& change : changes) {
    const size_t colon = change.find(':');
    const std::string name = change.substr(0, colon);
    bool found = false;
    for (size_t i = 1; i < lines.size(); ++i) {
      if (lines[i].compare(0, name.size() + 1, name + ":") != 0) continue;
      found = true;
      if (colon == std::string::npos) {
        lines.erase(lines.begin() + static_cast<long>(i));
      } else {
        lines[i] = change;
      }
      break;
    }
    if (!found) lines.push_back(change);
  }
  return head_of(lines);
}

std::string with(const Lines& more) {
  Lines lines = good_lines();
  lines.insert(lines.end(), more.begin(), more.end());
  return head_of(lines);
}

std::string started_by(const std::string& request_line) {
  Lines lines = good_lines();
  lines[0] = request_line;
  return head_of(lines);
}

class ServerTest : public testing::Test, protected Bench<2, 6, 512> {
 protected:
  // The whole answer to a request.
  std::string answer(const std::string& head) {
    if (server.port() == 0) listen();
    TestPeer& peer = pipe.dial(80);
    peer.send(head);
    settle();
    const std::string received = peer.received();
    peer.close();
    settle();
    advance(10000);  // what did not end so ends by its deadline
    EXPECT_EQ(loop.buffers().in_use, 0);
    EXPECT_EQ(loop.handshakes().in_use, 0);
    return received;
  }
  // Its status; 0: none.
  int status(const std::string& head) {
    const std::string received = answer(head);
    return received.compare(0, 9, "HTTP/1.1 ") == 0 ? std::stoi(received.substr(9, 3)) : 0;
  }
};

// ---- the answer ----

// WS-055, WS-056, WS-057, WS-058, WS-108, WS-139, H1-023, HS-010, HS-013
TEST_F(ServerTest, AnswersTheExampleOfTheRfc) {
  EXPECT_EQ(answer(head_of(good_lines())),
            "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
            "Sec-WebSocket-Accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo=\r\n\r\n");
  EXPECT_EQ(count(Event::kOpen), 1u);
}

TEST_F(ServerTest, RefusalsAreWholeAndEnd) {
  if (server.port() == 0) listen();
  TestPeer& peer = pipe.dial(80);
  peer.send(started_by("POST / HTTP/1.1"));
  settle();
  EXPECT_EQ(peer.received(), "HTTP/1.1 405 Refused\r\nContent-Length: 0\r\nConnection: close\r\nAllow: GET\r\n\r\n");
  EXPECT_TRUE(peer.closed());
  EXPECT_EQ(count(Event::kOpen) + count(Event::kError) + count(Event::kClose), 0u) << "it never opened";
  peer.close();
  settle();
  expect_baseline();
}

// WS-052, WS-061, HS-014
TEST_F(ServerTest, AnotherVersionIsToldOurs) {
  EXPECT_EQ(answer(changed({"Sec-WebSocket-Version: 8"})),
            "HTTP/1.1 426 Refused\r\nContent-Length: 0\r\nConnection: close, Upgrade\r\nUpgrade: websocket\r\n"
            "Sec-WebSocket-Version: 13\r\n\r\n");
  EXPECT_EQ(status(changed({"Sec-WebSocket-Version: 25", "Sec-WebSocket-Key"})), 426)
      << "whatever else that version has or has not";
}

// However many are refused: each gives back all it had.
TEST_F(ServerTest, RefusalsLeaveRoomForOthers) {
  for (int i = 0; i < 20; ++i) EXPECT_EQ(status(started_by("HEAD / HTTP/1.1")), 405) << i;
  EXPECT_EQ(status(head_of(good_lines())), 101);
}

// ---- the request line ----

// WS-038, WS-039, WS-154, HS-016, H2-003
TEST_F(ServerTest, RequestLines) {
  const struct {
    const char* line;
    int status;
  } cases[] = {
      {"GET / HTTP/1.1", 101},
      {"GET http://server.example/chat HTTP/1.1", 101},
      {"GET https://server.example HTTP/1.1", 101},
      {"GET / HTTP/1.2", 101},
      {"POST / HTTP/1.1", 405},
      {"HEAD / HTTP/1.1", 405},
      {"get / HTTP/1.1", 405},
      {"PRI * HTTP/2.0", 405},
      {"GET / HTTP/1.0", 426},
      {"HEAD / HTTP/1.0", 405},
      {"GET * HTTP/1.0", 400},
      {"GET / HTTP/2.0", 505},
      {"GET / HTTP/1.1x", 400},
      {"GET / http/1.1", 400},
      {"GET /", 400},
      {"GET  / HTTP/1.1", 400},
      {"GET /a b HTTP/1.1", 400},
      {"GET * HTTP/1.1", 400},
      {"GET chat HTTP/1.1", 400},
      {"GET /a#b HTTP/1.1", 400},
      {"GET ftp://h/ HTTP/1.1", 400},
      {"GE(T / HTTP/1.1", 400},
      {"\x16\x03\x01", 400},
  };
  for (const auto& each : cases) EXPECT_EQ(status(started_by(each.line)), each.status) << each.line;
}

// H1-005
TEST_F(ServerTest, OneEmptyLineBeforeTheRequestIsIgnored) {
  EXPECT_EQ(status("\r\n" + head_of(good_lines())), 101);
  EXPECT_EQ(status("\r\n\r\n" + head_of(good_lines())), 400);
}

// H1-010, H1-011
TEST_F(ServerTest, ATargetThatDoesNotFitIs414) {
  server_options.on_request = &keep_request_fields;
  EXPECT_EQ(status(started_by("GET /" + std::string(600, 'a') + " HTTP/1.1")), 414) << "the application is to see it";
}

// RFC 9110, 7.8: an Upgrade in HTTP/1.0 means nothing, so whatever asks is told what is spoken here.
TEST_F(ServerTest, Http10IsToldToUpgrade) {
  const std::string told =
      "HTTP/1.1 426 Refused\r\nContent-Length: 0\r\nConnection: close, Upgrade\r\nUpgrade: websocket\r\n"
      "Sec-WebSocket-Version: 13\r\n\r\n";
  EXPECT_EQ(answer("GET / HTTP/1.0\r\n\r\n"), told) << "a health check of a proxy";
  EXPECT_EQ(answer(started_by("GET / HTTP/1.0")), told) << "with all that an upgrade needs";
}

// ---- lines that no application asked for ----

// However they are split, and whatever their size about that of a buffer.
TEST_F(ServerTest, LongTargetsArePassedOver) {
  const auto target = [](const std::string& begin, size_t size) {
    return begin + std::string(size - begin.size(), 't');
  };
  for (size_t size = 490; size <= 520; ++size) {
    EXPECT_EQ(status(started_by("GET " + target("/ws?token=", size) + " HTTP/1.1")), 101) << size;
  }
  for (const size_t size : {size_t{600}, size_t{1100}, size_t{7000}}) {
    EXPECT_EQ(status(started_by("GET " + target("/", size) + " HTTP/1.1")), 101) << size;
    EXPECT_EQ(status(started_by("GET " + target("http://server.example/", size) + " HTTP/1.1")), 101) << size;
    EXPECT_EQ(status(started_by("GET " + target("https://[::1]:80?", size) + " HTTP/1.1")), 101) << size;
    EXPECT_EQ(status(started_by("GET " + target("/", size) + " HTTP/1.0")), 426) << size;
    EXPECT_EQ(status(started_by("GET " + target("/", size) + " HTTP/1.1x")), 400) << size;
    EXPECT_EQ(status(started_by("GET " + target("/", size) + " x HTTP/1.1")), 400) << size;
    EXPECT_EQ(status(started_by("GET " + target("/", size) + "#x HTTP/1.1")), 400) << size;
    EXPECT_EQ(status(started_by("GET " + target("/", size) + "\x01 HTTP/1.1")), 400) << size;
    EXPECT_EQ(status(started_by("POST " + target("/", size) + " HTTP/1.1")), 414) << size;
    EXPECT_EQ(status(started_by("GET " + target("x", size) + " HTTP/1.1")), 414) << size;
    EXPECT_EQ(status(started_by("GET " + target("http://", size) + " HTTP/1.1")), 414) << "no end of the authority";
    EXPECT_EQ(status(started_by("GET /" + std::string(size, ' ') + " HTTP/1.1")), 414) << size;
  }
  EXPECT_EQ(status(started_by("GET " + target("/", 9000) + " HTTP/1.1")), 414) << "max_head_bytes";
}

// Tokens of browsers travel among the subprotocols, because they can send no Authorization.
TEST_F(ServerTest, LongListsAreReadInParts) {
  server_options.protocols = kProtocols;
  server_options.protocol_count = 3;
  const auto chosen = [this](const std::string& list) {
    const std::string received = answer(with({"Sec-WebSocket-Protocol: " + list}));
    EXPECT_EQ(received.substr(0, 12), "HTTP/1.1 101") << list.size();
    const size_t at = received.find("Protocol: ");
    return at == std::string::npos ? "" : received.substr(at + 10, received.find('\r', at) - at - 10);
  };
  for (size_t size = 440; size <= 520; ++size) {
    const std::string token = "bearer." + std::string(size - 7, 't');
    EXPECT_EQ(chosen(token), "") << size;
    EXPECT_EQ(chosen("mqtt, " + token), "mqtt") << size;
    EXPECT_EQ(chosen(token + ", mqtt"), "mqtt") << size;
    EXPECT_EQ(chosen(token + "mqtt"), "") << size;
    EXPECT_EQ(chosen("mqtt" + token + "," + token + "\t, v1.chat,mqtt"), "v1.chat") << size;
  }
  for (const size_t size : {size_t{800}, size_t{3000}}) {
    const std::string token(size, 't');
    EXPECT_EQ(chosen("mqtt, " + token + ",v2.chat, " + token), "v2.chat") << size;
    std::string many;
    for (size_t i = 0; many.size() < size; ++i) many += "p" + std::to_string(i) + ", ";
    EXPECT_EQ(chosen(many + "mqtt"), "mqtt") << size;
    EXPECT_EQ(status(changed({"Connection: " + many + "Upgrade"})), 101) << size;
    EXPECT_EQ(status(changed({"Upgrade: " + many + "websocket"})), 101) << size;
    EXPECT_EQ(status(changed({"Connection: " + many + "Upgrad"})), 426) << size;
  }
  EXPECT_EQ(status(with({"Sec-WebSocket-Protocol: mqtt, " + std::string(9000, 't')})), 431) << "max_head_bytes";
  EXPECT_EQ(status(with({"Sec-WebSocket-Protocol: " + std::string(600, 't') + "\x01"})), 400);
  server_options.on_request = &keep_request_fields;
  EXPECT_EQ(status(with({"Sec-WebSocket-Protocol: " + std::string(600, 't')})), 431) << "the application is to see it";
}

// The whole head counts, and each of its bytes once.
TEST_F(ServerTest, TheLimitOfAHeadWithLongLinesIsExact) {
  server_options.protocols = kProtocols;
  server_options.protocol_count = 3;
  Lines lines = good_lines();
  lines[0] = "GET /" + std::string(1300, 't') + " HTTP/1.1";
  lines.push_back("Sec-WebSocket-Protocol: " + std::string(700, 'b') + ", a, mqtt, " + std::string(700, 'c'));
  const std::string head = head_of(lines);
  server_options.max_head_bytes = static_cast<uint32_t>(head.size());
  EXPECT_EQ(status(head), 101);
  --server_options.max_head_bytes;
  EXPECT_EQ(status(head), 431);
}

// A byte at a time, in all pieces of one size.
TEST_F(ServerTest, LongLinesHoweverTheyAreSplit) {
  server_options.protocols = kProtocols;
  server_options.protocol_count = 3;
  listen();
  Lines lines = good_lines();
  lines[0] = "GET /" + std::string(1300, 't') + " HTTP/1.1";
  lines.push_back("Sec-WebSocket-Protocol: " + std::string(700, 'b') + ", a, mqtt, " + std::string(700, 'c'));
  const std::string head = head_of(lines);
  for (size_t step = 1; step <= 700; step += step < 40 ? 1 : 33) {
    TestPeer& peer = pipe.dial(80);
    for (size_t at = 0; at < head.size(); at += step) {
      peer.send(head.substr(at, step));
      settle();
    }
    EXPECT_NE(peer.received().find("Protocol: mqtt\r\n"), std::string::npos) << step;
    peer.close();
    advance(10000);
  }
  expect_baseline();
}

// ---- the fields ----

struct FieldCase {
  const char* line;  // in place of the line of that name, or away
  int status;
};

constexpr FieldCase kFieldCases[] = {
    // WS-040, H1-014
    {"Host", 400},
    {"Host:", 400},
    {"Host: a b", 400},
    {"Host: a/b", 400},
    {"Host: user@h", 400},
    {"Host: h:0", 400},
    {"Host: [::1]:8080", 101},
    // WS-041, HS-012
    {"Upgrade", 426},
    {"Upgrade: websocket2", 426},
    {"Upgrade: h2c", 426},
    {"Upgrade: WebSocket", 101},
    {"Upgrade: h2c, websocket", 101},
    {"Upgrade:\t websocket \t", 101},
    // WS-042, HS-009, HS-011, HS-015
    {"Connection", 426},
    {"Connection: close", 426},
    {"Connection: Upgraded", 426},
    {"Connection: keep-alive, uPGRADE", 101},
    {"Connection: , Upgrade,, ", 101},
    // WS-043
    {"Sec-WebSocket-Key", 400},
    {"Sec-WebSocket-Key:", 400},
    {"Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ=", 400},
    {"Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ===", 400},
    {"Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZ!==", 400},
    {"Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZWE=", 400},
    // WS-044, WS-052
    {"Sec-WebSocket-Version", 400},
    {"Sec-WebSocket-Version:", 426},
    {"Sec-WebSocket-Version: 12", 426},
    {"Sec-WebSocket-Version: 14", 426},
    {"Sec-WebSocket-Version: 013", 426},
    {"Sec-WebSocket-Version: 13, 14", 426},
    {"Sec-WebSocket-Version: 4294967309", 426},
    {"Sec-WebSocket-Version: 13 ", 101},
    // H1-024, H1-026
    {"Content-Length: 0", 101},
    {"Content-Length: 5", 400},
    {"Content-Length: +0", 400},
    {"Content-Length: 0, 0", 400},
    {"Transfer-Encoding: chunked", 400},
    {"Transfer-Encoding: identity", 400},
    // HS-017
    {"Expect: 100-continue", 417},
    // WS-047, WS-140, WS-141
    {"Sec-WebSocket-Extensions: permessage-deflate; client_max_window_bits", 101},
    {"Sec-WebSocket-Extensions: a; b=\"10\", c", 101},
    {"Sec-WebSocket-Extensions:", 400},
    {"Sec-WebSocket-Extensions: a; b=\"1 0\"", 400},
    {"Sec-WebSocket-Extensions: a;;b", 400},
    {"Sec-WebSocket-Extensions: constructor", 101},
    // WS-060, H1-018, H1-021, HS-007
    {"X-Other: anything at all", 101},
    {"X-Empty:", 101},
    {"Bad Name: x", 400},
    {"Host : h", 400},
    {" folded: x", 400},
};

TEST_F(ServerTest, Fields) {
  for (const FieldCase& each : kFieldCases) {
    EXPECT_EQ(status(changed({each.line})), each.status) << each.line;
  }
  EXPECT_EQ(status(with({"no colon"})), 400);
  EXPECT_EQ(status(with({std::string("X: a\0b", 6)})), 400);
  EXPECT_EQ(status(with({"X: a\rb"})), 400);
  EXPECT_EQ(status(with({"X: a\nb"})), 400);
  EXPECT_EQ(status(with({"X: \xC3\xA4\xFF"})), 101);
}

// WS-040, WS-155, WS-159, HS-005: RFC 6455, 11.3
TEST_F(ServerTest, FieldsThatMayComeOnce) {
  for (const char* line : {"Host: server.example", "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==",
                           "Sec-WebSocket-Version: 13", "Sec-WebSocket-Version: 12"}) {
    EXPECT_EQ(status(with({line})), 400) << line;
  }
  EXPECT_EQ(status(with({"Origin: http://a", "Origin: http://a"})), 400);
}

// WS-143
TEST_F(ServerTest, ListsMaySpanLines) {
  EXPECT_EQ(status(with({"Upgrade: h2c", "Connection: keep-alive", "Sec-WebSocket-Extensions: a",
                         "Sec-WebSocket-Extensions: b"})),
            101);
  EXPECT_EQ(status(changed({"Upgrade: h2c", "Connection: keep-alive"})), 426);
}

// HS-003
TEST_F(ServerTest, NamesOfFieldsWithoutRegardToCase) {
  EXPECT_EQ(status("GET / HTTP/1.1\r\nhOST: h\r\nUPGRADE: websocket\r\nconnection: upgrade\r\n"
                   "sec-websocket-KEY: dGhlIHNhbXBsZSBub25jZQ==\r\nsec-WEBSOCKET-version: 13\r\n\r\n"),
            101);
}

// WS-048, HS-004: a browser's request fits a small buffer, because its fields are not kept.
TEST_F(ServerTest, ABrowsersRequestWithALongCookie) {
  EXPECT_EQ(status(with({"Cookie: session=" + std::string(4000, 'c'), "User-Agent: " + std::string(300, 'u'),
                         "Sec-Fetch-Site: same-origin", "Accept-Language: de,en;q=0.5"})),
            101);
}

// HS-006
TEST_F(ServerTest, TooMuchIs431) {
  EXPECT_EQ(status(with({"Origin: " + std::string(600, 'o')})), 431);
  EXPECT_EQ(status(with({std::string(600, 'n') + ": x"})), 431);
  EXPECT_EQ(status(with({"Cookie: " + std::string(9000, 'c')})), 431);
  server_options.max_head_bytes = static_cast<uint32_t>(head_of(good_lines()).size());
  EXPECT_EQ(status(head_of(good_lines())), 101);
  --server_options.max_head_bytes;
  EXPECT_EQ(status(head_of(good_lines())), 431);
}

// ---- origin: RFC 6455, 10.2 ----

// WS-045, WS-051, WS-146
TEST_F(ServerTest, OnlyOriginsOfTheListMayConnect) {
  EXPECT_EQ(status(with({"Origin: http://evil.example"})), 101) << "no list: all";
  server_options.origins = kOrigins;
  server_options.origin_count = 2;
  const struct {
    const char* line;
    int status;
  } cases[] = {{"Origin: https://example.com", 101},
               {"Origin: http://localhost:8080", 101},
               {"X: no origin", 403},
               {"Origin:", 403},
               {"Origin: null", 403},
               {"Origin: http://example.com", 403},
               {"Origin: https://example.com:444", 403},
               {"Origin: https://example.com.evil", 403},
               {"Origin: https://xexample.com", 403},
               {"Origin: https://EXAMPLE.com", 403}};
  for (const auto& each : cases) EXPECT_EQ(status(with({each.line})), each.status) << each.line;
  EXPECT_EQ(status("\r\n" + with({"Origin: null"})), 403) << "behind an empty line";
}

// ---- subprotocols ----

// WS-046, WS-054, WS-055
TEST_F(ServerTest, OurBestOfTheOfferedSubprotocols) {
  server_options.protocols = kProtocols;
  server_options.protocol_count = 3;
  const struct {
    Lines lines;
    const char* chosen;
  } cases[] = {{{"Sec-WebSocket-Protocol: mqtt, v1.chat"}, "v1.chat"},
               {{"Sec-WebSocket-Protocol: mqtt", "Sec-WebSocket-Protocol: v2.chat"}, "v2.chat"},
               {{"Sec-WebSocket-Protocol: v2.chat", "Sec-WebSocket-Protocol: mqtt"}, "v2.chat"},
               {{"Sec-WebSocket-Protocol: mqtt", "Sec-WebSocket-Protocol: v1.chat"}, "v1.chat"},
               {{"Sec-WebSocket-Protocol: ,, mqtt ,\t"}, "mqtt"},
               {{"Sec-WebSocket-Protocol: MQTT"}, nullptr},
               {{"Sec-WebSocket-Protocol: other, v1.chat2"}, nullptr},
               {{"Sec-WebSocket-Protocol:"}, nullptr},
               {{}, nullptr}};
  for (const auto& each : cases) {
    const std::string received = answer(with(each.lines));
    EXPECT_EQ(received.compare(0, 12, "HTTP/1.1 101"), 0);
    const std::string field = "\r\nSec-WebSocket-Protocol: ";
    if (each.chosen == nullptr) {
      EXPECT_EQ(received.find(field), std::string::npos);
    } else {
      EXPECT_NE(received.find(field + each.chosen + "\r\n\r\n"), std::string::npos) << received;
    }
  }
}

TEST_F(ServerTest, TheApplicationSeesTheSubprotocol) {
  server_options.protocols = kProtocols;
  server_options.protocol_count = 3;
  std::string seen_protocol;
  app = [&](const Event& event) {
    if (event.type == Event::kOpen) seen_protocol.assign(event.socket.protocol().data, event.socket.protocol().size);
  };
  EXPECT_EQ(status(with({"Sec-WebSocket-Protocol: mqtt"})), 101);
  EXPECT_EQ(seen_protocol, "mqtt");
}

// ---- asking the application ----

struct Asked {
  std::string target, host, origin, protocols, cookie, authorization;
};

std::string copy_text(Text text) { return {text.data, text.size}; }

class AskingServerTest : public ServerTest {
 protected:
  AskingServerTest() {
    server_options.on_request = &keep_request_fields;
    server_options.protocols = kProtocols;
    server_options.protocol_count = 3;
    app = [this](const Event& event) {
      if (event.type != Event::kRequest) return;
      Request request;
      EXPECT_TRUE(event.socket.request(&request));
      asked = {copy_text(request.target),    copy_text(request.host),   copy_text(request.origin),
               copy_text(request.protocols), copy_text(request.cookie), copy_text(request.authorization)};
      if (reply) reply(event.socket);
    };
  }
  Asked asked;
  std::function<void(WebSocket)> reply;
};

// WS-053
TEST_F(AskingServerTest, TheRequestIsShown) {
  reply = [](WebSocket socket) { EXPECT_EQ(socket.reject(404), Status::kOk); };
  EXPECT_EQ(status(with({"Origin: https://o", "Cookie: a=b; c=d", "Authorization: Basic eHh4",
                         "Sec-WebSocket-Protocol: mqtt, x"})),
            404);
  EXPECT_EQ(asked.target, "/chat?room=1");
  EXPECT_EQ(asked.host, "server.example");
  EXPECT_EQ(asked.origin, "https://o");
  EXPECT_EQ(asked.protocols, "mqtt, x");
  EXPECT_EQ(asked.cookie, "a=b; c=d");
  EXPECT_EQ(asked.authorization, "Basic eHh4");
  EXPECT_EQ(count(Event::kRequest), 1u);
  EXPECT_EQ(count(Event::kClose), 0u);
}

TEST_F(AskingServerTest, WhatWasNotSentIsEmpty) {
  reply = [](WebSocket socket) { EXPECT_EQ(socket.accept(), Status::kOk); };
  EXPECT_EQ(answer(started_by("GET http://other/x?y HTTP/1.1")),
            "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
            "Sec-WebSocket-Accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo=\r\n\r\n");
  EXPECT_EQ(asked.target, "/x?y");
  EXPECT_EQ(asked.host, "other") << "RFC 9112, 3.2.2: not the Host field";
  EXPECT_EQ(asked.origin + asked.protocols + asked.cookie + asked.authorization, "");
}

TEST_F(AskingServerTest, TheHostOfAnAbsoluteTarget) {
  reply = [](WebSocket socket) { EXPECT_EQ(socket.accept(), Status::kOk); };
  const struct {
    const char* target;
    const char* path;
    const char* host;
  } cases[] = {{"/", "/", "server.example"},
               {"http://h", "/", "h"},
               {"https://[::1]:8080?q", "/?q", "[::1]:8080"},
               {"HTTP://h:80/http://x/", "/http://x/", "h:80"}};
  for (const auto& each : cases) {
    (void)answer(started_by(std::string("GET ") + each.target + " HTTP/1.1"));
    EXPECT_EQ(asked.target, each.path) << each.target;
    EXPECT_EQ(asked.host, each.host) << each.target;
  }
}

// WS-054: what was not offered cannot be agreed on.
TEST_F(AskingServerTest, OnlyAnOfferedSubprotocolIsAccepted) {
  reply = [](WebSocket socket) {
    EXPECT_EQ(socket.accept("v2.chat"), Status::kInvalidArgument) << "ours, but not offered";
    EXPECT_EQ(socket.accept("x"), Status::kInvalidArgument) << "offered, but not ours";
    EXPECT_EQ(socket.accept("mqtt"), Status::kOk);
  };
  EXPECT_NE(answer(with({"Sec-WebSocket-Protocol: x, mqtt, v1.chat"})).find("Sec-WebSocket-Protocol: mqtt\r\n\r\n"),
            std::string::npos);
}

TEST_F(AskingServerTest, AcceptedWithoutSubprotocol) {
  reply = [](WebSocket socket) { EXPECT_EQ(socket.accept(), Status::kOk); };
  EXPECT_EQ(answer(with({"Sec-WebSocket-Protocol: mqtt"})).find("Sec-WebSocket-Protocol"), std::string::npos);
}

// HS-019
TEST_F(AskingServerTest, A401SaysHow) {
  reply = [](WebSocket socket) {
    EXPECT_EQ(socket.reject(399), Status::kInvalidArgument);
    EXPECT_EQ(socket.reject(600), Status::kInvalidArgument);
    EXPECT_EQ(socket.reject(401), Status::kOk);
  };
  EXPECT_NE(answer(head_of(good_lines())).find("\r\nWWW-Authenticate: Basic realm=\"whit\"\r\n"), std::string::npos);
}

TEST_F(AskingServerTest, TheAnswerMayComeLater) {
  listen();
  WebSocket waiting;
  reply = [&](WebSocket socket) { waiting = socket; };
  TestPeer& peer = pipe.dial(80);
  peer.send(with({"Cookie: late"}));
  settle();
  EXPECT_EQ(peer.received(), "");
  Request again;
  ASSERT_TRUE(waiting.request(&again));
  EXPECT_EQ(copy_text(again.cookie), "late");
  EXPECT_EQ(waiting.accept(), Status::kOk);
  EXPECT_FALSE(waiting.request(&again));
  settle();
  EXPECT_EQ(peer.received().substr(0, 12), "HTTP/1.1 101");
  EXPECT_EQ(count(Event::kOpen), 1u);
}

// The fields that are kept must fit one buffer together.
TEST_F(AskingServerTest, WantedFieldsTogetherMustFit) {
  reply = [](WebSocket socket) { EXPECT_EQ(socket.accept(), Status::kOk); };
  const std::string half(240, 'x');
  EXPECT_EQ(status(with({"Cookie: " + half})), 101);
  EXPECT_EQ(status(with({"Cookie: " + half, "X: " + std::string(600, 'x')})), 101) << "nobody wants it";
  EXPECT_EQ(status(with({"Cookie: " + half, "Authorization: " + half})), 431);
  EXPECT_EQ(status(with({"Cookie: " + std::string(600, 'c')})), 431) << "now it is wanted";
}

// More than the state can count, in a buffer that is large enough.
TEST(AskingServer, FieldsBeyond64KiBAreRefused) {
  const std::string long_text(66000, 'x');
  const struct {
    std::string request;
    const char* status;
  } cases[] = {
      {started_by("GET /" + long_text + " HTTP/1.1"), "414"},
      {with({"Cookie: " + long_text}), "431"},
      {with({"Origin: " + long_text}), "431"},
      {with({"Authorization: " + long_text}), "431"},
      {with({"Sec-WebSocket-Protocol: " + long_text}), "431"},
      {head_of({"GET / HTTP/1.1", "Cookie: " + std::string(65520, 'x'), "Host: server.example"}), "431"},
      {head_of({"GET / HTTP/1.1", "Cookie: " + std::string(65520, 'x'), "Sec-WebSocket-Protocol: chat.example"}),
       "431"}};
  for (const auto& each : cases) {
    const auto bench = std::make_unique<Bench<1, 2, 100000, 2, 100000>>();
    bench->server_options.on_request = &keep_request_fields;
    bench->server_options.max_head_bytes = 90000;
    bench->listen();
    TestPeer& peer = bench->pipe.dial(80);
    peer.send(each.request);
    bench->settle();
    EXPECT_EQ(peer.received().substr(9, 3), each.status);
  }
}

// ---- listening ----

TEST_F(ServerTest, ListensOnce) {
  listen();
  EXPECT_EQ(server.port(), 80);
  EXPECT_EQ(server.listen(server_options), Status::kInUse);
  Server other{loop};
  EXPECT_EQ(other.listen(server_options), Status::kInUse) << "the port is taken";
  EXPECT_EQ(other.port(), 0);
}

// A network without TLS must not serve in the clear what was meant to be wss.
TEST_F(ServerTest, SecureNeedsANetworkWithTls) {
  server_options.secure = true;
  EXPECT_EQ(server.listen(server_options), Status::kInvalidArgument);
  EXPECT_EQ(server.port(), 0);
  pipe.offer_secure(true);
  EXPECT_EQ(server.listen(server_options), Status::kOk);
}

TEST(ServerWithoutLoop, SaysSo) {
  static Loop<1, 2, 256> idle;
  Server server{idle};
  ServerOptions options;
  EXPECT_EQ(server.listen(options), Status::kNotOpen);
  EXPECT_EQ(server.port(), 0);
}

TEST_F(ServerTest, RefusesSubprotocolsThatAreNoTokens) {
  const Text bad[] = {"ok", "a b"};
  server_options.protocols = bad;
  server_options.protocol_count = 2;
  EXPECT_EQ(server.listen(server_options), Status::kInvalidArgument);
  const Text twice[] = {"a", "b", "a"};
  server_options.protocols = twice;
  server_options.protocol_count = 3;
  EXPECT_EQ(server.listen(server_options), Status::kInvalidArgument);
  std::vector<std::string> names(256);
  std::vector<Text> many;
  for (std::string& name : names) {
    name = std::to_string(many.size());
    many.emplace_back(name.data(), name.size());
  }
  server_options.protocols = many.data();
  server_options.protocol_count = 256;
  EXPECT_EQ(server.listen(server_options), Status::kInvalidArgument);
  server_options.protocol_count = 255;
  EXPECT_EQ(server.listen(server_options), Status::kOk);
  server.stop();
}

// An answer that has no room would never leave: the longest name that is taken is answered, one more is refused.
TEST(ServerWithSmallBuffers, RefusesSubprotocolsThatLeaveNoRoom) {
  static const std::string longest(256 - 155, 'p');
  static const std::string longer(256 - 155 + 1, 'p');
  static const Text fits[] = {"a", {longest.data(), longest.size()}};
  static const Text does_not[] = {"a", {longer.data(), longer.size()}};
  for (const bool on_request : {false, true}) {
    Bench<2, 4, 256, 2> bench;
    bench.server_options.protocol_count = 2;
    bench.server_options.protocols = does_not;
    EXPECT_EQ(bench.server.listen(bench.server_options), Status::kTooLarge);
    EXPECT_EQ(bench.server.port(), 0);
    bench.server_options.protocols = fits;
    if (on_request) bench.server_options.on_request = &keep_request_fields;
    bench.app = [](const Event& event) {
      if (event.type == Event::kRequest) {
        EXPECT_EQ(event.socket.accept(fits[1]), Status::kOk);
      }
    };
    bench.listen();
    TestPeer& peer = bench.pipe.dial(80);
    peer.send(request("Sec-WebSocket-Protocol: " + longest + "\r\n"));
    bench.settle();
    EXPECT_EQ(bench.count(Event::kOpen), 1u);
    EXPECT_EQ(peer.received().size(), 256u);
  }
}

TEST(ServerWithSmallBuffers, EveryRefusalLeaves) {
  for (uint16_t status = 400; status < 600; ++status) {
    Bench<1, 2, 256, 1> bench;
    bench.server_options.on_request = &keep_request_fields;
    bench.app = [&](const Event& event) { EXPECT_EQ(event.socket.reject(status), Status::kOk); };
    bench.listen();
    TestPeer& peer = bench.pipe.dial(80);
    peer.send(request());
    bench.settle();
    EXPECT_EQ(peer.received().substr(0, 13), "HTTP/1.1 " + std::to_string(status) + " ");
    EXPECT_EQ(peer.received().substr(peer.received().size() - 4), "\r\n\r\n");
    EXPECT_TRUE(peer.closed());
  }
}

template <class Options>
auto listens(Server& server, Options&& options) -> decltype(server.listen(static_cast<Options&&>(options))) {
  return Status::kOk;
}
Status listens(Server&, ...) { return Status::kFailed; }

// Options are not copied.
TEST_F(ServerTest, ATemporaryIsRefusedByTheCompiler) {
  const ServerOptions lasting;
  EXPECT_EQ(listens(server, lasting), Status::kOk);
  EXPECT_EQ(listens(server, server_options), Status::kOk);
  EXPECT_EQ(listens(server, ServerOptions{}), Status::kFailed);
}

TEST_F(ServerTest, FourServersAtMost) {
  Server servers[5] = {Server{loop}, Server{loop}, Server{loop}, Server{loop}, Server{loop}};
  ServerOptions options[5];
  for (int i = 0; i < 5; ++i) {
    options[i].port = static_cast<uint16_t>(8000 + i);
    EXPECT_EQ(servers[i].listen(options[i]), i < 4 ? Status::kOk : Status::kNoSlot);
  }
  servers[1].stop();
  EXPECT_EQ(servers[1].port(), 0);
  EXPECT_EQ(servers[4].listen(options[4]), Status::kOk) << "in the place of the one that stopped";
  EXPECT_EQ(servers[0].port(), 8000);
  EXPECT_EQ(servers[4].port(), 8004);
  for (Server& each : servers) each.stop();
}

TEST_F(ServerTest, StopClosesItsOwnConnectionsOnly) {
  Peer peer = open(wire::Role::kServer);
  Server other{loop};
  ServerOptions other_options;
  other_options.port = 8081;
  EXPECT_EQ(other.listen(other_options), Status::kOk);
  TestPeer& stays = pipe.dial(8081);
  stays.send(request());
  settle();
  stays.take();
  server.stop(1001);
  server.stop();
  settle();
  EXPECT_EQ(peer.frames(), (std::vector<Frame>{{kCloseFrame, true, false, close_body(1001)}}));
  EXPECT_EQ(stays.received(), "");
  EXPECT_TRUE(pipe.dial(80).was_reset()) << "nobody listens";
  EXPECT_EQ(server.listen(server_options), Status::kOk) << "and may listen again";
  other.stop();
}

TEST_F(ServerTest, AFullServerAnswers503) {
  Peer one = open(wire::Role::kServer);
  Peer two = open(wire::Role::kServer);
  EXPECT_EQ(answer(head_of(good_lines())),
            "HTTP/1.1 503 Refused\r\nContent-Length: 0\r\nConnection: close\r\nRetry-After: 5\r\n\r\n");
  EXPECT_EQ(loop.connections().refused, 1u);
}

// WS-036: RFC 6455, 4.1: frames may follow the head at once.
TEST_F(ServerTest, FramesInTheSameSegment) {
  listen();
  TestPeer& peer = pipe.dial(80);
  peer.send(head_of(good_lines()) + peer_frame(wire::Role::kServer, kTextFrame, "early"));
  settle();
  ASSERT_EQ(count(Event::kMessage), 1u);
  EXPECT_EQ(last(Event::kMessage)->data, "early");
}

}  // namespace
}  // namespace whit
