// SPDX-License-Identifier: MIT
// Each failure of a connection has its alert to the peer (RFC 8446, 6.2; RFC 5246, 7.2.2), once, and
// it arrives however slowly the network below takes it.
#include <mbedtls/platform.h>

#include <memory>

#include "unit/port/mbedtls/partner.h"

namespace whit {
namespace {

constexpr uint8_t kUnexpectedMessage = 10, kBadRecordMac = 20, kRecordOverflow = 22, kHandshakeFailure = 40,
                  kCertificateExpired = 45, kCertificateUnknown = 46, kUnknownCa = 48, kDecodeError = 50,
                  kProtocolVersion = 70, kInternalError = 80, kCertificateRequired = 116;

std::string record(uint8_t type, const std::string& content, uint16_t version = 0x0301) {
  const auto byte = [](size_t value) { return static_cast<char>(value & 0xFF); };
  return std::string{char(type), byte(version >> 8), byte(version), byte(content.size() >> 8), byte(content.size())} +
         content;
}

std::string message(uint8_t type, const std::string& body, size_t announced) {
  const auto byte = [](size_t value) { return static_cast<char>(value & 0xFF); };
  return std::string{char(type), byte(announced >> 16), byte(announced >> 8), byte(announced)} + body;
}
std::string message(uint8_t type, const std::string& body) { return message(type, body, body.size()); }

// RFC 5246, 7.4.1.2, with an empty list of extensions.
std::string client_hello(uint16_t version, uint16_t suite) {
  const auto byte = [](int value) { return static_cast<char>(value & 0xFF); };
  return message(1, std::string{byte(version >> 8), byte(version)} + std::string(32, 'r') + std::string(1, '\0') +
                        std::string{0, 2, byte(suite >> 8), byte(suite), 1, 0, 0, 0});
}

// ---- the first records of a client ----

struct FirstRecord {
  const char* what;
  std::string bytes;
  int32_t cause;  // 0: any error of Mbed TLS
  uint8_t alert;
};

TEST(TlsAlerts, AnswerWhatAServerCannotRead) {
  const std::string hello = client_hello(0x0303, 0xC02B);
  const FirstRecord cases[] = {
      {"HTTP", "GET / HTTP/1.1\r\n\r\n", kTlsNotTls, kUnexpectedMessage},
      {"an unknown type", record(99, "?"), kTlsNotTls, kUnexpectedMessage},
      {"application data", record(23, "?"), 0, kUnexpectedMessage},
      {"an empty record of a handshake", record(22, ""), 0, kUnexpectedMessage},
      {"an empty record in a message", record(22, hello.substr(0, 20)) + record(22, ""), 0, kUnexpectedMessage},
      {"another type in a message", record(22, hello.substr(0, 20)) + record(23, "?"), 0, kUnexpectedMessage},
      {"another message", record(22, message(2, std::string(40, '\0'))), 0, kUnexpectedMessage},
      {"a message without a body", record(22, message(1, "")), 0, kDecodeError},
      {"a message that is too short", record(22, message(1, hello.substr(4, 30))), 0, kDecodeError},
      {"a list that is too long", record(22, hello.substr(0, 40) + "\x7F" + hello.substr(41)), 0, kDecodeError},
      {"an alert of three bytes", record(21, "\2\x28\x28"), 0, kDecodeError},
      {"SSL 3", record(22, client_hello(0x0300, 0xC02B)), kTlsNoCommonSuite, kProtocolVersion},
      {"no suite in common", record(22, client_hello(0x0303, 0x000A)), kTlsNoCommonSuite, kHandshakeFailure},
      {"a record that is too long", record(23, std::string(20000, '?')), kTlsRecordTooLarge, kRecordOverflow},
      {"a message that is too long", record(22, message(1, std::string(8000, '?'), 40000)), kTlsMessageTooLong,
       kInternalError},
  };
  for (const FirstRecord& each : cases) {
    SCOPED_TRACE(each.what);
    TlsBench bench;
    bench.start();
    TestPeer& peer = bench.pipe().dial(TlsBench::kPort);
    peer.send(each.bytes);
    bench.turns(40);
    EXPECT_TRUE(bench.server().over);
    EXPECT_TRUE(each.cause == 0 || bench.server().error == each.cause) << bench.server().error;
    const std::string alert = peer.received();
    ASSERT_EQ(alert.size(), 7u) << "one alert and nothing else";
    EXPECT_EQ(alert[0], 21);
    EXPECT_EQ(alert[5], 2);
    EXPECT_EQ(static_cast<int>(alert[6]), static_cast<int>(each.alert));
    EXPECT_TRUE(peer.closed());
    bench.drop_all();
    bench.expect_baseline();
  }
}

// ---- a connection that is open ----

struct Open {
  TlsVersion version;
  bool partner_is_client;
};

class TlsAlertsWhenOpen : public testing::TestWithParam<Open> {
 protected:
  // The alert that the partner reads after `damage`, -1: none.
  template <class Damage>
  int alert_after(Damage damage) {
    TlsBench bench;
    bench.client_options.dates = TlsDates::kIgnore;
    bench.start();
    TestPeer* peer = nullptr;
    if (GetParam().partner_is_client) {
      peer = &bench.pipe().dial(TlsBench::kPort);
    } else {
      Status status = Status::kOk;
      bench.ends[0].transport = bench.network.connect(0, "localhost", 7, true, &status);
      peer = &bench.pipe().answered(0);
      bench.turns(5);
    }
    Partner partner(bench, *peer, GetParam().partner_is_client, GetParam().version);
    bench.turns(3);
    if (!GetParam().partner_is_client) bench.pipe().announce(0);
    EXPECT_TRUE(partner.handshake());
    damage(partner, *peer);
    bench.turns(20);
    std::string text;
    int alert = -1;
    for (int i = 0; i < 10; ++i) {
      const int result = partner.read(&text);
      if (result == MBEDTLS_ERR_SSL_FATAL_ALERT_MESSAGE) {
        EXPECT_EQ(alert, -1) << "one alert";
        alert = partner.ssl_.MBEDTLS_PRIVATE(in_msg)[1];
      }
    }
    return alert;
  }
};
INSTANTIATE_TEST_SUITE_P(Tls, TlsAlertsWhenOpen,
                         testing::Values(Open{TlsVersion::kTls12, true}, Open{TlsVersion::kTls13, true},
                                         Open{TlsVersion::kTls12, false}, Open{TlsVersion::kTls13, false}),
                         [](const auto& each) {
                           return std::string(each.param.version == TlsVersion::kTls12 ? "Tls12" : "Tls13") +
                                  (each.param.partner_is_client ? "Server" : "Client");
                         });

TEST_P(TlsAlertsWhenOpen, SayWhatIsWrong) {
  const auto damaged = [](Partner& partner, TestPeer& peer) {
    partner.hold = true;
    partner.write("to be damaged");
    partner.held[12] = static_cast<char>(partner.held[12] ^ 1);
    peer.send(partner.held);
  };
  EXPECT_EQ(alert_after(damaged), kBadRecordMac);
  const auto short_record = [](Partner&, TestPeer& peer) { peer.send(record(23, "short", 0x0303)); };
  EXPECT_EQ(alert_after(short_record), kBadRecordMac);
  const auto too_long = [](Partner&, TestPeer& peer) { peer.send(record(23, std::string(20000, 'x'), 0x0303)); };
  EXPECT_EQ(alert_after(too_long), kRecordOverflow);
  const auto unknown = [](Partner& partner, TestPeer&) { partner.record(99, "what is this"); };
  EXPECT_EQ(alert_after(unknown), kUnexpectedMessage);
  if (GetParam().version != TlsVersion::kTls13) return;
  const auto key_update = [](Partner& partner, TestPeer&) { partner.record(22, std::string("\x18\0\0\x01\0", 5)); };
  EXPECT_EQ(alert_after(key_update), kUnexpectedMessage);
}

// A warning of ours before (that there is no renegotiation) does not count as the alert.
TEST_P(TlsAlertsWhenOpen, AreNotTakenForAWarningOfBefore) {
  if (GetParam().version == TlsVersion::kTls13) GTEST_SKIP() << "TLS 1.3 has no renegotiation";
  const auto damaged = [&](Partner& partner, TestPeer& peer) {
    if (!GetParam().partner_is_client) partner.record(22, std::string("\0\0\0\0", 4));  // HelloRequest
    partner.alert(1, 112);                                                              // a warning of theirs
    partner.hold = true;
    partner.write("to be damaged");
    partner.held[12] = static_cast<char>(partner.held[12] ^ 1);
    peer.send(partner.held);
  };
  EXPECT_EQ(alert_after(damaged), kBadRecordMac);
}

// ---- between our two roles ----

struct Refusal {
  const char* name;
  void (*prepare)(TlsBench&);
  bool by_server;
  int32_t cause;
  int alert12;
  int alert13;
};

int64_t test_time;

const Refusal kRefusals[] = {
    {"Expired",
     [](TlsBench& bench) {
       test_time = 4000000000;
       bench.client_options.unix_time = [] { return test_time; };
     },
     false, kTlsExpired, kCertificateExpired, kCertificateExpired},
    {"NotYetValid",
     [](TlsBench& bench) {
       test_time = 1000000000;
       bench.client_options.unix_time = [] { return test_time; };
     },
     false, kTlsNotYetValid, kCertificateExpired, kCertificateExpired},
    {"NoClock", [](TlsBench& bench) { bench.client_options.unix_time = nullptr; }, false, kTlsNoClock,
     kCertificateUnknown, kCertificateUnknown},
    {"Untrusted", [](TlsBench& bench) { bench.client_options.trusted = &bench.credentials->client_certificate; }, false,
     kTlsUntrusted, kUnknownCa, kUnknownCa},
    // RFC 8446, 4.4.2.4; RFC 5246, 7.4.6.
    {"NoClientCertificate",
     [](TlsBench& bench) {
       bench.server_options.trusted = &bench.credentials->authority;
       bench.server_options.trusted_count = 1;
     },
     true, kTlsNoCertificate, kHandshakeFailure, kCertificateRequired},
};

class TlsRefusals : public testing::TestWithParam<std::tuple<Refusal, TlsVersion>> {
 protected:
  // The refusing side writes at most `limit` bytes before it is let go on.
  void run(uint32_t limit, uint32_t* written) {
    const Refusal& refusal = std::get<0>(GetParam());
    TlsBench bench;
    refusal.prepare(bench);
    bench.start(std::get<1>(GetParam()));
    PipeFaults faults;
    faults.write_limited = true;
    faults.write_limit = limit;
    bench.connect(0);
    const uint16_t index = refusal.by_server ? TlsBench::kServer : uint16_t{0};
    if (!refusal.by_server) bench.pipe().transport(0).faults() = faults;
    if (refusal.by_server) bench.pipe().faults() = faults;
    bench.turns(80);
    bench.pipe().transport(index).faults() = PipeFaults();
    bench.pipe().announce(index);
    bench.turns(80);
    TlsEnd& refuser = bench.ends.at(index);
    TlsEnd& other = bench.ends.at(refusal.by_server ? uint16_t{0} : TlsBench::kServer);
    ASSERT_TRUE(refuser.over) << limit;
    EXPECT_EQ(refuser.error, refusal.cause) << limit;
    EXPECT_TRUE(refuser.finished) << limit;
    const bool tls13 = std::get<1>(GetParam()) == TlsVersion::kTls13;
    EXPECT_EQ(other.error, kTlsAlert + (tls13 ? refusal.alert13 : refusal.alert12)) << limit;
    *written = static_cast<uint32_t>(bench.pipe().transport(index).counters().bytes_written);
    EXPECT_EQ(bench.pipe().violations(), 0u) << limit << bench.pipe().violation();
    bench.drop_all();
    bench.expect_baseline();
  }
};
INSTANTIATE_TEST_SUITE_P(Tls, TlsRefusals,
                         testing::Combine(testing::ValuesIn(kRefusals),
                                          testing::Values(TlsVersion::kTls12, TlsVersion::kTls13)),
                         [](const auto& each) {
                           return std::string(std::get<0>(each.param).name) +
                                  (std::get<1>(each.param) == TlsVersion::kTls12 ? "Tls12" : "Tls13");
                         });

TEST_P(TlsRefusals, ArriveWhereverTheNetworkStops) {
  uint32_t all = 0;
  run(UINT32_MAX, &all);
  // Every byte of the end, in which the alert is, and of the rest a few.
  for (uint32_t limit = 0; limit < all && !HasFailure(); limit += limit + 80 < all ? 61 : 1) {
    uint32_t written = 0;
    run(limit, &written);
    // The alert once. (The length of a server's signature varies by a few bytes, and its record by 16.)
    EXPECT_NEAR(written, all, std::get<0>(GetParam()).by_server ? 20 : 0) << limit;
  }
}

// RFC 8446, 4.4.2.4: an empty certificate message of a server is answered with decode_error.
TEST(TlsAlerts, AnswerAServerWithoutACertificate) {
  TlsBench bench;
  bench.start(TlsVersion::kTls13);
  Status status = Status::kOk;
  bench.ends[0].transport = bench.network.connect(0, "localhost", 7, true, &status);
  TestPeer& peer = bench.pipe().answered(0);
  bench.turns(5);
  Partner partner(bench, peer, false, TlsVersion::kTls13);
  bench.turns(3);
  bench.pipe().announce(0);
  // A client of Mbed TLS sends this alert in the clear, and a server of Mbed TLS takes it for a damaged record.
  EXPECT_EQ(partner.handshake_with_empty_certificate(), MBEDTLS_ERR_SSL_INVALID_MAC);
  const uint8_t* const alert = partner.ssl_.MBEDTLS_PRIVATE(in_hdr);
  EXPECT_EQ(alert[0], MBEDTLS_SSL_MSG_ALERT);
  EXPECT_EQ(alert[6], kDecodeError);
  EXPECT_EQ(bench.ends[0].error, kTlsNoCertificate);
  bench.drop_all();
}

// A server that has no memory for TLS at all: the alert is seven bytes of flash.
TEST(TlsAlerts, WithoutMemoryArriveWhereverTheNetworkStops) {
  for (uint32_t limit = 0; limit <= 7; ++limit) {
    TlsBench bench;
    bench.start();
    // The arena is exhausted: nothing is left for one more handshake.
    std::vector<void*> taken;
    const TlsArenaUsage usage = bench.network.statistics().arena;
    {
      const TlsScope scope(bench.gate, nullptr);
      taken.push_back(mbedtls_calloc(1, usage.largest_free - 4096));
    }
    bench.pipe().faults().write_limited = true;
    bench.pipe().faults().write_limit = limit;
    TestPeer& peer = bench.pipe().dial(TlsBench::kPort);
    peer.send("\x16");  // a silent peer gets no memory, so it is not missed
    bench.turns(5);
    EXPECT_EQ(bench.server().error, kTlsNoMemory);
    EXPECT_EQ(peer.received().size(), limit);
    EXPECT_FALSE(peer.closed() && limit < 7);
    bench.pipe().transport(TlsBench::kServer).faults() = PipeFaults();
    bench.pipe().announce(TlsBench::kServer);
    bench.turns(5);
    EXPECT_EQ(peer.received(), std::string("\x15\x03\x03\x00\x02\x02\x50", 7)) << limit;
    EXPECT_TRUE(peer.closed());
    bench.drop_all();
    const TlsScope scope(bench.gate, nullptr);
    for (void* each : taken) mbedtls_free(each);
  }
}

// An alert that is never taken holds its memory until the connection is aborted, and not longer.
TEST(TlsAlerts, ThatAreNeverTakenEndWithTheConnection) {
  TlsBench bench;
  bench.start();
  bench.pipe().faults().write_limited = true;
  TestPeer& peer = bench.pipe().dial(TlsBench::kPort);
  peer.send("GET / HTTP/1.1\r\n\r\n");
  bench.turns(10);
  EXPECT_TRUE(bench.server().over);
  EXPECT_FALSE(bench.server().finished);
  EXPECT_GT(bench.network.memory_used(TlsBench::kServer), 0u);
  bench.drop_all();
  bench.expect_baseline();
}

}  // namespace
}  // namespace whit
