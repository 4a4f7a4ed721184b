// SPDX-License-Identifier: MIT
// Answering a kRequest event. What is shown of a request, field by field: server_test.cpp.
#include "whit/server.h"

#include <gtest/gtest.h>

#include <string>

#include "unit/core/bench.h"

namespace whit {
namespace {

constexpr Text kProtocols[] = {"chat", "mqtt"};

struct AskingBench : Bench<2, 4, 512> {
  AskingBench() {
    server_options.on_request = &keep_request_fields;
    server_options.protocols = kProtocols;
    server_options.protocol_count = 2;
    app = [this](const Event& event) {
      if (event.type == Event::kRequest) socket = event.socket;
    };
    listen();
    peer = &pipe.dial(80);
    peer->send(request("Sec-WebSocket-Protocol: mqtt, other\r\n"));
    settle();
  }
  WebSocket socket;
  TestPeer* peer = nullptr;
};

TEST(Request, StaysUntilItIsAnswered) {
  AskingBench bench;
  Request request;
  for (int twice = 0; twice < 2; ++twice) {
    ASSERT_TRUE(bench.socket.request(&request));
    EXPECT_EQ(request.protocols, Text("mqtt, other"));
    EXPECT_TRUE(request.cookie.empty());
  }
  EXPECT_EQ(bench.socket.accept(), Status::kOk);
  EXPECT_FALSE(bench.socket.request(&request));
  EXPECT_EQ(bench.socket.accept(), Status::kNotOpen);
  EXPECT_EQ(bench.socket.reject(403), Status::kNotOpen);
  bench.settle();
  EXPECT_EQ(bench.count(Event::kOpen), 1u);
  EXPECT_TRUE(bench.socket.protocol().empty()) << "none was chosen";
}

TEST(Request, OnlyWhatWasOfferedAndIsOursIsAccepted) {
  AskingBench bench;
  EXPECT_EQ(bench.socket.accept("chat"), Status::kInvalidArgument) << "not offered";
  EXPECT_EQ(bench.socket.accept("other"), Status::kInvalidArgument) << "not ours";
  EXPECT_EQ(bench.socket.accept("Mqtt"), Status::kInvalidArgument) << "RFC 6455, 11.5: compared exactly";
  EXPECT_EQ(bench.socket.accept("mqtt"), Status::kOk);
  bench.settle();
  EXPECT_EQ(bench.socket.protocol(), Text("mqtt"));
  EXPECT_NE(bench.peer->received().find("\r\nSec-WebSocket-Protocol: mqtt\r\n"), std::string::npos);
}

TEST(Request, RejectedWithAStatusOfHttp) {
  AskingBench bench;
  for (const uint16_t status : {0, 101, 399, 600}) EXPECT_EQ(bench.socket.reject(status), Status::kInvalidArgument);
  EXPECT_EQ(bench.socket.reject(599), Status::kOk);
  bench.settle();
  EXPECT_EQ(bench.peer->received().substr(0, 13), "HTTP/1.1 599 ");
  EXPECT_EQ(bench.count(Event::kClose), 0u) << "it never opened";
}

std::string string_of(Text text) { return text.data != nullptr ? std::string(text.data, text.size) : "none"; }

TEST(Request, AnyFieldThatIsAskedForByName) {
  static constexpr Text fields[] = {"X-Real-IP", "user-agent", "forwarded", "x-empty", "x-none"};
  for (const bool split : {false, true}) {
    Bench<2, 4, 256> bench;
    bench.server_options.on_request = &keep_request_fields;
    bench.server_options.fields = fields;
    bench.server_options.field_count = 5;
    WebSocket socket;
    bench.app = [&](const Event& event) {
      if (event.type == Event::kRequest) socket = event.socket;
    };
    bench.listen();
    TestPeer& peer = bench.pipe.dial(80);
    if (split) peer.drip(1);
    peer.send(request("Forwarded: for=1\r\nUser-Agent:  a b \r\nX-Other: " + std::string(400, 'o') +
                      "\r\nx-real-ip: ::1\r\nForwarded: for=2\r\nX-Empty:\r\nX-Real-I: no\r\n"));
    bench.settle();
    ASSERT_EQ(bench.count(Event::kRequest), 1u);
    EXPECT_EQ(string_of(socket.request_field("x-REAL-ip")), "::1");
    EXPECT_EQ(string_of(socket.request_field("User-Agent")), "a b");
    EXPECT_EQ(string_of(socket.request_field("Forwarded")), "for=1");
    EXPECT_EQ(string_of(socket.request_field("Forwarded", 1)), "for=2");
    EXPECT_EQ(string_of(socket.request_field("Forwarded", 2)), "none");
    EXPECT_EQ(string_of(socket.request_field("X-Empty")), "");
    EXPECT_EQ(string_of(socket.request_field("X-None")), "none");
    EXPECT_EQ(string_of(socket.request_field("X-Other")), "none") << "was not asked for";
    Request request;
    ASSERT_TRUE(socket.request(&request));
    EXPECT_EQ(string_of(request.host), "server.example");
    EXPECT_EQ(socket.accept(), Status::kOk);
    EXPECT_EQ(string_of(socket.request_field("Forwarded")), "none") << "answered";
    bench.settle();
    EXPECT_EQ(bench.count(Event::kOpen), 1u);
  }
}

TEST(Request, AFieldThatIsAskedForMustFit) {
  static constexpr Text fields[] = {"x-long"};
  Bench<2, 4, 256> bench;
  bench.server_options.on_request = &keep_request_fields;
  bench.server_options.fields = fields;
  bench.server_options.field_count = 1;
  bench.listen();
  TestPeer& peer = bench.pipe.dial(80);
  peer.send(request("X-Long: " + std::string(400, 'o') + "\r\n"));
  bench.settle();
  EXPECT_EQ(peer.received().substr(0, 13), "HTTP/1.1 431 ");
}

}  // namespace
}  // namespace whit
