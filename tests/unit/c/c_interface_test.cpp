// SPDX-License-Identifier: MIT
// whit.h: programs in C (device.c) on a network in RAM.
#include <gtest/gtest.h>

#include <string>

#include "unit/c/device.h"
#include "unit/core/frames.h"
#include "unit/port/test_pipe.h"
#include "whit_cpp.h"

namespace whit {
namespace {

using Pipe = TestPipe<4, 1024>;

TEST(CInterface, AServerAndAClientTalk) {
  Pipe pipe;
  Address address;
  address.size = 4;
  address.bytes[3] = 7;
  address.port = 4711;
  pipe.set_peer_address(address);
  EXPECT_EQ(c_echoes(to_c(pipe)), 0) << "line of device.c";
  EXPECT_EQ(pipe.violations(), 0u) << pipe.violation();
}

TEST(CInterface, AnApplicationHoldsPausesReservesAndAborts) {
  Pipe pipe;
  EXPECT_EQ(c_has_flow_control(to_c(pipe)), 0) << "line of device.c";
}

TEST(CInterface, ARequestIsReviewedAndAcceptedWithASubprotocol) {
  Pipe pipe;
  EXPECT_EQ(c_reviews_requests(to_c(pipe)), 0) << "line of device.c";
}

TEST(CInterface, FieldsOfARequestAreWrittenAndThoseOfARefusalRead) {
  Pipe pipe;
  EXPECT_EQ(c_writes_and_reads_fields(to_c(pipe)), 0) << "line of device.c";
}

TEST(CInterface, AServerAndALoopStop) {
  Pipe pipe;
  EXPECT_EQ(c_stops(to_c(pipe)), 0) << "line of device.c";
}

TEST(CInterface, AUrlIsChecked) { EXPECT_EQ(c_checks_urls(), 0) << "line of device.c"; }

TEST(CInterface, TextsAreCountedAndCompared) { EXPECT_EQ(c_handles_texts(), 0) << "line of device.c"; }

TEST(CInterface, ALoopWithMoreSlotsThanTheNetworkIsRefused) {
  WHIT_LOOP(loop, 4, 1, 2, 256);
  Pipe pipe;
  EXPECT_EQ(whit_loop_start(&loop, &loop_memory, to_c(pipe)), WHIT_INVALID_ARGUMENT);
}

TEST(CInterface, WhatTheMacroDeclaresIsAsLargeAsTheLoopOfCpp) {
  WHIT_LOOP(loop, 3, 2, 5, 300);
  using Same = Loop<3, 5, 300, 2>;
  const size_t size = sizeof loop + sizeof loop_connections_ + sizeof loop_links_ + sizeof loop_buffers_;
  EXPECT_LE(size, sizeof(Same));
  EXPECT_GE(size + 16, sizeof(Same));  // gaps between members
  EXPECT_EQ(loop_memory.slots, Same::kSlots);
  EXPECT_EQ(loop_memory.max_open, 3);
  EXPECT_EQ(loop_memory.buffer_bytes, 300u);
}

TEST(CInterface, OptionsBeginWithTheDefaultsOfCpp) {
  whit_server_options server;
  whit_client_options client;
  whit_http_options http;
  whit_response response;
  memset(&server, 0xEE, sizeof server);
  memset(&client, 0xEE, sizeof client);
  memset(&http, 0xEE, sizeof http);
  memset(&response, 0xEE, sizeof response);
  whit_server_options_init(&server);
  whit_client_options_init(&client);
  whit_http_options_init(&http);
  whit_response_init(&response);
  const ServerOptions wanted;
  for (const whit_timeouts& each : {server.timeouts_ms, client.timeouts_ms}) {
    EXPECT_EQ(each.resolve, wanted.timeouts_ms[Deadline::kResolve]);
    EXPECT_EQ(each.head, wanted.timeouts_ms[Deadline::kHead]);
    EXPECT_EQ(each.keepalive_interval, wanted.timeouts_ms[Deadline::kKeepaliveInterval]);
    EXPECT_EQ(each.linger, wanted.timeouts_ms[Deadline::kLinger]);
  }
  EXPECT_EQ(server.port, 80);
  EXPECT_EQ(server.max_head_bytes, wanted.max_head_bytes);
  EXPECT_EQ(server.max_per_address, 1);
  EXPECT_EQ(server.protocols, nullptr);
  EXPECT_EQ(server.address.size, 0u);
  EXPECT_FALSE(server.secure);
  EXPECT_EQ(server.on_admit, nullptr);
  EXPECT_EQ(client.url.size, 0u);
  EXPECT_EQ(client.on_keepalive, nullptr);
  EXPECT_FALSE(client.require_protocol);
  EXPECT_EQ(http.max_body_bytes, HttpOptions().max_body_bytes);
  EXPECT_EQ(static_cast<const void*>(http.service), static_cast<const void*>(&serve_http));
  EXPECT_EQ(response.status, 200);
  EXPECT_EQ(to_cpp(response.type), "text/plain; charset=utf-8");
}

// A device in C and peers made of bytes. One for all tests: it is a program, which starts once.
class CDevice : public testing::Test {
 protected:
  static void SetUpTestSuite() {
    pipe_ = new TestPipe<4, 4096>;
    ASSERT_EQ(c_device_start(to_c(*pipe_)), 0) << "line of device.c";
  }
  static void TearDownTestSuite() { delete pipe_; }

