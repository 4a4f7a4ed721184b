// SPDX-License-Identifier: MIT
// Configuration: what set_client(), set_server(), listen() and connect() refuse, dates, names, versions, keys.
#include <mbedtls/x509_crt.h>

#include "unit/port/mbedtls/partner.h"
#include "whit/mbedtls/tls_role.h"

namespace whit {
namespace {

class TlsOptionsTest : public testing::Test {
 protected:
  void expect_client(Status status, int32_t error) {
    EXPECT_EQ(bench.network.set_client(bench.client_options), status);
    EXPECT_EQ(bench.network.error(), error);
  }
  void expect_server(Status status, int32_t error) {
    EXPECT_EQ(bench.network.set_server(bench.server_options), status);
    EXPECT_EQ(bench.network.error(), error);
  }
  TlsBench bench;
};

TEST_F(TlsOptionsTest, WhatCannotBeReadIsRefused) {
  const Bytes garbage = as_bytes("0this is no certificate");
  bench.client_options.trusted = &garbage;
  expect_client(Status::kInvalidArgument, kTlsBadCertificate);
  const Bytes nothing;
  bench.client_options.trusted = &nothing;
  expect_client(Status::kInvalidArgument, kTlsBadCertificate);
  bench.server_options.certificates = &garbage;
  expect_server(Status::kInvalidArgument, kTlsBadCertificate);
  bench.server_options.certificates = &bench.credentials->certificate;
  bench.server_options.private_key = garbage;
  expect_server(Status::kInvalidArgument, kTlsBadKey);
  bench.server_options.private_key = bench.credentials->other_key;
  expect_server(Status::kInvalidArgument, kTlsBadKey);
  bench.server_options.private_key = {};
  expect_server(Status::kInvalidArgument, kTlsBadKey);
  bench.server_options.certificate_count = 0;
  expect_server(Status::kInvalidArgument, kTlsNoCredentials);
}

// A chain goes out in one record: what does not fit is refused now, and not in each handshake.
TEST_F(TlsOptionsTest, AChainLongerThanARecordIsRefused) {
  const size_t each = bench.credentials->certificate.size + 5;
  const size_t most = (config::kTlsOutBytes - 8) / each;
  const std::vector<Bytes> chain(most + 1, bench.credentials->certificate);
  bench.server_options.certificates = bench.client_options.certificates = chain.data();
  bench.client_options.private_key = bench.server_options.private_key;
  bench.server_options.certificate_count = bench.client_options.certificate_count = most;
  expect_server(Status::kOk, kTlsOk);
  expect_client(Status::kOk, kTlsOk);
  bench.server_options.certificate_count = bench.client_options.certificate_count = most + 1;
  expect_server(Status::kInvalidArgument, kTlsChainTooLong);
  expect_client(Status::kInvalidArgument, kTlsChainTooLong);
}

TEST_F(TlsOptionsTest, ProtocolNamesThatCannotBeSentAreRefused) {
  const std::string longest(255, 'a');
  const std::string too_long(256, 'a');
  for (const char* name : {"", too_long.c_str(), longest.c_str()}) {
    const char* const names[] = {"http/1.1", name, nullptr};
    bench.client_options.alpn = bench.server_options.alpn = names;
    const bool good = name == longest.c_str();
    expect_client(good ? Status::kOk : Status::kInvalidArgument, good ? kTlsOk : kTlsBadAlpn);
    expect_server(good ? Status::kOk : Status::kInvalidArgument, good ? kTlsOk : kTlsBadAlpn);
  }
}

TEST_F(TlsOptionsTest, ARangeWithoutAVersionIsRefused) {
  bench.client_options.min_version = bench.server_options.min_version = TlsVersion::kTls13;
  bench.client_options.max_version = bench.server_options.max_version = TlsVersion::kTls12;
  expect_client(Status::kInvalidArgument, kTlsNoVersion);
  expect_server(Status::kInvalidArgument, kTlsNoVersion);
}

TEST_F(TlsOptionsTest, PreSharedKeys) {
  const std::string key(16, 'k');
  bench.client_options.psk = as_bytes(Text(key.data(), 15));
  bench.client_options.psk_identity = "device";
  expect_client(Status::kInvalidArgument, kTlsBadPsk);
  bench.client_options.psk = as_bytes(Text(key.data(), 16));
  bench.client_options.psk_identity = "";
  expect_client(Status::kInvalidArgument, kTlsBadPsk);
  bench.client_options.psk_identity = "device";
  expect_client(Status::kOk, kTlsOk);
}

TEST_F(TlsOptionsTest, NothingIsServedOrDialledWithoutThem) {
  Status status = Status::kOk;
  EXPECT_EQ(bench.network.listen(0, "", TlsBench::kPort, true), Status::kInvalidArgument);
  EXPECT_EQ(bench.network.error(), kTlsNoCredentials);
  EXPECT_EQ(bench.network.listening_port(0), 0);
  EXPECT_EQ(bench.network.connect(0, "localhost", 443, true, &status), nullptr);
  EXPECT_EQ(status, Status::kInvalidArgument);
  EXPECT_EQ(bench.network.error(), kTlsNoTrustAnchors);
  bench.client_options.trusted_count = 0;
  ASSERT_EQ(bench.network.set_client(bench.client_options), Status::kOk);
  EXPECT_EQ(bench.network.connect(0, "localhost", 443, true, &status), nullptr);
  EXPECT_EQ(bench.network.error(), kTlsNoTrustAnchors);
  bench.network.dangerously_accept_any_server_certificate();
  Transport* transport = bench.network.connect(0, "localhost", 443, true, &status);
  ASSERT_NE(transport, nullptr);
  transport->abort();
  const std::string long_name(256, 'a');
  EXPECT_EQ(bench.network.connect(0, {long_name.data(), long_name.size()}, 443, true, &status), nullptr);
  EXPECT_EQ(bench.network.error(), kTlsBadHostName);
  EXPECT_EQ(status, Status::kFailed);
}

TEST_F(TlsOptionsTest, NotWhileInUse) {
  bench.start();
  bench.connect(0);
  EXPECT_EQ(bench.network.set_client(bench.client_options), Status::kInUse);
  bench.until([&] { return bench.ends[0].open; });
  EXPECT_EQ(bench.network.set_client(bench.client_options), Status::kInUse);
  EXPECT_EQ(bench.network.set_server(bench.server_options), Status::kInUse);
  bench.drop_all();
  EXPECT_EQ(bench.network.set_client(bench.client_options), Status::kOk);
  EXPECT_EQ(bench.network.set_server(bench.server_options), Status::kOk);
  bench.expect_baseline();
}

TEST_F(TlsOptionsTest, PlainConnectionsPassThrough) {
  bench.start();
  ASSERT_EQ(bench.network.listen(1, "", 80, false), Status::kOk);
  Status status = Status::kOk;
  Transport* client = bench.network.connect(1, "localhost", 80, false, &status);
  EXPECT_EQ(client, &bench.pipe().transport(1));
  bench.network.poll(1);
  Transport* server = bench.network.accept(1, 30);
  EXPECT_EQ(server, &bench.pipe().transport(30));
  EXPECT_EQ(bench.network.memory_peak(1), 0u);
  client->abort();
  server->abort();
}

TEST_F(TlsOptionsTest, TheNameIsChecked) {
  for (const char* good : {"localhost", "LocalHost", "localhost.", "127.0.0.1", "::1", "10.0.2.15"}) {
    TlsBench each;
    each.start();
    each.connect(0, good);
    ASSERT_TRUE(each.until([&] { return each.ends[0].open || each.ends[0].over; }, 500));
    EXPECT_TRUE(each.ends[0].open) << good << " " << each.ends[0].error;
  }
  for (const char* bad : {"localhost.example", "ocalhost", "127.0.0.2", "::2", "10.0.2.150", "example.org"}) {
    TlsBench each;
    each.start();
    each.connect(0, bad);
    ASSERT_TRUE(each.until([&] { return each.ends[0].open || each.ends[0].over; }, 500));
    EXPECT_EQ(each.ends[0].error, kTlsWrongName) << bad;
  }
}

TEST_F(TlsOptionsTest, MutualTls) {
  for (bool with_certificate : {true, false}) {
    for (TlsVersion version : {TlsVersion::kTls12, TlsVersion::kTls13}) {
      TlsBench each;
      each.server_options.trusted = &each.credentials->authority;
      each.server_options.trusted_count = 1;
      if (with_certificate) {
        each.client_options.certificates = &each.credentials->client_certificate;
        each.client_options.certificate_count = 1;
        each.client_options.private_key = each.credentials->client_key;
      }
      each.start(version);
      each.connect(0);
      each.until([&] { return each.has_server() && (each.server().open || each.server().over); }, 500);
      each.turns(20);
      EXPECT_EQ(each.server().open, with_certificate);
      EXPECT_EQ(each.server().error, with_certificate ? 0 : kTlsNoCertificate);
      EXPECT_EQ(each.ends[0].over, !with_certificate) << static_cast<int>(version) << " open " << each.ends[0].open;
    }
  }
}

// ---- what would dangle ----

template <class Network, class Options, class = void>
struct Takes : std::false_type {};
template <class Network, class Options>
struct Takes<Network, Options,
             std::void_t<decltype(std::declval<Network&>().set_client(std::declval<Options>())),
                         decltype(std::declval<Network&>().set_server(std::declval<Options>()))>> : std::true_type {};
static_assert(Takes<TlsNetworkBase, TlsOptions&>::value && Takes<TlsNetworkBase, const TlsOptions&>::value);
static_assert(!Takes<TlsNetworkBase, TlsOptions>::value && !Takes<TlsNetworkBase, const TlsOptions>::value,
              "a temporary is gone when the network reads it");

// ---- options that are not set ----

// A member that is not zero would make the whole object a part of the image.
TEST(TlsOptionsAtRest, AreZero) {
  static TlsOptions options;
  static const uint8_t zeros[sizeof options] = {};
  EXPECT_EQ(memcmp(&options, zeros, sizeof options), 0);
}

class TlsRoleTest : public testing::Test {
 protected:
  // The configuration of Mbed TLS for `options`.
  const mbedtls_ssl_config& set(bool server = false) {
    const TlsScope scope(bench.gate, nullptr);
    role = TlsRole();
    EXPECT_EQ(role.set(server ? bench.server_options : bench.client_options, server), 0);
    clear_ = true;
    return role.config;
  }
  void clear() {
    const TlsScope scope(bench.gate, nullptr);
    if (clear_) role.clear();
    clear_ = false;
  }
  ~TlsRoleTest() override { clear(); }

