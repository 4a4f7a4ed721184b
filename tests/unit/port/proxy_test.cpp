// SPDX-License-Identifier: MIT
// R-PRX-1: an HTTP proxy, played by a TestPeer, and each of its answers; the common contract through a tunnel is in
// conformance_test.cpp, real proxies are in peers/test_proxies.py.
#include <gtest/gtest.h>

#include <string>

#include "unit/port/conformance.h"
#include "unit/port/test_pipe.h"
#include "whit/client.h"
#include "whit/proxy/proxy_network.h"

namespace whit {
namespace {

constexpr uint16_t kProxyPort = 3128;

class Proxy : public testing::Test {
 protected:
  Proxy() {
    ready_.attach(links_, 4);
    network_.attach(&ready_);
    options_.host = "proxy.example";
    network_.set_proxy(options_);
  }
  ~Proxy() override {
    if (transport_ != nullptr) transport_->abort();
    EXPECT_EQ(pipe_.violations(), 0u) << pipe_.violation();
    EXPECT_EQ(pipe_.in_use(), 0);
  }

  // Connects, and follows the connection as far as the request. `host` may be longer than the network takes.
  bool call(const std::string& host = "server.example", uint16_t port = 80, Status expected = Status::kOk) {
    Status status = Status::kOk;
    transport_ = network_.connect(0, {host.data(), host.size()}, port, false, &status);
    EXPECT_EQ(status, expected);
    if (transport_ == nullptr) return false;
    progress_ = transport_->progress();
    turn();
    EXPECT_EQ(progress_.layer, Layer::kConnect);
    EXPECT_EQ(progress_.status, Status::kWouldBlock);
    return true;
  }

  // One turn as the loop makes it.
  void turn() {
    network_.poll(++now_ms_);
    while (!ready_.empty()) {
      (void)ready_.take();
      if (progress_.status == Status::kWouldBlock) progress_ = transport_->progress();
    }
  }
  void turns(int count) {
    while (count-- > 0) turn();
  }

  TestPeer& proxy() { return pipe_.answered(pipe_.answered_count() - 1); }

  // The connection after the proxy has said this.
  void answer(const std::string& text) {
    proxy().send(text);
    turns(3);
  }

  void again() {
    transport_->abort();
    turn();
    call();
  }

  void expect_failed(int32_t error) {
    EXPECT_EQ(progress_.status, Status::kFailed);
    EXPECT_EQ(progress_.layer, Layer::kConnect);
    EXPECT_EQ(transport_->error(), error);
    EXPECT_EQ(transport_->progress().status, Status::kFailed) << "stays so";
    uint8_t byte = 0;
    EXPECT_EQ(transport_->read({&byte, 1}).status, Status::kFailed);
    EXPECT_EQ(transport_->write({&byte, 1}).status, Status::kFailed);
  }

  // All that is there; `piece` bytes are asked for at a time.
  std::string read(size_t piece = 7) {
    std::string all;
    uint8_t buffer[64];
    for (int reads = 0; reads < 500; ++reads) {
      const Transfer got = transport_->read({buffer, piece});
      if (got.status == Status::kOk) all.append(reinterpret_cast<char*>(buffer), got.size);
      if (got.status == Status::kOk && got.size == piece) continue;
      // After less than it asked for the loop reads again only when it is told to.
      for (int i = 0; i < 3 && (i == 0 || !announced_); ++i) turn_quietly();
      if (!announced_) break;
    }
    return all;
  }
  void turn_quietly() {
    network_.poll(++now_ms_);
    announced_ = !ready_.empty();
    while (!ready_.empty()) (void)ready_.take();
  }

