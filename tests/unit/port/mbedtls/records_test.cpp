// SPDX-License-Identifier: MIT
// Input that a peer may send, and input that it may not: records cut anywhere, empty ones, alerts, ends, KeyUpdate,
// records that are too long, and what is not TLS.
#include <memory>

#include "unit/port/mbedtls/partner.h"

namespace whit {
namespace {

struct Case {
  TlsVersion version;
  bool partner_is_client;
  size_t cut = 0;  // the size of the records of the handshake; 0: as they are
};

class TlsRecords : public testing::TestWithParam<Case> {
 protected:
  void SetUp() override {
    bench.start();
    if (GetParam().partner_is_client) {
      peer = &bench.pipe().dial(TlsBench::kPort);
      index = TlsBench::kServer;
    } else {
      bench.client_options.dates = TlsDates::kIgnore;
      Status status = Status::kOk;
      bench.ends[0].transport = bench.network.connect(0, "localhost", 7, true, &status);  // no listener: a raw peer
      ASSERT_NE(bench.ends[0].transport, nullptr);
      peer = &bench.pipe().answered(0);
      index = 0;
      bench.turns(5);
    }
    partner = std::make_unique<Partner>(bench, *peer, GetParam().partner_is_client, GetParam().version);
    bench.turns(3);
    if (index == 0) bench.pipe().announce(0);
    partner->cut = GetParam().cut;
    ASSERT_TRUE(partner->handshake());
    ASSERT_TRUE(end().open);
  }
  void TearDown() override {
    partner.reset();
    bench.drop_all();
    bench.expect_baseline();
  }

  TlsEnd& end() { return bench.ends.at(index); }

