// SPDX-License-Identifier: MIT
// The real loop over TLS: both roles in one loop, wss from connect() to the closing handshake.
#include <gtest/gtest.h>

#include <algorithm>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "unit/port/mbedtls/bench.h"
#include "whit/broadcast.h"
#include "whit/client.h"
#include "whit/server.h"

namespace whit {
namespace {

class TlsLoop : public testing::Test {
 protected:
  TlsLoop() : arena_before(network->statistics().arena.used) {
    const TestCredentials& credentials = test_credentials();
    server_tls.certificates = &credentials.certificate;
    server_tls.certificate_count = 1;
    server_tls.private_key = credentials.key;
    client_tls.trusted = &credentials.authority;
    client_tls.trusted_count = 1;
    client_tls.unix_time = [] { return test_credentials().now; };
    EXPECT_EQ(network->set_server(server_tls), Status::kOk);
    EXPECT_EQ(network->set_client(client_tls), Status::kOk);
    EXPECT_EQ(loop->start(*network), Status::kOk);
    server_options.port = 443;
    server_options.secure = true;
    EXPECT_EQ(server.listen(server_options), Status::kOk);
    client_options.url = "wss://localhost/";
  }
  // The arena outlives the test: what is left in it, the next test would lack.
  ~TlsLoop() override {
    app = nullptr;
    loop->stop();
    for (int i = 0; i < 100 && pipe->in_use() != 0; ++i) {
      now_ms += 1000;
      turn();
    }
    EXPECT_EQ(pipe->violations(), 0u) << pipe->violation();
    give_roles_back(*network);
    EXPECT_EQ(network->statistics().arena.used, arena_before);
  }

  void turn() {
    ++now_ms;
    while (const Event event = loop->poll(now_ms)) {
      const bool ours = event.socket == client.socket();
      if (event.type == Event::kClose) (ours ? client_close : server_close) = event.close;
      if (event.type == Event::kClose && ours) closed = true;
      if (event.type == Event::kOpen && !ours) server_socket = event.socket;
      if (event.type == Event::kMessage && ours)
        received += std::string(event.message.text().data, event.message.data.size);
      if (app) app(event, ours);
    }
  }
  bool until(const std::function<bool()>& condition) {
    for (int i = 0; i < 20000 && !condition(); ++i) turn();
    return condition();
  }
  void connect() {
    ASSERT_EQ(client.connect(client_options), Status::kOk);
    ASSERT_TRUE(until([&] {
      return closed ||
             (client.socket().ready_state() == ReadyState::kOpen && server_socket.ready_state() == ReadyState::kOpen);
    }));
  }