  TestPipe<4, 1000> pipe_;
  ProxyNetwork<4> network_{pipe_};
  ProxyOptions options_;
  IndexQueue ready_;
  uint16_t links_[4] = {};
  Transport* transport_ = nullptr;
  Progress progress_;
  uint32_t now_ms_ = 0;
  bool announced_ = false;
};

TEST_F(Proxy, IsAskedForTheHost) {
  ASSERT_TRUE(call());
  EXPECT_EQ(proxy().host, "proxy.example");
  EXPECT_EQ(proxy().port, kProxyPort);
  EXPECT_FALSE(proxy().secure);
  EXPECT_EQ(proxy().take(), "CONNECT server.example:80 HTTP/1.1\r\nHost: server.example:80\r\n\r\n");
  answer("HTTP/1.1 200 Connection established\r\n\r\n");
  EXPECT_EQ(progress_.layer, Layer::kOpen);
  EXPECT_EQ(progress_.status, Status::kOk);
  EXPECT_EQ(transport_->error(), 0);
  const std::string hello = "hello";
  EXPECT_EQ(transport_->write(as_bytes({hello.data(), hello.size()})).status, Status::kOk);
  turn();
  EXPECT_EQ(proxy().take(), "hello");
}

TEST_F(Proxy, IsGivenAddressesInBrackets) {
  ASSERT_TRUE(call("2001:db8::1", 65535));
  EXPECT_EQ(proxy().take(), "CONNECT [2001:db8::1]:65535 HTTP/1.1\r\nHost: [2001:db8::1]:65535\r\n\r\n");
  transport_->abort();
  ASSERT_TRUE(call("10.0.0.1", 1));
  EXPECT_EQ(proxy().take(), "CONNECT 10.0.0.1:1 HTTP/1.1\r\nHost: 10.0.0.1:1\r\n\r\n");
}

// The examples of RFC 7617, 2 and 2.1, and bytes that no text has.
TEST_F(Proxy, IsGivenCredentials) {
  const struct {
    std::string credentials;
    std::string encoded;
  } kCases[] = {{"Aladdin:open sesame", "QWxhZGRpbjpvcGVuIHNlc2FtZQ=="},
                {"test:123\u00A3", "dGVzdDoxMjPCow=="},
                {std::string("a:\0\xFF\x80", 5), "YToA/4A="},
                {"a:", "YTo="},
                {"ab:", "YWI6"}};
  for (const auto& each : kCases) {
    options_.credentials = as_bytes({each.credentials.data(), each.credentials.size()});
    network_.set_proxy(options_);
    ASSERT_TRUE(call());
    EXPECT_EQ(proxy().take(),
              "CONNECT server.example:80 HTTP/1.1\r\nHost: server.example:80\r\n"
              "Proxy-Authorization: Basic " +
                  each.encoded + "\r\n\r\n");
    transport_->abort();
    turn();
  }
  transport_ = nullptr;
}

TEST_F(Proxy, OpensWithEvery2xx) {
  for (const std::string head :
       {"HTTP/1.0 200 Connection established\r\nProxy-agent: tinyproxy/1.11.1\r\n\r\n",
        "HTTP/1.1 204 No Content\r\n\r\n", "HTTP/1.1 299 \r\n\r\n", "HTTP/1.1 200\r\n\r\n",
        "HTTP/1.1 200 OK\nVia: 1.1 old\n\n", "HTTP/1.1 200 OK\r\nContent-Length: 7\r\n\r\n",
        "HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 103 Early Hints\r\nLink: x\r\n\r\nHTTP/1.1 200 OK\r\n\r\n"}) {
    ASSERT_TRUE(call());
    answer(head);
    EXPECT_EQ(progress_.layer, Layer::kOpen) << head;
    EXPECT_EQ(progress_.status, Status::kOk) << head;
    transport_->abort();
    turn();
  }
  transport_ = nullptr;
}

// However the bytes arrive, and also those that come together with the answer.
TEST_F(Proxy, TheBytesBehindTheAnswerBelongToTheTunnel) {
  const std::string head = "HTTP/1.1 200 OK\r\nVia: 1.1 proxy\r\n\r\n";
  const std::string text =
      "HTTP/1.1 101 Switching Protocols\r\n\r\nand more of it than one read takes, and of one buffer";
  const std::string all = head + text;
  for (size_t cut = 0; cut <= all.size(); ++cut) {
    ASSERT_TRUE(call());
    answer(all.substr(0, cut));
    answer(all.substr(cut));
    ASSERT_EQ(progress_.layer, Layer::kOpen) << cut;
    ASSERT_EQ(read(1 + cut % 64), text) << cut;
    transport_->abort();
    turn();
  }
  transport_ = nullptr;
}

TEST_F(Proxy, TheHeadMayBeLongerThanTheBuffer) {
  ASSERT_TRUE(call());
  std::string head = "HTTP/1.1 200 OK\r\n";
  while (head.size() < 15'000) head += "Set-Cookie: " + std::string(900, 'c') + "\r\n";
  proxy().send(head + "\r\nhello");
  turns(50);
  EXPECT_EQ(progress_.layer, Layer::kOpen);
  EXPECT_EQ(read(), "hello");
  transport_->abort();
  ASSERT_TRUE(call());
  proxy().drip(1);
  proxy().send(head.substr(0, 2000) + "\r\n\r\nhello");
  turns(2020);
  EXPECT_EQ(progress_.layer, Layer::kOpen);
}

TEST_F(Proxy, ARefusalIsTheNumber) {
  for (const int status : {300, 302, 403, 407, 502, 599}) {
    ASSERT_TRUE(call());
    answer("HTTP/1.1 " + std::to_string(status) + " No\r\nProxy-Authenticate: Basic realm=\"x\"\r\n\r\n<html>");
    expect_failed(status);
    ASSERT_NE(proxy_error_text(status), nullptr);
    transport_->abort();
    turn();
  }
  transport_ = nullptr;
}

TEST_F(Proxy, GarbageIsNotAnAnswer) {
  const std::string kCases[] = {"SSH-2.0-OpenSSH_9.2\r\n",
                                "\x15\x03\x03",
                                "HTTP/2 200\r\n\r\n",
                                "HTTP/1.1 2000 OK\r\n\r\n",
                                "HTTP/1.1 20x\r\n\r\n",
                                "HTTP/1.1  200\r\n\r\n",
                                "http/1.1 200\r\n\r\n",
                                "\r\nHTTP/1.1 200\r\n\r\n",
                                "HTTP/1.1 099 OK\r\n\r\n",
                                "HTTP/1.1 999 OK\r\n\r\n",
                                "HTTP/1.1 101 OK\r\n\r\n",
                                "HTTP/1.1 200 OK\r\rA",
                                std::string("HTTP/1.1 200 OK\r\nA: \0", 21)};
  for (const std::string& each : kCases) {
    ASSERT_TRUE(call());
    answer(each);
    expect_failed(kProxyNotHttp);
    transport_->abort();
    turn();
  }
  transport_ = nullptr;
}

TEST_F(Proxy, AHeadWithoutAnEndIsGivenUp) {
  ASSERT_TRUE(call());
  std::string head = "HTTP/1.1 200 OK\r\n";
  while (head.size() <= ProxyTransport::kMaxHeadBytes) head += "X: " + std::string(95, 'x') + "\r\n";
  proxy().send(head);
  turns(60);
  expect_failed(kProxyHeadTooLong);
}

TEST_F(Proxy, AnEarlyEndFails) {
  ASSERT_TRUE(call());
  proxy().send("HTTP/1.1 200 OK\r\nVia");
  proxy().close();
  turns(3);
  expect_failed(kProxyEnded);
  again();
  proxy().reset();
  turns(3);
  EXPECT_EQ(progress_.status, Status::kFailed);
  EXPECT_NE(transport_->error(), 0);
}

// In whatever pieces request and answer pass.
TEST_F(Proxy, WaitsForRoomAndForBytes) {
  PipeFaults faults;
  faults.write_max = 3;
  faults.write_block_every = 2;
  faults.read_max = 5;
  faults.read_block_every = 2;
  pipe_.faults() = faults;
  ASSERT_TRUE(call());
  turns(60);
  EXPECT_EQ(proxy().take(), "CONNECT server.example:80 HTTP/1.1\r\nHost: server.example:80\r\n\r\n");
  answer("HTTP/1.1 200 OK\r\n\r\nhello");
  turns(20);
  EXPECT_EQ(progress_.layer, Layer::kOpen);
  EXPECT_EQ(read(), "hello");
}

TEST_F(Proxy, WhatCannotBeAskedForIsRefused) {
  for (const std::string host :
       {"", "a b", "a\r\nX: y", "a/b", "user@a", "[::1]", "fe80::1%eth0", "a?b", "a#b", "a\x7F"}) {
    EXPECT_FALSE(call(host, 80, Status::kFailed)) << host;
    EXPECT_EQ(network_.error(), kProxyBadTarget) << host;
  }
  EXPECT_FALSE(call("server.example", 0, Status::kFailed));
  EXPECT_FALSE(call(std::string(240, 'a'), 80, Status::kFailed));
  EXPECT_EQ(network_.error(), kProxyRequestTooLong);
  Status status = Status::kOk;
  EXPECT_EQ(network_.connect(0, "server.example", 443, true, &status), nullptr);
  EXPECT_EQ(status, Status::kInvalidArgument);
  EXPECT_EQ(network_.error(), kProxyNoTls);
  EXPECT_EQ(pipe_.answered_count(), 0u);
  EXPECT_TRUE(call(std::string(230, 'a')));
}

TEST_F(Proxy, WithoutOneConnectionsGoStraight) {
  network_.set_proxy(ProxyOptions());
  Status status = Status::kFailed;
  transport_ = network_.connect(0, "server.example", 80, false, &status);
  ASSERT_NE(transport_, nullptr);
  progress_ = transport_->progress();
  turns(2);
  EXPECT_EQ(progress_.layer, Layer::kOpen);
  EXPECT_EQ(pipe_.answered(0).host, "server.example");
  EXPECT_EQ(pipe_.answered(0).received(), "");
}

TEST_F(Proxy, ThatSaysNothingEndsWithTheDeadlineOfConnecting) {
  Loop<1, 2, 512, 1> loop;
  ASSERT_EQ(loop.start(network_), Status::kOk);
  Client client(loop);
  ClientOptions options;
  options.url = "ws://server.example/";
  ASSERT_EQ(client.connect(options), Status::kOk);
  Cause cause;
  uint32_t now_ms = 0;
  while (cause.where != Cause::kDeadline && now_ms < 60'000) {
    now_ms += 100;
    while (const Event event = loop.poll(now_ms)) {
      if (event.type == Event::kError) cause = event.close.cause;
    }
  }
  EXPECT_EQ(cause.code, static_cast<int32_t>(Deadline::kConnect));
  EXPECT_EQ(proxy().take().substr(0, 8), "CONNECT ");
}

TEST(ProxyErrors, AreSaidInWords) {
  EXPECT_STREQ(proxy_error_text(407), "the proxy wants a user name and password, or others");
  EXPECT_STREQ(proxy_error_text(kProxyEnded), "the proxy ended the connection before it answered");
  EXPECT_STREQ(proxy_error_text(418), "the proxy refused, with an HTTP status");
  EXPECT_EQ(proxy_error_text(0), nullptr);
  EXPECT_EQ(proxy_error_text(111), nullptr) << "a number of the system";
}

}  // namespace
}  // namespace whit