  static void turn(uint32_t ms = 0) {
    now_ms_ += ms;
    for (int i = 0; i < 20; ++i) c_device_turn(now_ms_);
  }

  static std::string ask(const std::string& request) {
    TestPeer& peer = pipe_->dial(80);
    peer.send(request);
    turn();
    const std::string answer = peer.take();
    peer.close();
    turn();
    return answer;
  }

  static TestPeer& open(uint8_t machine = 1) {
    Address address;
    address.size = 4;
    address.bytes[3] = machine;
    pipe_->set_peer_address(address);
    TestPeer& peer = pipe_->dial(80);
    peer.send(
        "GET / HTTP/1.1\r\nHost: device\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
        "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13\r\n\r\n");
    turn();
    return peer;
  }

  static inline TestPipe<4, 4096>* pipe_ = nullptr;
  static inline uint32_t now_ms_ = 1000;
};

TEST_F(CDevice, ServesAPage) {
  const std::string answer = ask("GET / HTTP/1.1\r\nHost: device\r\n\r\n");
  EXPECT_NE(answer.find("HTTP/1.1 200"), std::string::npos) << answer;
  EXPECT_NE(answer.find("text/html"), std::string::npos) << answer;
  EXPECT_NE(answer.find("\r\n\r\n<p>hi"), std::string::npos) << answer;
}

TEST_F(CDevice, AnswersRequestsItself) {
  const std::string metrics = ask("GET /metrics HTTP/1.1\r\nHost: device\r\n\r\n");
  EXPECT_NE(metrics.find("X-Device: 1\r\n"), std::string::npos) << metrics;
  EXPECT_NE(metrics.find("\r\n\r\nup 1\n"), std::string::npos) << metrics;
  const std::string digits = ask("GET /digits HTTP/1.0\r\nHost: device\r\n\r\n");
  EXPECT_NE(digits.find("text/digits"), std::string::npos) << digits;
  EXPECT_NE(digits.find("012"), std::string::npos) << digits;
}

TEST_F(CDevice, TakesABodyAndRefusesALongOne) {
  c_device_posted = 0;
  EXPECT_NE(ask("POST /set HTTP/1.1\r\nHost: device\r\nContent-Length: 5\r\n\r\nabcde").find("HTTP/1.1 204"),
            std::string::npos);
  EXPECT_EQ(c_device_posted, 5u);
  EXPECT_NE(ask("POST /set HTTP/1.1\r\nHost: device\r\nContent-Length: 101\r\n\r\n").find("HTTP/1.1 413"),
            std::string::npos);
}

TEST_F(CDevice, SkipsALongMessageAndEndsATooLongOne) {
  TestPeer& peer = open();
  ASSERT_NE(peer.take().find("101 Switching Protocols"), std::string::npos);
  peer.send(peer_frame(wire::Role::kServer, 2, std::string(600, 'x')));
  turn();
  EXPECT_NE(peer.take().find("skipped 600"), std::string::npos);
  c_device_ended = 0;
  peer.send(peer_frame(wire::Role::kServer, 2, std::string(1001, 'x')));
  turn();
  EXPECT_EQ(c_device_ended, 1u);
  EXPECT_EQ(c_device_code, WHIT_CLOSE_MESSAGE_TOO_BIG);
  peer.close();
  turn(60000);
}

TEST_F(CDevice, EndsAHeadThatDoesNotComeInItsTime) {
  TestPeer& peer = pipe_->dial(80);
  peer.send("GET / HTTP/1.1\r\n");
  turn();
  turn(2900);
  EXPECT_FALSE(peer.gone() || peer.was_reset());
  turn(200);
  EXPECT_TRUE(peer.gone() || peer.was_reset());
}

TEST_F(CDevice, RefusesASecondConnectionOfAnAddressAndEndsItsOldestIdleOneForAnother) {
  TestPeer& old = open(1);
  ASSERT_NE(old.take().find("101 Switching Protocols"), std::string::npos);
  turn(5000);
  c_device_ended = 0;
  TestPeer& again = open(1);  // max_per_address
  EXPECT_NE(again.take().find("HTTP/1.1 429"), std::string::npos);
  EXPECT_EQ(c_device_ended, 1u);  // it had been accepted by the application
  EXPECT_EQ(c_device_code, 429);
  again.close();
  turn();
  c_device_ended = 0;
  TestPeer& young = open(2);
  EXPECT_EQ(c_device_ended, 1u);
  EXPECT_EQ(c_device_code, WHIT_CLOSE_TRY_AGAIN_LATER);
  old.close();
  turn();
  EXPECT_NE(young.take().find("101 Switching Protocols"), std::string::npos);
  EXPECT_EQ(whit_loop_connections(c_device_loop()).in_use, 1);
  young.close();
  turn(60000);
}

}  // namespace
}  // namespace whit