  using OneLoop = Loop<4, 8, 4096, 64>;
  std::unique_ptr<TestPipe<OneLoop::kSlots, 4000>> pipe = std::make_unique<TestPipe<OneLoop::kSlots, 4000>>();
  std::unique_ptr<TlsNetwork<OneLoop::kSlots>> network = std::make_unique<TlsNetwork<OneLoop::kSlots>>(*pipe);
  std::unique_ptr<OneLoop> loop = std::make_unique<OneLoop>();
  const uint32_t arena_before;
  Server server{*loop};
  Client client{*loop};
  TlsOptions server_tls, client_tls;
  ServerOptions server_options;
  ClientOptions client_options;
  WebSocket server_socket;
  Close client_close, server_close;
  std::string received;
  std::function<void(const Event&, bool)> app;
  uint32_t now_ms = 0;
  bool closed = false;
};

TEST_F(TlsLoop, OpensEchoesAndCloses) {
  app = [&](const Event& event, bool ours) {
    if (event.type != Event::kMessage || ours) return;
    EXPECT_EQ(event.socket.send(event.message), Status::kOk);
  };
  connect();
  ASSERT_EQ(client.socket().send("over TLS"), Status::kOk);
  ASSERT_TRUE(until([&] { return received == "over TLS"; }));
  ASSERT_EQ(client.socket().close(1000), Status::kOk);
  ASSERT_TRUE(until([&] { return closed && loop->connections().in_use == 0; }));
  EXPECT_TRUE(client_close.was_clean);
  EXPECT_TRUE(server_close.was_clean);
  EXPECT_GT(client_close.memory_peak, config::kTlsInBytes + config::kTlsOutBytes);
  EXPECT_GT(server_close.memory_peak, config::kTlsInBytes + config::kTlsOutBytes);
}

// R-FLOW-4: behind a record that is half on its way, broadcasts wait, or are dropped, as wholes.
TEST_F(TlsLoop, ABroadcastIsWholeBehindABlockedRecord) {
  constexpr int kMessages = 40;
  constexpr size_t kBytes = 1000;
  connect();
  static BroadcastMemory<OneLoop::kSlots, 8, kBytes> memory;
  static Broadcast news{*loop, memory};  // the loop has it until its end
  ASSERT_EQ(news.subscribe(server_socket, WhenBehind::kDropOldest), Status::kOk);
  std::vector<std::string> got;
  app = [&](const Event& event, bool ours) {
    if (event.type == Event::kMessage && ours) got.emplace_back(event.message.text().data, event.message.data.size);
  };
  client.socket().pause();
  std::vector<std::string> sent;
  for (int i = 0; i < kMessages; ++i) {
    sent.push_back(std::to_string(i));
    sent.back().resize(kBytes, static_cast<char>('a' + i % 26));
    ASSERT_EQ(news.publish(Text(sent.back().data(), sent.back().size())), Status::kOk);
    for (int turns = 0; turns < 3; ++turns) turn();
  }
  EXPECT_GT(news.counts().dropped, 0u);
  client.socket().resume();
  ASSERT_TRUE(until([&] { return !got.empty() && got.back() == sent.back(); }));
  EXPECT_EQ(news.counts().sent, got.size());
  EXPECT_EQ(news.counts().sent + news.counts().dropped, static_cast<uint32_t>(kMessages));
  auto place = sent.begin();
  for (const std::string& each : got) {
    place = std::find(place, sent.end(), each);
    ASSERT_NE(place, sent.end()) << each;
    ++place;
  }
}

// All that is sent in one turn leaves as one record.
TEST_F(TlsLoop, SixteenSendsOfATurnAreOneRecord) {
  connect();
  for (int i = 0; i < 30; ++i) turn();
  uint32_t before = 0;
  for (uint16_t i = 0; i < 6; ++i) before += pipe->transport(i).in_use() ? pipe->transport(i).counters().writes : 0;
  for (int i = 0; i < 16; ++i) ASSERT_EQ(server_socket.send("sixteen bytes..."), Status::kOk);
  ASSERT_TRUE(until([&] { return received.size() == 16 * 16; }));
  uint32_t after = 0;
  for (uint16_t i = 0; i < 6; ++i) after += pipe->transport(i).in_use() ? pipe->transport(i).counters().writes : 0;
  EXPECT_EQ(after - before, 1u);
}

TEST_F(TlsLoop, ARefusedCertificateIsTheCauseOfTheEnd) {
  client_options.url = "wss://127.0.0.9/";
  connect();
  EXPECT_EQ(client_close.code, 1006);
  EXPECT_EQ(client_close.cause.where, Cause::kSecure);
  EXPECT_EQ(client_close.cause.code, kTlsWrongName);
  EXPECT_GT(client_close.memory_peak, 0u);
  ASSERT_TRUE(until([&] { return loop->connections().in_use == 0; }));
  for (int i = 0; i < 5; ++i) turn();
  EXPECT_EQ(network->statistics().last_failure, kTlsAlert + 42) << "the server has heard why";
}

TEST_F(TlsLoop, WithoutTrustAnchorsThereIsNoConnection) {
  client_tls.trusted_count = 0;
  ASSERT_EQ(network->set_client(client_tls), Status::kOk);
  connect();
  EXPECT_EQ(client_close.cause.where, Cause::kSecure);
  EXPECT_EQ(client_close.cause.code, kTlsNoTrustAnchors);
  EXPECT_EQ(pipe->opened(), 0u);
}

// A server that says nothing: the deadline for TLS ends it, and everything is given back.
TEST_F(TlsLoop, ASilentServerMeetsTheDeadline) {
  const TlsArenaUsage before = network->statistics().arena;
  client_options.url = "wss://localhost:7/";
  ASSERT_EQ(client.connect(client_options), Status::kOk);
  for (int i = 0; i < 10; ++i) turn();
  now_ms += client_options.timeouts_ms[Deadline::kSecure];
  ASSERT_TRUE(until([&] { return closed; }));
  EXPECT_EQ(client_close.cause.where, Cause::kDeadline);
  EXPECT_EQ(client_close.cause.code, static_cast<int>(Deadline::kSecure));
  ASSERT_TRUE(until([&] { return loop->connections().in_use == 0; }));
  EXPECT_EQ(network->statistics().arena.used, before.used);
}

// 200 clients that stop in the middle of their first record. Time stands still while there is work: that of the
// handshakes themselves does not count.
TEST_F(TlsLoop, HalfHandshakesGiveWay) {
  for (int i = 0; i < 200; ++i) pipe->dial(443).send(std::string("\x16\x03\x01\x02\x00\x01", 6));
  ASSERT_EQ(client.connect(client_options), Status::kOk);
  const uint32_t start_ms = now_ms = 1000;
  for (int turns = 0; client.socket().ready_state() != ReadyState::kOpen && turns < 100'000; ++turns) {
    if (loop->wait_ms() == 0) --now_ms;  // turn() adds it again
    turn();
  }
  EXPECT_EQ(client.socket().ready_state(), ReadyState::kOpen);
  EXPECT_LE(now_ms - start_ms, 1000u);
  EXPECT_EQ(client.socket().close(), Status::kOk);
  EXPECT_TRUE(until([&] { return loop->connections().in_use == 0; }));
}

}  // namespace
}  // namespace whit