  TlsBench bench;
  TestPeer* peer = nullptr;
  std::unique_ptr<Partner> partner;
  uint16_t index = 0;
};
// Rules that only one version has.
class Tls12Records : public TlsRecords {};
class Tls13Records : public TlsRecords {};

std::string name_of(const testing::TestParamInfo<Case>& each) {
  return std::string(each.param.version == TlsVersion::kTls12 ? "Tls12" : "Tls13") +
         (each.param.partner_is_client ? "Server" : "Client");
}
const auto tls12_cases = testing::Values(Case{TlsVersion::kTls12, true}, Case{TlsVersion::kTls12, false});
const auto tls13_cases = testing::Values(Case{TlsVersion::kTls13, true}, Case{TlsVersion::kTls13, false});
INSTANTIATE_TEST_SUITE_P(Tls, TlsRecords,
                         testing::Values(Case{TlsVersion::kTls12, true}, Case{TlsVersion::kTls13, true},
                                         Case{TlsVersion::kTls12, false}, Case{TlsVersion::kTls13, false}),
                         name_of);
INSTANTIATE_TEST_SUITE_P(Tls, Tls12Records, tls12_cases, name_of);
INSTANTIATE_TEST_SUITE_P(Tls, Tls13Records, tls13_cases, name_of);

TEST_P(TlsRecords, CutAtEveryByte) {
  for (size_t cut = 1; cut < 60; ++cut) {
    end().received.clear();
    partner->hold = true;
    partner->write("first");
    partner->write("second record");
    partner->hold = false;
    const std::string bytes = std::exchange(partner->held, "");
    if (cut >= bytes.size()) break;
    peer->send(bytes.substr(0, cut));
    bench.turns(4);
    peer->send(bytes.substr(cut));
    bench.turns(6);
    ASSERT_EQ(end().received, "firstsecond record") << cut;
  }
}

TEST_P(TlsRecords, OfOneByte) {
  std::string sent;
  for (int i = 0; i < 500; ++i) {
    sent += static_cast<char>(i);
    partner->write(std::string(1, static_cast<char>(i)));
  }
  ASSERT_TRUE(bench.until([&] { return end().received.size() >= sent.size(); }, 1000));
  EXPECT_EQ(end().received, sent);
}

// One, and two in a row, for which Mbed TLS says 0, as at the end. Four in a row it takes for an attack.
TEST_P(TlsRecords, Empty) {
  for (int count : {1, 2, 3}) {
    end().received.clear();
    for (int i = 0; i < count; ++i) partner->record(MBEDTLS_SSL_MSG_APPLICATION_DATA, "");
    partner->write("after");
    ASSERT_TRUE(bench.until([&] { return end().received == "after"; }, 20)) << count;
    EXPECT_FALSE(end().over);
  }
  for (int i = 0; i < 1000; ++i) partner->record(MBEDTLS_SSL_MSG_APPLICATION_DATA, "");
  ASSERT_TRUE(bench.until([&] { return end().over; }, 20));
  EXPECT_EQ(end().error, kTlsBadRecord);
}

// In TLS 1.3 all alerts but closure are fatal (RFC 8446, 6).
TEST_P(Tls12Records, WarningsArePassedOver) {
  for (int i = 0; i < 3; ++i) partner->alert(1, 112);
  partner->write("after");
  ASSERT_TRUE(bench.until([&] { return end().received == "after"; }, 100));
}

TEST_P(TlsRecords, FatalAlertIsTheCause) {
  partner->write("before");
  partner->alert(2, 80);
  bench.turns(10);
  EXPECT_EQ(end().received, "before");
  EXPECT_EQ(end().how, Status::kFailed);
  EXPECT_EQ(end().error, kTlsAlert + 80);
}

TEST_P(TlsRecords, CloseNotifyIsAnEndWithNothingBehindIt) {
  partner->write("before");
  partner->alert(1, 0);
  partner->write("behind");
  bench.turns(10);
  EXPECT_EQ(end().received, "before");
  EXPECT_EQ(end().how, Status::kClosed);
  bench.send(index, "answered all the same");
  bench.turns(5);
  std::string text;
  partner->read(&text);
  EXPECT_EQ(text, "answered all the same");
}

TEST_P(TlsRecords, TcpThatEndsAloneIsACut) {
  partner->write("before");
  peer->close();
  bench.turns(10);
  EXPECT_EQ(end().received, "before");
  EXPECT_EQ(end().how, Status::kFailed);
  EXPECT_EQ(end().error, kTlsTruncated);
}

TEST_P(TlsRecords, AResetIsTheNetworksError) {
  peer->reset();
  bench.turns(10);
  EXPECT_EQ(end().how, Status::kFailed);
  EXPECT_EQ(end().error, kPipeReset);
}

TEST_P(Tls13Records, KeyUpdateHasItsOwnCause) {
  partner->record(MBEDTLS_SSL_MSG_HANDSHAKE, std::string("\x18\0\0\x01\0", 5));  // RFC 8446, 4.6.3
  bench.turns(10);
  EXPECT_EQ(end().how, Status::kFailed);
  EXPECT_EQ(end().error, kTlsKeyUpdate);
}

TEST_P(Tls12Records, RenegotiationIsRefused) {
  // A HelloRequest to a client, the beginning of a ClientHello to a server.
  const bool to_server = GetParam().partner_is_client;
  partner->record(MBEDTLS_SSL_MSG_HANDSHAKE,
                  to_server ? std::string("\x01\0\0\x02\x03\x03", 6) : std::string("\0\0\0\0", 4));
  bench.turns(10);
  partner->write("after");
  bench.turns(10);
  if (end().over) {
    EXPECT_EQ(end().how, Status::kFailed);
  } else {
    EXPECT_EQ(end().received, "after");
  }
  EXPECT_EQ(partner->ssl_.MBEDTLS_PRIVATE(state), MBEDTLS_SSL_HANDSHAKE_OVER);
}

TEST_P(TlsRecords, AnUnknownTypeEndsTheConnection) {
  partner->record(99, "what is this");
  bench.turns(10);
  EXPECT_EQ(end().how, Status::kFailed);
  EXPECT_LT(end().error, 0);
}

// Longer than anything may be, and one byte longer than our buffer.
TEST_P(TlsRecords, TooLong) {
  peer->send(std::string("\x17\x03\x03\x60\x00", 5) + std::string(20000, 'x'));
  bench.turns(30);
  EXPECT_EQ(end().how, Status::kFailed);
  EXPECT_EQ(end().error, kTlsRecordTooLarge);
}

TEST_P(TlsRecords, ABrokenRecordEndsTheConnection) {
  partner->hold = true;
  partner->write("to be damaged");
  partner->held[12] = static_cast<char>(partner->held[12] ^ 1);
  peer->send(partner->held);
  bench.turns(10);
  EXPECT_EQ(end().received, "");
  EXPECT_EQ(end().how, Status::kFailed);
  EXPECT_EQ(end().error, kTlsBadRecord);
}

TEST_P(TlsRecords, TheRecordsOfOneWriteAreOne) {
  peer->take();
  bench.send(index, std::string(256, 'x'));
  bench.turns(3);
  const std::string wire = peer->take();
  ASSERT_GT(wire.size(), 5u);
  const size_t size = static_cast<size_t>(static_cast<uint8_t>(wire[3]) << 8 | static_cast<uint8_t>(wire[4]));
  EXPECT_EQ(wire.size(), size + 5) << "one record";
}

// ---- a handshake in records of any size (RFC 8446, 5.1; RFC 5246, 6.2.1) ----

std::vector<Case> cut_cases() {
  std::vector<Case> cases;
  for (const size_t size : {1, 2, 3, 4, 5, 7, 16, 61, 100, 512}) {
    for (const TlsVersion version : {TlsVersion::kTls12, TlsVersion::kTls13}) {
      for (const bool client : {true, false}) cases.push_back({version, client, size});
    }
  }
  return cases;
}

class TlsCutHandshake : public TlsRecords {};
INSTANTIATE_TEST_SUITE_P(Tls, TlsCutHandshake, testing::ValuesIn(cut_cases()), [](const auto& each) {
  return std::string(each.param.version == TlsVersion::kTls12 ? "Tls12" : "Tls13") +
         (each.param.partner_is_client ? "Server" : "Client") + std::to_string(each.param.cut);
});

TEST_P(TlsCutHandshake, Opens) {
  partner->write("and goes on");
  ASSERT_TRUE(bench.until([&] { return end().received == "and goes on"; }, 20));
}

// ---- before the handshake ----

// A ClientHello of `size` bytes, by padding (RFC 7685), with a suite that is not here.
std::string long_hello(size_t size) {
  const auto number = [](size_t value, int bytes) {
    std::string text;
    for (int shift = 8 * bytes - 8; shift >= 0; shift -= 8) text += static_cast<char>(value >> shift);
    return text;
  };
  const std::string fixed =
      "\x03\x03" + std::string(32, 'r') + number(0, 1) + number(2, 2) + number(0x000A, 2) + number(1, 1) + number(0, 1);
  const size_t padding = size - 4 - fixed.size() - 6;
  return number(1, 1) + number(size - 4, 3) + fixed + number(padding + 4, 2) + number(21, 2) + number(padding, 2) +
         std::string(padding, '\0');
}

TEST(TlsClientHello, FitsUpToTheBuffersSize) {
  for (const size_t size :
       {size_t{1800}, size_t{9000}, size_t{config::kTlsInBytes}, size_t{config::kTlsInBytes} + 1, size_t{40000}}) {
    for (const size_t record : {size_t{1}, size_t{3}, size_t{8192}}) {
      TlsBench bench;
      bench.start();
      TestPeer& peer = bench.pipe().dial(TlsBench::kPort);
      const std::string hello = long_hello(size);
      std::string records;
      for (size_t i = 0; i < size; i += record) {
        const std::string part = hello.substr(i, record);
        records += std::string("\x16\x03\x01") + static_cast<char>(part.size() >> 8) +
                   static_cast<char>(part.size() & 0xFF) + part;
      }
      peer.send(records);
      bench.until([&] { return bench.has_server() && bench.server().over; }, 2000);
      bench.turns(5);
      const bool fits = size <= config::kTlsInBytes;
      EXPECT_EQ(bench.server().error, fits ? kTlsNoCommonSuite : kTlsMessageTooLong) << size << " in " << record;
      ASSERT_EQ(peer.received().size(), 7u);
      EXPECT_EQ(peer.received()[6], fits ? 40 : 80) << size << " in " << record;
      bench.drop_all();
      bench.expect_baseline();
    }
  }
}

TEST(TlsStrangers, AreRefusedWithACause) {
  struct {
    std::string bytes;
    int32_t cause;
  } cases[] = {
      {"GET / HTTP/1.1\r\nHost: x\r\n\r\n", kTlsNotTls},
      {std::string("\x80\x2e\x01\x03\x01", 5) + std::string(60, 'x'), kTlsNotTls},  // SSL 2
      {std::string("\x15\x03\x01\x00\x02\x02\x28", 7), kTlsAlert + 40},
  };
  for (auto& each : cases) {
    TlsBench bench;
    bench.start();
    TestPeer& peer = bench.pipe().dial(TlsBench::kPort);
    peer.send(each.bytes);
    bench.turns(20);
    EXPECT_EQ(bench.server().error, each.cause);
    EXPECT_EQ(bench.network.statistics().failed, 1u);
    EXPECT_EQ(bench.network.statistics().last_failure, each.cause);
    peer.close();
    bench.turns(5);
    bench.drop_all();
    bench.expect_baseline();
  }
}

// A server that ends the connection while the client shakes hands.
TEST(TlsStrangers, AnEndDuringTheHandshake) {
  TlsBench bench;
  bench.start();
  TestPeer& peer = bench.pipe().dial(TlsBench::kPort);
  peer.send(std::string("\x16\x03\x01\x02\x00", 5));
  peer.close();
  bench.turns(5);
  EXPECT_EQ(bench.server().error, kTlsTruncated);
}

// ---- taking turns ----

// The first byte of a record that holds a ClientHello.
constexpr char kHandshakeRecord[] = "\x16";

// A connection that waits for its turn holds no memory; when one ends, fails or is aborted, the next begins.
TEST(TlsTurns, AsManyHandshakesAsConfigured) {
  TlsBench bench;
  bench.start();
  constexpr uint32_t kMore = config::kTlsHandshakes + 3;
  static_assert(kMore <= TlsBench::kSlots / 2);
  for (uint32_t i = 0; i < kMore; ++i) bench.pipe().dial(TlsBench::kPort).send(kHandshakeRecord);
  bench.turns(10);
  uint32_t with_memory = 0;
  uint16_t first = 0;
  for (auto& [index, end] : bench.ends) {
    if (bench.network.memory_peak(index) == 0) continue;
    ++with_memory;
    first = index;
  }
  EXPECT_EQ(with_memory, config::kTlsHandshakes);
  bench.drop(first);
  bench.turns(3);
  uint32_t now = 0;
  for (auto& [index, end] : bench.ends) now += bench.network.memory_peak(index) != 0 ? 1 : 0;
  EXPECT_EQ(now, config::kTlsHandshakes) << "one was aborted, one has begun";
  bench.drop_all();
  bench.expect_baseline();
}

// A client speaks first: until it does, it costs no memory and takes no turn.
TEST(TlsTurns, SilentClientsHaveNone) {
  TlsBench bench;
  bench.start();
  for (uint32_t i = 0; i < config::kTlsHandshakes; ++i) bench.pipe().dial(TlsBench::kPort);
  bench.turns(10);
  for (auto& [index, end] : bench.ends) EXPECT_EQ(bench.network.memory_peak(index), 0u) << index;
  bench.connect(0);
  EXPECT_TRUE(bench.until([&] { return bench.network.statistics().handshakes == 2; })) << "its own, and the server's";
  EXPECT_TRUE(bench.ends[0].open);
}

// A handshake that has none says so, which is how the loop knows that a silent one stands in its way.
TEST(TlsTurns, WhoHasNoneSaysSo) {
  TlsBench bench;
  bench.start();
  for (uint32_t i = 0; i <= config::kTlsHandshakes; ++i) bench.pipe().dial(TlsBench::kPort).send(kHandshakeRecord);
  bench.turns(10);
  const auto waiting = [&bench] {
    uint32_t count = 0;
    for (auto& [index, end] : bench.ends) count += end.transport->progress().status == Status::kNoSlot ? 1 : 0;
    return count;
  };
  EXPECT_EQ(waiting(), 1u);
  bench.drop(bench.ends.begin()->first);
  EXPECT_EQ(waiting(), 0u);
}

// After a step that took long, all that has arrived is fetched before any deadline is looked at.
TEST(TlsTurns, AfterALongStepTheNetworkIsEmptied) {
  TlsBench bench;
  bench.start();
  bench.connect(0);
  bench.turn();
  uint32_t before = bench.gate.polls;
  bench.turn();
  EXPECT_EQ(bench.gate.polls - before, 1u) << "the step was quick";
  bench.now_ms += 1500;
  before = bench.gate.polls;
  bench.turn();
  EXPECT_EQ(bench.gate.polls - before, 8u);
  bench.until([&] { return bench.ends[0].open && bench.has_server() && bench.server().open; });
  bench.turns(5);
  bench.now_ms += 1500;
  before = bench.gate.polls;
  bench.turn();
  EXPECT_EQ(bench.gate.polls - before, 1u) << "no handshake, no step: it only slept";
}

// One step of a handshake per turn, however many are under way: so the loop's other connections wait for one at most.
TEST(TlsTurns, OneStepPerTurn) {
  TlsBench bench;
  bench.start();
  constexpr uint16_t kClients = 6;
  for (uint16_t i = 0; i < kClients; ++i) bench.connect(i);
  int turns = 0;
  while (bench.network.statistics().handshakes < 2 * kClients && turns < 2000) {
    bench.turn();
    ++turns;
  }
  EXPECT_GT(turns, 2 * kClients * 8) << "a handshake has more than eight steps";
  EXPECT_LT(turns, 2000);
}

}  // namespace
}  // namespace whit
