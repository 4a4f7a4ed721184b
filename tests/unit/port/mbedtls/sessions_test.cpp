// SPDX-License-Identifier: MIT
// A client's session of before, and servers behind the same address that speak another version or refuse it.
#include <gtest/gtest.h>

#include <vector>

#include "unit/port/mbedtls/bench.h"

namespace whit {
namespace {

class TlsSessions : public testing::Test {
 protected:
  void SetUp() override { bench.start(); }

  // The server is another one from now on: other versions, other ticket keys.
  void serve(TlsVersion version) {
    bench.server_options.min_version = bench.server_options.max_version = version;
    ASSERT_EQ(bench.network.set_server(bench.server_options), Status::kOk);
  }

  // True: it opens, and a message comes through. `connects`: TCP connections that it took.
  bool connects_by(uint32_t connects) {
    const uint32_t before = bench.gate.connects;
    bench.connect(0);
    bench.until([&] { return bench.ends[0].open || bench.ends[0].over; }, 2000);
    const bool open = bench.ends[0].open;
    if (open) {
      bench.send(0, "ping");
      const auto echoed = [&] {
        for (auto& [index, end] : bench.ends) {
          if (index != 0 && end.received == "ping") end.outbox += "pong", end.received.clear(), bench.send(index, "");
        }
        return bench.ends[0].received == "pong";  // tickets come before this
      };
      EXPECT_TRUE(bench.until(echoed, 2000));
    }
    error = bench.ends[0].error;
    EXPECT_EQ(bench.gate.connects - before, connects);
    bench.drop_all();
    bench.expect_baseline();
    return open;
  }

  std::vector<uint8_t> exported() {
    std::vector<uint8_t> bytes(TlsNetworkBase::kMaxSessionBytes);
    bytes.resize(bench.network.export_session("localhost", TlsBench::kPort, {bytes.data(), bytes.size()}));
    return bytes;
  }
  void import(const std::vector<uint8_t>& bytes) {
    ASSERT_EQ(bench.network.import_session("localhost", TlsBench::kPort, {bytes.data(), bytes.size()}), Status::kOk);
  }
  uint32_t resumed() { return bench.network.statistics().resumed; }