  TlsBench bench;
  TlsRole role{};

 private:
  bool clear_ = false;
};

TEST_F(TlsRoleTest, VersionsAreAllThatThereAre) {
  EXPECT_EQ(set().MBEDTLS_PRIVATE(min_tls_version), MBEDTLS_SSL_VERSION_TLS1_2);
  EXPECT_EQ(role.config.MBEDTLS_PRIVATE(max_tls_version), MBEDTLS_SSL_VERSION_TLS1_3);
  clear();
  bench.client_options.min_version = TlsVersion::kTls13;
  EXPECT_EQ(set().MBEDTLS_PRIVATE(min_tls_version), MBEDTLS_SSL_VERSION_TLS1_3);
  EXPECT_EQ(role.config.MBEDTLS_PRIVATE(max_tls_version), MBEDTLS_SSL_VERSION_TLS1_3);
  clear();
  bench.client_options.min_version = bench.client_options.max_version = TlsVersion::kTls12;
  EXPECT_EQ(set().MBEDTLS_PRIVATE(min_tls_version), MBEDTLS_SSL_VERSION_TLS1_2);
  EXPECT_EQ(role.config.MBEDTLS_PRIVATE(max_tls_version), MBEDTLS_SSL_VERSION_TLS1_2);
}

TEST_F(TlsRoleTest, AlpnIsHttp11OrWhatIsAskedFor) {
  for (bool server : {false, true}) {
    const char* const* list = set(server).MBEDTLS_PRIVATE(alpn_list);
    ASSERT_NE(list, nullptr);
    EXPECT_STREQ(list[0], "http/1.1");
    EXPECT_EQ(list[1], nullptr);
    clear();
  }
  const char* const other[] = {"whit", nullptr};
  bench.client_options.alpn = other;
  EXPECT_EQ(set().MBEDTLS_PRIVATE(alpn_list), other);
  clear();
  bench.client_options.alpn = other + 1;  // none
  EXPECT_EQ(set().MBEDTLS_PRIVATE(alpn_list), nullptr);
}

// ---- dates ----

class TlsDatesTest : public testing::Test {
 protected:
  static int64_t now;
  TlsDatesTest() {
    options.unix_time = [] { return now; };
    certificate.valid_from = {2024, 2, 29, 23, 59, 59};
    certificate.valid_to = {2028, 12, 31, 0, 0, 1};
  }
  uint32_t flags() {
    no_clock = false;
    return tls_check_dates(certificate, options, &no_clock);
  }
  mbedtls_x509_crt certificate{};
  TlsOptions options;
  bool no_clock = false;
};
int64_t TlsDatesTest::now = 0;

TEST_F(TlsDatesTest, ToTheSecond) {
  constexpr int64_t kFrom = 1709251199, kTo = 1861833601;  // date -u -d ... +%s
  now = kFrom - 1;
  EXPECT_EQ(flags(), uint32_t{MBEDTLS_X509_BADCERT_FUTURE});
  now = kFrom;
  EXPECT_EQ(flags(), 0u);
  now = kTo;
  EXPECT_EQ(flags(), 0u);
  now = kTo + 1;
  EXPECT_EQ(flags(), uint32_t{MBEDTLS_X509_BADCERT_EXPIRED});
}

TEST_F(TlsDatesTest, LikeTheCalendarOfTheSystem) {
  options.dates = TlsDates::kClock;
  constexpr int64_t kLast = sizeof(time_t) == 4 ? 0x7FFFFFFF : 4102444800;
  for (int64_t time = 2; time < kLast; time += 86400 * 13 + 12345) {
    const time_t system = static_cast<time_t>(time);
    struct tm parts;
    gmtime_r(&system, &parts);
    certificate.valid_from = certificate.valid_to = {parts.tm_year + 1900, parts.tm_mon + 1, parts.tm_mday,
                                                     parts.tm_hour,        parts.tm_min,     parts.tm_sec};
    now = time;
    ASSERT_EQ(flags(), 0u) << time;
    now = time + 1;
    ASSERT_EQ(flags(), uint32_t{MBEDTLS_X509_BADCERT_EXPIRED}) << time;
    now = time - 1;
    ASSERT_EQ(flags(), uint32_t{MBEDTLS_X509_BADCERT_FUTURE}) << time;
  }
}

TEST_F(TlsDatesTest, WithoutAClockTheChoiceCounts) {
  now = 0;
  EXPECT_NE(flags(), 0u);
  EXPECT_TRUE(no_clock);
  options.unix_time = nullptr;
  EXPECT_NE(flags(), 0u);
  EXPECT_TRUE(no_clock);
  options.dates = TlsDates::kIgnore;
  EXPECT_EQ(flags(), 0u);
  options.dates = TlsDates::kFloor;
  options.floor_time = 1700000000;  // before: not judged
  EXPECT_EQ(flags(), 0u);
  options.floor_time = 1900000000;
  EXPECT_EQ(flags(), uint32_t{MBEDTLS_X509_BADCERT_EXPIRED});
  options.unix_time = [] { return now; };
  now = 1600000000;  // the clock knows
  EXPECT_EQ(flags(), uint32_t{MBEDTLS_X509_BADCERT_FUTURE});
  EXPECT_FALSE(no_clock);
}

TEST(TlsDatesEndToEnd, AreCauses) {
  struct {
    int64_t time;
    int32_t cause;
  } cases[] = {{0, kTlsNoClock}, {1000000000, kTlsNotYetValid}, {4000000000, kTlsExpired}};
  static int64_t now;
  for (const auto& each : cases) {
    TlsBench bench;
    now = each.time;
    bench.client_options.unix_time = [] { return now; };
    bench.start();
    bench.connect(0);
    ASSERT_TRUE(bench.until([&] { return bench.ends[0].over; }, 500));
    EXPECT_EQ(bench.ends[0].error, each.cause);
  }
}

}  // namespace
}  // namespace whit
