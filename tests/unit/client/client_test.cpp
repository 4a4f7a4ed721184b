// SPDX-License-Identifier: MIT
// The client's side of the opening handshake, through a loop: what it asks, which answers it takes.
#include "whit/client.h"

#include <gtest/gtest.h>

#include <functional>
#include <set>
#include <string>
#include <vector>

#include "unit/core/bench.h"
#include "whit/http/grammar.h"

namespace whit {
namespace {

constexpr Text kProtocols[] = {"v2.chat", "mqtt"};

class ClientTest : public testing::Test, protected Bench<2, 6, 512> {
 protected:
  // The bytes that reach the server after connect().
  std::string request_of(const std::string& url) {
    url_ = url;
    client_options.url = {url_.data(), url_.size()};
    return dial();
  }
  std::string dial() {
    const size_t before = pipe.answered_count();
    EXPECT_EQ(client.connect(client_options), Status::kOk) << url_;
    settle();
    if (pipe.answered_count() == before) return "";
    peer_ = &pipe.answered(before);
    return peer_->received();
  }

  // The answer that RFC 6455, 4.2.2, asks for, with `fields` in place of its own where names are the same.
  std::string good(const std::string& more = "") { return head("HTTP/1.1 101 Switching Protocols", fields() + more); }
  std::string fields() {
    return "Upgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Accept: " + accept() + "\r\n";
  }
  static std::string head(const std::string& status_line, const std::string& fields) {
    return status_line + "\r\n" + fields + "\r\n";
  }
  std::string accept() {
    const std::string whole = response_to(peer_->received());
    return whole.substr(whole.find("Accept: ") + 8, 28);
  }

  enum class Step { kAtOnce, kByteByByte };
  // Dials, answers, and says how it ended.
  bool opens(const std::function<std::string()>& answer, Step step = Step::kAtOnce) {
    seen.clear();
    if (dial().empty()) return false;
    const std::string bytes = answer();
    if (step == Step::kByteByByte) peer_->drip(1);
    peer_->send(bytes);
    settle();
    const bool open = count(Event::kOpen) == 1;
    if (open) {
      EXPECT_EQ(count(Event::kError) + count(Event::kClose), 0u);
      client.socket().abort();
    } else {
      EXPECT_TRUE(peer_->closed()) << "in order, with a FIN";
      EXPECT_FALSE(peer_->was_reset());
      peer_->close();
    }
    settle();
    EXPECT_EQ(count(Event::kClose), 1u);
    EXPECT_EQ(count(Event::kError), open ? 0u : 1u);
    expect_baseline();
    return open;
  }
  bool opens_with(const std::string& status_line, const std::string& fields_without_accept) {
    const auto answer = [&] {
      return head(status_line, fields_without_accept + "Sec-WebSocket-Accept: " + accept() + "\r\n");
    };
    const bool at_once = opens(answer);
    EXPECT_EQ(opens(answer, Step::kByteByByte), at_once);
    return at_once;
  }
  int32_t code() const { return last(Event::kClose)->close.cause.code; }

