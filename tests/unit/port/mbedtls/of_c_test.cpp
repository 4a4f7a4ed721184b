// SPDX-License-Identifier: MIT
// whit_mbedtls.h: TLS as programs in C declare and configure it.
#include "unit/port/mbedtls/bench.h"
#include "whit/client.h"
#include "whit/mbedtls/whit_mbedtls.h"
#include "whit/server.h"

namespace whit {
namespace {

constexpr uint8_t kOk = static_cast<uint8_t>(Status::kOk);

class TlsOfC : public testing::Test {
 protected:
  static whit_tls_span span(Bytes bytes) { return {bytes.data, bytes.size}; }

  TlsOfC() {
    static whit_tls_network network;
    static whit_tls_transport transports[4];
    memory_ = {&network, transports, 4};
    Network* const below = &pipe_;
    tls_ = whit_tls_start(&memory_, reinterpret_cast<whit_network*>(below));
    authority_ = span(test_credentials().authority);
    certificate_ = span(test_credentials().certificate);
    server_tls_.certificates = &certificate_;
    server_tls_.certificate_count = 1;
    server_tls_.private_key = span(test_credentials().key);
    server_tls_.dates = WHIT_TLS_DATES_IGNORE;
    client_tls_.trusted = &authority_;
    client_tls_.trusted_count = 1;
    client_tls_.unix_time = [] { return test_credentials().now; };
  }
  // The arena outlives the network.
  ~TlsOfC() override {
    whit_tls_options none = {};
    none.min_version = WHIT_TLS_VERSION_1_3;
    none.max_version = WHIT_TLS_VERSION_1_2;
    EXPECT_NE(whit_tls_set_client(tls_, &none), kOk);
    EXPECT_NE(whit_tls_set_server(tls_, &none), kOk);
  }

  Network& network() { return *reinterpret_cast<Network*>(tls_); }

  TestPipe<4, 4096> pipe_;
  whit_tls_memory memory_;
  whit_network* tls_;
  whit_tls_span authority_, certificate_;
  whit_tls_options server_tls_ = {};
  whit_tls_options client_tls_ = {};
};

TEST_F(TlsOfC, AServerAndAClientTalkAndTheSessionIsKept) {
  ASSERT_EQ(whit_tls_set_server(tls_, &server_tls_), kOk) << whit_tls_error_text(network().error());
  ASSERT_EQ(whit_tls_set_client(tls_, &client_tls_), kOk) << whit_tls_error_text(network().error());
  static Loop<2, 4, 512, 2> loop;
  static Server server{loop};
  static Client client{loop};
  static ServerOptions server_options;
  static ClientOptions client_options;
  server_options.secure = true;
  server_options.port = 443;
  client_options.url = "wss://localhost/";
  ASSERT_EQ(loop.start(network()), Status::kOk);
  ASSERT_EQ(server.listen(server_options), Status::kOk);
  ASSERT_EQ(client.connect(client_options), Status::kOk);
  int messages = 0, ends = 0;
  for (int turn = 0; turn < 1000 && ends < 2; ++turn) {
    while (const Event event = loop.poll(1000)) {
      if (event.type == Event::kOpen && event.socket == client.socket()) {
        EXPECT_EQ(event.socket.send("secret"), Status::kOk);
        EXPECT_EQ(whit_tls_set_client(tls_, &client_tls_), static_cast<uint8_t>(Status::kInUse));
      }
      if (event.type == Event::kMessage) {
        ++messages;
        EXPECT_EQ(event.message.text(), "secret");
        EXPECT_EQ(event.socket.close(), Status::kOk);
      }
      EXPECT_NE(event.type, Event::kError);
      if (event.type == Event::kClose) ++ends;
    }
  }
  EXPECT_EQ(messages, 1);
  EXPECT_EQ(ends, 2);
  for (int turn = 0; turn < 100; ++turn) {
    while (loop.poll(1000)) continue;
  }

  const whit_tls_statistics statistics = whit_tls_statistics_of(tls_);
  EXPECT_EQ(statistics.handshakes, 2u);
  EXPECT_EQ(statistics.failed, 0u);
  EXPECT_GT(statistics.memory_peak, statistics.memory_used);
  EXPECT_GE(statistics.memory_size, statistics.memory_peak);

  std::vector<uint8_t> session(TlsNetworkBase::kMaxSessionBytes);
  const size_t size = whit_tls_export_session(tls_, "localhost", 443, session.data(), session.size());
  EXPECT_GT(size, 0u);
  whit_tls_forget_sessions(tls_);
  EXPECT_EQ(whit_tls_export_session(tls_, "localhost", 443, session.data(), session.size()), 0u);
  EXPECT_EQ(whit_tls_import_session(tls_, "localhost", 443, session.data(), size), kOk);
  EXPECT_EQ(whit_tls_export_session(tls_, "localhost", 443, session.data(), session.size()), size);
  whit_tls_forget_sessions(tls_);
}

TEST_F(TlsOfC, OptionsThatCannotBeReadAreNamed) {
  certificate_ = span(as_bytes("no certificate"));
  EXPECT_EQ(whit_tls_set_server(tls_, &server_tls_), static_cast<uint8_t>(Status::kInvalidArgument));
  EXPECT_EQ(network().error(), kTlsBadCertificate);
  EXPECT_STREQ(whit_tls_error_text(network().error()), tls_error_text(kTlsBadCertificate));
}

TEST_F(TlsOfC, WithoutAnchorsAClientConnectsOnlyAfterTheDangerousCall) {
  client_tls_.trusted_count = 0;
  ASSERT_EQ(whit_tls_set_client(tls_, &client_tls_), kOk);
  Status status = Status::kOk;
  EXPECT_EQ(network().connect(0, "localhost", 443, true, &status), nullptr);
  EXPECT_EQ(status, Status::kInvalidArgument);
  whit_tls_dangerously_accept_any_server_certificate(tls_);
  ASSERT_EQ(whit_tls_set_client(tls_, &client_tls_), kOk);
  static uint16_t links[4];
  static IndexQueue ready;
  ready.attach(links, 4);
  network().attach(&ready);
  Transport* const transport = network().connect(0, "localhost", 443, true, &status);
  ASSERT_NE(transport, nullptr);
  transport->abort();
}

}  // namespace
}  // namespace whit