  TlsBench bench;
  int32_t error = 0;
  bool kept_tls12 = false;
};

TEST_F(TlsSessions, OfTls13DoesNotHideTls12) {
  EXPECT_TRUE(connects_by(1));
  ASSERT_FALSE(exported().empty());
  serve(TlsVersion::kTls12);
  for (int i = 0; i < 3; ++i) EXPECT_TRUE(connects_by(1)) << error;
  EXPECT_EQ(bench.network.statistics().failed, 0u);
}

TEST_F(TlsSessions, OfTls12IsGivenUpForAServerOfTls13) {
  serve(TlsVersion::kTls12);
  EXPECT_TRUE(connects_by(1));
  ASSERT_FALSE(exported().empty());
  serve(TlsVersion::kTls13);
  EXPECT_TRUE(connects_by(2)) << error;
  EXPECT_TRUE(connects_by(1)) << error;
  EXPECT_EQ(resumed(), 2u);  // the last connection, both ends
}

// A server of both versions declines the session, and is asked for both the next time.
TEST_F(TlsSessions, OfTls12DoesNotHideTls13ForLong) {
  serve(TlsVersion::kTls12);
  EXPECT_TRUE(connects_by(1));
  serve(TlsVersion::kAny);
  EXPECT_TRUE(connects_by(1)) << error;
  EXPECT_TRUE(exported().empty());
  serve(TlsVersion::kTls13);
  EXPECT_TRUE(connects_by(1)) << error;
}

TEST_F(TlsSessions, OfOneServerAreRefusedByOthersInAnyOrder) {
  const TlsVersion versions[] = {TlsVersion::kAny, TlsVersion::kTls12, TlsVersion::kTls13};
  for (const TlsVersion first : versions) {
    for (const TlsVersion second : versions) {
      for (const TlsVersion third : versions) {
        bench.network.forget_sessions();
        for (const TlsVersion each : {first, second, third}) {
          serve(each);
          const bool narrowed = !exported().empty() && each == TlsVersion::kTls13 && kept_tls12;
          EXPECT_TRUE(connects_by(narrowed ? 2 : 1)) << error;
          kept_tls12 = each == TlsVersion::kTls12;
        }
      }
    }
  }
}

TEST_F(TlsSessions, ARefusalIsTriedAgainOnceAndNoMore) {
  serve(TlsVersion::kTls12);
  EXPECT_TRUE(connects_by(1));
  const std::vector<uint8_t> session = exported();
  bench.client_options.max_version = TlsVersion::kTls12;
  ASSERT_EQ(bench.network.set_client(bench.client_options), Status::kOk);
  bench.baseline = bench.network.statistics().arena;
  serve(TlsVersion::kTls13);
  for (const uint32_t connects : {2u, 1u}) {  // it is forgotten then
    if (connects == 2) import(session);
    EXPECT_FALSE(connects_by(connects));
    EXPECT_EQ(error, kTlsAlert + 70);  // protocol_version
  }
}

// The contents of a certificate have nothing to do with the session.
TEST_F(TlsSessions, ABadCertificateIsNotTriedAgain) {
  EXPECT_TRUE(connects_by(1));
  const std::vector<uint8_t> session = exported();
  bench.client_options.trusted = &bench.credentials->certificate;  // no authority of the server's
  ASSERT_EQ(bench.network.set_client(bench.client_options), Status::kOk);
  bench.baseline = bench.network.statistics().arena;
  serve(TlsVersion::kAny);
  import(session);
  EXPECT_FALSE(connects_by(1));
  EXPECT_EQ(error, kTlsUntrusted);
}

TEST_F(TlsSessions, OfAVersionThatIsNotSpokenIsNotOffered) {
  serve(TlsVersion::kTls13);
  EXPECT_TRUE(connects_by(1));
  const std::vector<uint8_t> of_tls13 = exported();
  serve(TlsVersion::kTls12);
  bench.network.forget_sessions();
  EXPECT_TRUE(connects_by(1));
  const std::vector<uint8_t> of_tls12 = exported();
  for (const TlsVersion version : {TlsVersion::kTls12, TlsVersion::kTls13}) {
    bench.client_options.min_version = bench.client_options.max_version = version;
    ASSERT_EQ(bench.network.set_client(bench.client_options), Status::kOk);
    bench.baseline = bench.network.statistics().arena;
    const bool tls12 = version == TlsVersion::kTls12;
    // A server of the session's version alone has no version in common with the client.
    serve(tls12 ? TlsVersion::kTls13 : TlsVersion::kTls12);
    import(tls12 ? of_tls13 : of_tls12);
    EXPECT_FALSE(connects_by(1));
  }
}

// Under another name than it was made for, Mbed TLS refuses to offer it.
TEST_F(TlsSessions, OfAnotherHostIsNoHindrance) {
  EXPECT_TRUE(connects_by(1));
  const std::vector<uint8_t> session = exported();
  ASSERT_EQ(bench.network.import_session("127.0.0.1", TlsBench::kPort, {session.data(), session.size()}), Status::kOk);
  bench.connect(0, "127.0.0.1");
  EXPECT_TRUE(bench.until([&] { return bench.ends[0].open || bench.ends[0].over; }, 2000));
  EXPECT_TRUE(bench.ends[0].open) << bench.ends[0].error;
  EXPECT_EQ(resumed(), 0u);
}

TEST_F(TlsSessions, TheSecondTryMayFailBelow) {
  serve(TlsVersion::kTls12);
  EXPECT_TRUE(connects_by(1));
  serve(TlsVersion::kTls13);
  bench.gate.fail_connect = bench.gate.connects + 2;
  EXPECT_FALSE(connects_by(2));
  bench.gate.fail_connect = 0;
  EXPECT_TRUE(connects_by(1)) << error;
}

}  // namespace
}  // namespace whit