  std::string url_;
  TestPeer* peer_ = nullptr;
};

// ---- the request ----

// WS-004, WS-016, WS-017, WS-018, WS-019, WS-020, WS-021, WS-022, WS-024, WS-026, H1-004, H1-013, H1-015, H1-020,
// HS-008
TEST_F(ClientTest, TheRequestByteForByte) {
  const std::string received = request_of("ws://server.example/chat?room=1");
  const std::string before =
      "GET /chat?room=1 HTTP/1.1\r\nHost: server.example\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
      "Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: ";
  ASSERT_EQ(received.substr(0, before.size()), before);
  ASSERT_EQ(received.size(), before.size() + 24 + 4);
  EXPECT_TRUE(http::valid_key_value({received.data() + before.size(), 24}));
  EXPECT_EQ(received.substr(before.size() + 24), "\r\n\r\n");
}

// R-HS-6
TEST_F(ClientTest, ResourceAndHostFollowTheUrl) {
  const struct {
    const char* url;
    const char* start;
    const char* host;
    uint16_t port;
  } cases[] = {
      {"ws://h", "GET / HTTP/1.1\r\nHost: h\r\n", "h", 80},
      {"ws://h?x", "GET /?x HTTP/1.1\r\nHost: h\r\n", "h", 80},
      {"WS://h:80/a?b=c", "GET /a?b=c HTTP/1.1\r\nHost: h\r\n", "h", 80},
      {"ws://h:8080/%23", "GET /%23 HTTP/1.1\r\nHost: h:8080\r\n", "h", 8080},
      {"ws://h:443/", "GET / HTTP/1.1\r\nHost: h:443\r\n", "h", 443},
      {"ws://[::1]:9/", "GET / HTTP/1.1\r\nHost: [::1]:9\r\n", "::1", 9},
  };
  for (const auto& each : cases) {
    const std::string received = request_of(each.url);
    EXPECT_EQ(received.substr(0, std::string(each.start).size()), each.start) << each.url;
    EXPECT_EQ(peer_->host, each.host);
    EXPECT_EQ(peer_->port, each.port);
    EXPECT_FALSE(peer_->secure);
    client.socket().abort();
    settle();
  }
}

// WS-002, WS-003, WS-012: never in the clear.
TEST_F(ClientTest, WssWithoutTlsSendsNothing) {
  EXPECT_EQ(request_of("wss://h/"), "");
  EXPECT_EQ(count(Event::kError), 1u);
  EXPECT_EQ(last(Event::kClose)->close.cause.where, Cause::kSecure);
  expect_baseline();
  pipe.offer_secure(true);
  const std::string received = request_of("wss://h/");
  EXPECT_NE(received.find("\r\nHost: h\r\n"), std::string::npos);
  EXPECT_EQ(peer_->port, 443);
  EXPECT_TRUE(peer_->secure);
  client.socket().abort();
  settle();
  EXPECT_NE(request_of("wss://h:80/").find("\r\nHost: h:80\r\n"), std::string::npos);
}

// WS-022, WS-075: RFC 6455, 4.1 (7.)
TEST_F(ClientTest, ANewKeyForEveryConnection) {
  std::set<std::string> keys;
  for (int i = 0; i < 1000; ++i) {
    const std::string received = request_of("ws://h/");
    keys.insert(received.substr(received.find("Key: ") + 5, 24));
    client.socket().abort();
    settle();
  }
  EXPECT_EQ(keys.size(), 1000u);
}

TEST_F(ClientTest, NoRandomBytesNoRequest) {
  EXPECT_EQ(client.connect(client_options), Status::kOk);
  pipe.fail_call(2, Status::kFailed, 5);  // connect, random
  settle();
  EXPECT_TRUE(pipe.fault_hit());
  ASSERT_EQ(pipe.answered_count(), 1u);
  EXPECT_EQ(pipe.answered(0).received(), "");
  EXPECT_EQ(last(Event::kClose)->close.cause.where, Cause::kRandom);
  expect_baseline();
}

// WS-023, WS-027, WS-025
TEST_F(ClientTest, OriginSubprotocolsAndFieldsOfTheApplication) {
  client_options.origin = "https://example.com";
  client_options.protocols = kProtocols;
  client_options.protocol_count = 2;
  client_options.headers = "Cookie: a=b\r\nSec-WebSocket: x\r\nHosts: x\r\n";
  const std::string received = request_of("ws://h/");
  const std::string end =
      "\r\nSec-WebSocket-Protocol: v2.chat, mqtt\r\nOrigin: https://example.com\r\n"
      "Cookie: a=b\r\nSec-WebSocket: x\r\nHosts: x\r\n\r\n";
  ASSERT_GT(received.size(), end.size());
  EXPECT_EQ(received.substr(received.size() - end.size()), end);
}

TEST_F(ClientTest, WhatWouldBreakTheRequestIsRefused) {
  for (const char* bad :
       {"A: b", "A: b\n", "A: b\r\n\r\n", "\r\n", "no colon\r\n", "A : b\r\n", " A: b\r\n", "Host: x\r\n",
        "upgrade: x\r\n", "Connection: x\r\n", "Sec-WebSocket-Key: x\r\n", "Sec-WebSocket-Version: 13\r\n",
        "Sec-WebSocket-Protocol: x\r\n", "Sec-WebSocket-Extensions: x\r\n", "Content-Length: 0\r\n",
        "Transfer-Encoding: x\r\n", "Sec-WebSocket-Of-Tomorrow: x\r\n", "OK: yes\r\nA: b\rc\r\n"}) {
    client_options.headers = bad;
    EXPECT_EQ(client.connect(client_options), Status::kInvalidArgument) << bad;
  }
  client_options.headers = {"A: b\0c\r\n", 8};
  EXPECT_EQ(client.connect(client_options), Status::kInvalidArgument);
  client_options.headers = {};
  for (const Text bad : {Text("a\r\nB: c"), Text("a\nb"), Text("a\0b", 3)}) {
    client_options.origin = bad;
    EXPECT_EQ(client.connect(client_options), Status::kInvalidArgument);
  }
  EXPECT_EQ(pipe.calls(), 0u) << "nothing was dialled";
}

TEST_F(ClientTest, SubprotocolsAreDistinctTokens) {
  const std::vector<std::vector<Text>> bad = {
      {""}, {"a b"}, {"a,b"}, {"a", "b", "a"}, {"\xC3\xA4"}, {"a\x7F"}, {"ok", Text("a\0b", 3)}};
  for (const std::vector<Text>& protocols : bad) {
    client_options.protocols = protocols.data();
    client_options.protocol_count = protocols.size();
    EXPECT_EQ(client.connect(client_options), Status::kInvalidArgument);
  }
  std::vector<std::string> names(256);
  std::vector<Text> many;
  for (size_t i = 0; i < names.size(); ++i) names[i] = "p" + std::to_string(i);
  for (const std::string& name : names) many.emplace_back(name.c_str());
  client_options.protocols = many.data();
  client_options.protocol_count = 256;
  EXPECT_EQ(client.connect(client_options), Status::kInvalidArgument);
  client_options.protocol_count = 255;
  EXPECT_EQ(client.connect(client_options), Status::kOk);
}

// WS-001, WS-005, WS-006, WS-007
TEST_F(ClientTest, InvalidUrlsAreRefusedBeforeAnything) {
  for (const char* bad :
       {"", "http://h/", "ws:/h", "ws://", "ws://h/#f", "ws://u@h/", "ws://h:0/", "ws://h:65536/", "ws://h/a b",
        "ws://b\xC3\xBC"
        "cher/",
        "ws://h/%zz", "ws://[::1/"}) {
    client_options.url = bad;
    EXPECT_EQ(client.connect(client_options), Status::kInvalidArgument) << bad;
  }
  EXPECT_EQ(pipe.calls(), 0u);
}

// ---- a request larger than a buffer ----

// Of every size around the limits of a buffer, and far above it: whole, and the connection opens.
TEST_F(ClientTest, ARequestOfAnySizeArrivesWhole) {
  const std::string before = "ws://server.example/";
  const size_t fixed = request_of(before).size();
  client.socket().abort();
  settle();
  for (const size_t size : {511u, 512u, 513u, 1023u, 1024u, 1025u, 2560u, 3000u, 60000u}) {
    for (const uint32_t write_max : {0u, 1u, 100u}) {
      pipe.faults().write_max = write_max;
      const std::string target(size - fixed, 'a');
      const std::string received = request_of(before + target);
      EXPECT_EQ(received.size(), size);
      EXPECT_EQ(received.substr(0, target.size() + 16), "GET /" + target + " HTTP/1.1\r\n");
      EXPECT_EQ(received.substr(received.size() - 4), "\r\n\r\n");
      peer_->send(response_to(received));
      settle();
      EXPECT_EQ(client.socket().ready_state(), ReadyState::kOpen) << size;
      EXPECT_EQ(loop.buffers().in_use, 0);
      EXPECT_EQ(client.socket().send("first"), Status::kOk);
      client.socket().abort();
      settle();
      expect_baseline();
    }
  }
}

class LongRequest : public ClientTest {
 protected:
  LongRequest() {
    target_ = "ws://server.example/" + std::string(2000, 'a');
    client_options.url = {target_.data(), target_.size()};
  }
  std::string target_;
};

// R-FRAG-6 for the request: any layer below may take a part, block, or fail, at each of its calls.
TEST_F(LongRequest, ATransportFailsAtEachCall) {
  for (const Status status : {Status::kFailed, Status::kClosed, Status::kWouldBlock}) {
    for (uint32_t call = 1;; ++call) {
      seen.clear();
      pipe.faults().write_max = 300;
      pipe.fail_call(call, status, 5);
      ASSERT_EQ(client.connect(client_options), Status::kOk);
      settle();
      const bool hit = pipe.fault_hit();
      pipe.fail_call(0, Status::kOk, 0);
      client.socket().abort();
      advance(60000);
      EXPECT_EQ(count(Event::kClose), 1u) << call;
      expect_baseline();
      if (!hit) break;
      ASSERT_LT(call, 100u);
    }
  }
}

TEST_F(LongRequest, APeerThatReadsSlowlyHasItInTheEnd) {
  ASSERT_EQ(client.connect(client_options), Status::kOk);
  turn();
  ASSERT_EQ(pipe.answered_count(), 1u);
  peer_ = &pipe.answered(0);
  peer_->set_window(50);
  peer_->read_slowly(10);
  settle();
  for (int i = 0; i < 5; ++i) turn();  // what it has not read yet is written
  EXPECT_EQ(peer_->received().substr(peer_->received().size() - 4), "\r\n\r\n");
  peer_->read_slowly(0);
  peer_->send(response_to(peer_->received()));
  settle();
  EXPECT_EQ(client.socket().ready_state(), ReadyState::kOpen);
}

// Each of the two deadlines alone.
TEST_F(LongRequest, APeerThatDoesNotReadMeetsADeadline) {
  for (const Deadline deadline : {Deadline::kWrite, Deadline::kHead}) {
    seen.clear();
    client_options.timeouts_ms[Deadline::kHead] = deadline == Deadline::kHead ? 7000 : 0;
    client_options.timeouts_ms[Deadline::kWrite] = deadline == Deadline::kWrite ? 7000 : 0;
    ASSERT_EQ(client.connect(client_options), Status::kOk);
    turn();
    TestPeer& peer = pipe.answered(pipe.answered_count() - 1);
    peer.stop_reading();
    peer.set_window(700);
    advance(6999);
    EXPECT_EQ(count(Event::kClose), 0u);
    EXPECT_EQ(loop.buffers().in_use, 1);
    advance(1);
    ASSERT_EQ(count(Event::kClose), 1u);
    EXPECT_EQ(last(Event::kClose)->close.cause.where, Cause::kDeadline);
    EXPECT_EQ(code(), static_cast<int32_t>(deadline));
    settle();
    expect_baseline();
  }
}

// ---- one connection at a time ----

TEST_F(ClientTest, IsBusyUntilTheConnectionIsOver) {
  EXPECT_EQ(dial().substr(0, 4), "GET ");
  EXPECT_EQ(client.connect(client_options), Status::kInUse);
  client.socket().abort();
  settle();
  EXPECT_EQ(client.connect(client_options), Status::kOk);
}

// WS-009
TEST_F(ClientTest, ConnectionsAreCounted) {
  Client second{loop};
  Client third{loop};
  EXPECT_EQ(client.connect(client_options), Status::kOk);
  EXPECT_EQ(second.connect(client_options), Status::kOk);
  EXPECT_EQ(third.connect(client_options), Status::kNoSlot);
  settle();
  EXPECT_EQ(loop.connections().in_use, 2);
  client.socket().abort();
  second.socket().abort();
  settle();
  EXPECT_EQ(third.connect(client_options), Status::kOk);
}

TEST(ClientBesideAServer, PeersInTheirHandshakeTakeNoSlotOfAClient) {
  Bench<2, 4, 512, 1> bench;
  Client second{bench.loop};
  bench.listen();
  bench.server_options.timeouts_ms[Deadline::kHead] = 0;
  bench.pipe.dial(80);
  bench.settle();
  EXPECT_EQ(bench.loop.handshakes().in_use, 1);
  EXPECT_EQ(bench.client.connect(bench.client_options), Status::kOk);
  EXPECT_EQ(second.connect(bench.client_options), Status::kOk);
  bench.settle();
}

TEST(ClientWithoutLoop, SaysSo) {
  static Loop<1, 2, 256> idle;
  Client client{idle};
  ClientOptions options;
  options.url = "ws://h/";
  EXPECT_EQ(client.connect(options), Status::kNotOpen);
  EXPECT_EQ(client.socket().ready_state(), ReadyState::kClosed);
}

// WS-011: one error, one end, nothing sent, the slot free.
TEST_F(ClientTest, ConnectingFails) {
  pipe.refuse_unknown(true);
  EXPECT_EQ(client.connect(client_options), Status::kOk);
  settle();
  EXPECT_EQ(count(Event::kError), 1u);
  EXPECT_EQ(count(Event::kClose), 1u);
  EXPECT_EQ(last(Event::kClose)->close.code, 1006);
  expect_baseline();
}

// The options may be changed between connect() and the next poll(): the URL is read again.
TEST_F(ClientTest, AUrlThatIsSpoiledAfterwardsFailsTheConnection) {
  EXPECT_EQ(client.connect(client_options), Status::kOk);
  client_options.url = "spoiled";
  settle();
  EXPECT_EQ(count(Event::kClose), 1u);
  EXPECT_EQ(pipe.answered_count(), 0u);
  expect_baseline();
}

// Each layer on the way up has its own deadline.
TEST_F(ClientTest, DeadlinesOnTheWayUp) {
  client_options.timeouts_ms[Deadline::kResolve] = 1000;
  client_options.timeouts_ms[Deadline::kConnect] = 2000;
  client_options.timeouts_ms[Deadline::kSecure] = 3000;
  client_options.url = "wss://h/";
  pipe.offer_secure(true);
  const struct {
    Layer layer;
    uint32_t timeout_ms;
    Deadline deadline;
  } cases[] = {{Layer::kResolve, 1000, Deadline::kResolve},
               {Layer::kConnect, 2000, Deadline::kConnect},
               {Layer::kSecure, 3000, Deadline::kSecure}};
  for (const auto& each : cases) {
    seen.clear();
    pipe.faults().hold_at = each.layer;
    EXPECT_EQ(client.connect(client_options), Status::kOk);
    settle();
    advance(each.timeout_ms - 1);
    EXPECT_EQ(count(Event::kClose), 0u);
    advance(1);
    ASSERT_EQ(count(Event::kClose), 1u);
    EXPECT_EQ(last(Event::kClose)->close.cause.where, Cause::kDeadline);
    EXPECT_EQ(code(), static_cast<int32_t>(each.deadline));
    settle();
  }
}

// ---- the answer ----

// WS-037
TEST_F(ClientTest, OpensOnAValidAnswer) {
  EXPECT_TRUE(opens([&] { return good(); }));
  EXPECT_TRUE(opens([&] { return good(); }, Step::kByteByByte));
}

// R-HS-2
// WS-036
TEST_F(ClientTest, FramesInTheSameSegmentAsTheAnswer) {
  dial();
  peer_->send(good() + peer_frame(wire::Role::kClient, kTextFrame, "early"));
  settle();
  ASSERT_EQ(seen.size(), 2u);
  EXPECT_EQ(seen[0].type, Event::kOpen);
  EXPECT_EQ(seen[1].data, "early");
}

// WS-028
TEST_F(ClientTest, NothingIsSentBeforeTheAnswer) {
  const std::string request = dial();
  EXPECT_EQ(client.socket().send("early"), Status::kNotOpen);
  EXPECT_EQ(client.socket().ready_state(), ReadyState::kConnecting);
  const std::string answer = good();
  peer_->send(answer.substr(0, answer.size() - 1));
  settle();
  EXPECT_EQ(client.socket().send("early"), Status::kNotOpen);
  EXPECT_EQ(peer_->received(), request);
}

// WS-029
TEST_F(ClientTest, AnotherStatusNeverOpens) {
  for (const int status : {200, 204, 301, 302, 400, 401, 403, 404, 426, 500, 503}) {
    EXPECT_FALSE(opens([&] { return head("HTTP/1.1 " + std::to_string(status) + " No", fields()); })) << status;
    EXPECT_EQ(code(), status);
    EXPECT_EQ(last(Event::kClose)->close.cause.where, Cause::kHandshake);
    EXPECT_EQ(last(Event::kClose)->close.code, 1006);
  }
}

// WS-035, H1-017
TEST_F(ClientTest, StatusLines) {
  const std::string both = "Upgrade: websocket\r\nConnection: Upgrade\r\n";
  for (const char* good_line : {"HTTP/1.1 101", "HTTP/1.1 101 ", "HTTP/1.1 101 Anything \xC3\xA4", "HTTP/1.2 101 X"}) {
    EXPECT_TRUE(opens_with(good_line, both)) << good_line;
  }
  for (const char* bad :
       {"HTTP/2.0 101 X", "HTTP/1.1 1010", "HTTP/1.1 099 X", "http/1.1 101 X", "HTTP/1.1  101 X", "101", "",
        "SSH-2.0-x", "HTTP/1.1 10", "HTTP/1.1 101x", "HTTP/1.1 101\tX", "HTTP/1.1 0101 X"}) {
    EXPECT_FALSE(opens_with(bad, both)) << bad;
    EXPECT_EQ(code(), 0);
  }
  for (const int status : {100, 101, 200, 503}) {
    EXPECT_FALSE(opens_with("HTTP/1.0 " + std::to_string(status) + " X", both)) << status;
    EXPECT_EQ(code(), status) << "refused, but told";
  }
}

// WS-030, WS-031, H1-019, HS-003, HS-009, HS-011
TEST_F(ClientTest, UpgradeAndConnection) {
  const struct {
    const char* fields;
    bool opens;
  } cases[] = {
      {"Upgrade: WebSocket\r\nConnection: uPGRADE\r\n", true},
      {"UPGRADE:\twebsocket\t\r\nconnection:  Upgrade  \r\n", true},
      {"Upgrade: websocket\r\nConnection: keep-alive, ,Upgrade\r\n", true},
      {"Upgrade: websocket\r\nConnection: keep-alive\r\nConnection: Upgrade\r\n", true},
      {"Upgrade: websocket\r\nConnection: Upgrade\r\nConnection: Upgrade\r\n", true},
      {"X: y\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n", true},
      {"Connection: Upgrade\r\n", false},
      {"Upgrade:\r\nConnection: Upgrade\r\n", false},
      {"Upgrade: websocke\r\nConnection: Upgrade\r\n", false},
      {"Upgrade: websocket, x\r\nConnection: Upgrade\r\n", false},
      {"Upgrade: websocket\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n", false},
      {"Upgrade: websocket\r\n", false},
      {"Upgrade: websocket\r\nConnection: upgraded\r\n", false},
      {"Upgrade: websocket\r\nConnection: keep-alive\r\n", false},
  };
  for (const auto& each : cases) EXPECT_EQ(opens_with("HTTP/1.1 101 X", each.fields), each.opens) << each.fields;
}

// WS-032, WS-157
TEST_F(ClientTest, TheAcceptValueIsComparedWhole) {
  const std::string both = "Upgrade: websocket\r\nConnection: Upgrade\r\n";
  const auto answer = [&](const std::function<std::string(std::string)>& change) {
    return opens([&] { return head("HTTP/1.1 101 X", both + change(accept())); });
  };
  const std::string name = "Sec-WebSocket-Accept: ";
  EXPECT_TRUE(answer([&](const std::string& value) { return name + " " + value + " \r\n"; }));
  for (size_t i = 0; i < 28; ++i) {
    EXPECT_FALSE(answer([&](std::string value) {
      value[i] = static_cast<char>(value[i] ^ 1);
      return name + value + "\r\n";
    })) << i;
  }
  EXPECT_FALSE(answer([&](const std::string&) { return std::string(); })) << "missing";
  EXPECT_FALSE(answer([&](const std::string&) { return name + "\r\n"; })) << "empty";
  EXPECT_FALSE(answer([&](const std::string& value) { return name + value.substr(0, 27) + "\r\n"; }));
  EXPECT_FALSE(answer([&](const std::string& value) { return name + value + "=\r\n"; }));
  EXPECT_FALSE(answer([&](const std::string& value) { return name + value + "\r\n" + name + value + "\r\n"; }));
  EXPECT_FALSE(answer([&](const std::string& value) { return name + "x\r\n" + name + value + "\r\n"; }));
}

// WS-033, WS-140, WS-144, WS-156: none was offered, and an empty list is not one.
TEST_F(ClientTest, NoExtensionWasOffered) {
  for (const char* value : {"permessage-deflate", "x-unknown", "", " ", ","}) {
    EXPECT_FALSE(opens([&] { return good("Sec-WebSocket-Extensions: " + std::string(value) + "\r\n"); })) << value;
    EXPECT_EQ(code(), 101);
  }
}

// WS-034, WS-158
TEST_F(ClientTest, OnlyAnOfferedSubprotocol) {
  EXPECT_FALSE(opens([&] { return good("Sec-WebSocket-Protocol: mqtt\r\n"); })) << "none was offered";
  client_options.protocols = kProtocols;
  client_options.protocol_count = 2;
  std::string chosen;
  app = [&](const Event& event) {
    if (event.type == Event::kOpen) chosen.assign(event.socket.protocol().data, event.socket.protocol().size);
  };
  EXPECT_TRUE(opens([&] { return good("Sec-WebSocket-Protocol: mqtt\r\n"); }));
  EXPECT_EQ(chosen, "mqtt");
  EXPECT_TRUE(opens([&] { return good("Sec-WebSocket-Protocol: v2.chat\r\n"); }));
  EXPECT_EQ(chosen, "v2.chat");
  EXPECT_TRUE(opens([&] { return good(); })) << "the server may choose none";
  EXPECT_EQ(chosen, "");
  for (const char* value : {"MQTT", "other", "v2.chat, mqtt", "", "mqtt,"}) {
    EXPECT_FALSE(opens([&] { return good("Sec-WebSocket-Protocol: " + std::string(value) + "\r\n"); })) << value;
  }
  EXPECT_FALSE(opens([&] { return good("Sec-WebSocket-Protocol: mqtt\r\nSec-WebSocket-Protocol: mqtt\r\n"); }));
}

TEST_F(ClientTest, ASubprotocolMayBeRequired) {
  client_options.protocols = kProtocols;
  client_options.protocol_count = 2;
  client_options.require_protocol = true;
  EXPECT_TRUE(opens([&] { return good("Sec-WebSocket-Protocol: mqtt\r\n"); }));
  EXPECT_FALSE(opens([&] { return good(); }));
  EXPECT_EQ(code(), 101);
  EXPECT_FALSE(opens([&] { return good("Sec-WebSocket-Protocol: other\r\n"); }));
  EXPECT_FALSE(opens([&] { return head("HTTP/1.1 100 Continue", "Sec-WebSocket-Protocol: mqtt\r\n") + good(); }))
      << "a field of an interim answer";
  client_options.protocol_count = 0;
  EXPECT_FALSE(opens([&] { return good(); })) << "none is offered, and none can be selected";
}

// WS-035, H1-002, H1-006, H1-022, HS-007
TEST_F(ClientTest, FieldsThatBreakTheGrammar) {
  for (const std::string& bad : {std::string("no colon\r\n"), std::string("A : b\r\n"), std::string("A: b\0c\r\n", 8),
                                 std::string("A: b\rc\r\n"), std::string("A: b\n"), std::string(": x\r\n")}) {
    EXPECT_FALSE(opens([&] { return good(bad); })) << bad;
    EXPECT_FALSE(opens([&] { return good(bad); }, Step::kByteByByte)) << bad;
  }
}

// H1-006: passed over, as RFC 9112, 2.2, allows.
TEST_F(ClientTest, WhatIsFoldedOntoTheStatusLineIsNoField) {
  EXPECT_TRUE(opens([&] { return head("HTTP/1.1 101 X", " Upgrade: x\r\n" + fields()); }));
  EXPECT_FALSE(opens([&] { return head("HTTP/1.1 101 X", " " + fields()); }));
}

// H1-025: a 101 ends with its head, whatever its fields say.
TEST_F(ClientTest, A101HasNoBody) {
  EXPECT_TRUE(opens([&] { return good("Content-Length: 100\r\n"); }));
  EXPECT_TRUE(opens([&] { return good("Transfer-Encoding: chunked\r\n"); }));
}

// HS-018
TEST_F(ClientTest, InterimAnswersMayComeBefore) {
  const std::string interim = "HTTP/1.1 100 Continue\r\nX: y\r\n\r\nHTTP/1.1 103 Early Hints\r\nUpgrade: no\r\n\r\n";
  EXPECT_TRUE(opens([&] { return interim + good(); }));
  EXPECT_TRUE(opens([&] { return interim + good(); }, Step::kByteByByte));
  EXPECT_FALSE(opens([&] { return interim + head("HTTP/1.1 404 X", ""); }));
  EXPECT_FALSE(opens([&] { return "HTTP/1.1 100 X\r\n" + fields() + "\r\n" + head("HTTP/1.1 101 X", ""); }))
      << "fields of an interim answer do not count";
  std::string flood;
  for (int i = 0; i < 1000; ++i) flood += "HTTP/1.1 100 X\r\n\r\n";
  EXPECT_FALSE(opens([&] { return flood + good(); })) << "bounded by max_head_bytes";
}

// R-HS-1
// HS-006
TEST_F(ClientTest, LongAnswers) {
  EXPECT_TRUE(opens([&] { return good("Set-Cookie: " + std::string(4000, 'c') + "\r\n"); }));
  EXPECT_FALSE(opens([&] { return good("Set-Cookie: " + std::string(9000, 'c') + "\r\n"); }));
  EXPECT_EQ(code(), 101);
  EXPECT_FALSE(opens([&] { return good("Connection: " + std::string(600, 'c') + "\r\n"); }));
  EXPECT_FALSE(opens([&] { return head("HTTP/1.1 101 " + std::string(600, 'r'), fields()); }));
  EXPECT_EQ(code(), 101);
  EXPECT_FALSE(opens([&] { return head("HTTP/1.1 429 " + std::string(600, 'r'), fields()); }, Step::kByteByByte));
  EXPECT_EQ(code(), 429);
  client_options.max_head_bytes = 0;
  EXPECT_TRUE(opens([&] { return good("Set-Cookie: " + std::string(50000, 'c') + "\r\n"); })) << "no limit";
}

std::string response_fields;
WebSocket response_socket;
void note_field(WebSocket socket, Text name, Text value) {
  response_socket = socket;
  response_fields += std::string(name.data, name.size) + "=" + std::string(value.data, value.size) + "\n";
}

TEST_F(ClientTest, FieldsOfAResponse) {
  client_options.on_response_field = note_field;
  for (const Step step : {Step::kAtOnce, Step::kByteByByte}) {
    response_fields.clear();
    EXPECT_FALSE(opens(
        [&] {
          return "HTTP/1.1 103 Early\r\nLink: x\r\n\r\nHTTP/1.1 401 No\r\nWWW-Authenticate: Basic realm=\"a\"\r\n"
                 "Www-authenticate: Digest\r\n realm=b\r\nX: " +
                 std::string(600, 'x') + "\r\nUpgrade: h2c\r\nUpgrade: y\r\nRetry-After: 30\r\n\r\nbody: 1\r\n";
        },
        step));
    EXPECT_EQ(code(), 401);
    EXPECT_EQ(response_fields,
              "WWW-Authenticate=Basic realm=\"a\"\nWww-authenticate=Digest   realm=b\nUpgrade=h2c\nUpgrade=y\n"
              "Retry-After=30\n");
    EXPECT_EQ(response_socket, client.socket());
    response_fields.clear();
    EXPECT_TRUE(opens([&] { return good("Set-Cookie: a=b\r\nset-cookie: c\r\n"); }, step));
    EXPECT_EQ(response_fields, "Upgrade=websocket\nConnection=Upgrade\nSec-WebSocket-Accept=" + accept() +
                                   "\nSet-Cookie=a=b\nset-cookie=c\n");
  }
  EXPECT_FALSE(opens([&] { return head("HTTP/1.1 403 X", "no colon\r\n"); }));
  EXPECT_EQ(code(), 403) << "the status of a head that is broken later";
  EXPECT_FALSE(opens([&] { return head("HTTP/1.0 503 X", "Retry-After: 1\r\n"); }));
  EXPECT_EQ(code(), 503);
  response_fields.clear();
  EXPECT_FALSE(opens([&] { return good("Sec-WebSocket-Extensions: x\r\nX: y\r\n"); }));
  EXPECT_EQ(code(), 101);
  EXPECT_EQ(response_fields, "Upgrade=websocket\nConnection=Upgrade\nSec-WebSocket-Accept=" + accept() +
                                 "\nSec-WebSocket-Extensions=x\n")
      << "of a 101 that is refused the last one is wrong";
}

// A reset would destroy what the server has to say, or the server: so the stream ends in order, what still comes is
// thrown away, and a server that never ends is left after the linger time.
TEST_F(ClientTest, ARefusalIsReadToItsEnd) {
  dial();
  peer_->drip(100);
  peer_->send("HTTP/1.1 503 X\r\nConnection: close\r\n\r\n" + std::string(100000, 'b'));
  peer_->close();
  settle();
  EXPECT_EQ(count(Event::kClose), 1u);
  EXPECT_EQ(code(), 503);
  EXPECT_EQ(peer_->unsent(), 0u);
  EXPECT_FALSE(peer_->was_reset());
  expect_baseline();
  seen.clear();
  dial();
  peer_->send("HTTP/1.1 503 X\r\n\r\n");
  settle();
  EXPECT_EQ(count(Event::kClose), 1u);
  EXPECT_TRUE(peer_->closed());
  EXPECT_TRUE(peer_->linked()) << "until the server has ended too";
  EXPECT_EQ(loop.buffers().in_use, 0);
  for (uint32_t ms = 0; ms < client_options.timeouts_ms[Deadline::kLinger]; ms += 100) {
    peer_->send("more of its body");
    advance(100);
  }
  expect_baseline();
}

template <class Options>
auto connects(Client& client, Options&& options) -> decltype(client.connect(static_cast<Options&&>(options))) {
  return Status::kOk;
}
Status connects(Client&, ...) { return Status::kFailed; }

// Options are not copied.
TEST_F(ClientTest, ATemporaryIsRefusedByTheCompiler) {
  const ClientOptions lasting;
  EXPECT_EQ(connects(client, lasting), Status::kOk);
  EXPECT_EQ(connects(client, client_options), Status::kOk);
  EXPECT_EQ(connects(client, ClientOptions{}), Status::kFailed);
}

// H1-027, WS-127
TEST_F(ClientTest, AnAnswerThatEndsEarly) {
  dial();
  const size_t size = good().size();
  client.socket().abort();
  settle();
  for (size_t cut = 0; cut < size; ++cut) {
    seen.clear();
    dial();
    peer_->send(good().substr(0, cut));
    settle();
    peer_->close();
    settle();
    EXPECT_EQ(count(Event::kOpen), 0u) << cut;
    EXPECT_EQ(count(Event::kClose), 1u) << cut;
    EXPECT_EQ(last(Event::kClose)->close.code, 1006);
    expect_baseline(std::to_string(cut));
  }
}

TEST(ClientLife, IsOverWhenItsTransportHasEnded) {
  Bench<1, 2, 256> bench;
  EXPECT_TRUE(bench.client.is_over()) << "before the first connect()";
  Peer peer = bench.open(wire::Role::kClient);
  EXPECT_FALSE(bench.client.is_over());
  peer.send_close(1000);
  bench.settle();
  EXPECT_EQ(bench.count(Event::kClose), 1u);
  EXPECT_FALSE(bench.client.is_over()) << "the server ends TCP first (RFC 6455, 7.1.1)";
  peer.pipe->close();
  bench.settle();
  EXPECT_TRUE(bench.client.is_over());
  EXPECT_EQ(bench.client.connect(bench.client_options), Status::kOk);
}

// The connection before lingers in its own slot, and nothing of it reaches the new one. Options that connect() refuses
// are not used.
TEST(ClientLife, ConnectsInsideTheCloseEvent) {
  Bench<1, 2, 256, 1> bench;
  Peer first = bench.open(wire::Role::kClient);
  std::vector<Status> said;
  bench.app = [&](const Event& event) {
    if (event.type != Event::kClose) return;
    {
      ClientOptions wrong = bench.client_options;
      wrong.url = "http://server.example/";
      said.push_back(bench.client.connect(wrong));
    }
    said.push_back(bench.client.connect(bench.client_options));
    said.push_back(bench.client.connect(bench.client_options));
  };
  first.send_close(1000);
  bench.settle();
  EXPECT_EQ(said, (std::vector<Status>{Status::kInvalidArgument, Status::kOk, Status::kInUse}));
  bench.app = nullptr;
  ASSERT_EQ(bench.pipe.answered_count(), 2u);
  TestPeer& second = bench.pipe.answered(1);
  second.send(response_to(second.received()));
  bench.settle();
  EXPECT_EQ(bench.client.socket().ready_state(), ReadyState::kOpen);
  bench.take_seen();
  first.pipe->send(std::string(100, 'x'));
  first.pipe->reset();
  bench.advance(60000);
  EXPECT_EQ(bench.count(Event::kClose, first.socket), 0u) << "it has had its last event";
  bench.client.socket().abort();
  bench.settle();
  bench.expect_baseline();
}

TEST(ClientLife, SaysWhenNoSlotIsFree) {
  Bench<1, 2, 256, 1> bench;
  for (int i = 0; i < 2; ++i) {
    Peer peer = bench.open(wire::Role::kClient);
    peer.send_close(1000);
    bench.settle();
  }
  EXPECT_EQ(bench.client.connect(bench.client_options), Status::kNoSlot);
  bench.advance(2000);  // Deadline::kLinger
  EXPECT_EQ(bench.client.connect(bench.client_options), Status::kOk);
}

TEST(ClientUrl, TellsWhetherItIsSecure) {
  for (const char* url : {"wss://a/", "WSS://a:1/x", "wSs://[::1]/"}) EXPECT_TRUE(Client::is_secure(url)) << url;
  for (const char* url : {"ws://a/", "WS://wss/", "wss:/a", "wss", "", "https://a/", "wss://a/#", "wss://a/ b"}) {
    EXPECT_FALSE(Client::is_secure(url)) << url;
  }
}

}  // namespace
}  // namespace whit
