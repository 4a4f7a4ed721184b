// SPDX-License-Identifier: MIT
// Bytes through TLS, with everything the transport below may do to them.
#include <gtest/gtest.h>

#include "unit/port/mbedtls/bench.h"

namespace whit {
namespace {

std::string pattern(size_t size, unsigned seed) {
  std::string text(size, '\0');
  for (size_t i = 0; i < size; ++i) text[i] = static_cast<char>(i * 31 + (i >> 8) * 7 + seed);
  return text;
}

struct Below {
  const char* name;
  PipeFaults faults;
};

PipeFaults sizes(uint32_t read_max, uint32_t write_max, bool random, uint32_t read_block, uint32_t write_block) {
  PipeFaults faults;
  faults.read_max = read_max;
  faults.write_max = write_max;
  faults.random_sizes = random;
  faults.read_block_every = read_block;
  faults.write_block_every = write_block;
  return faults;
}

const Below kBelow[] = {
    {"free", {}},
    {"one byte, blocked before each", sizes(1, 1, false, 2, 2)},
    {"writes of one byte, blocked before each", sizes(0, 1, false, 0, 2)},
    {"reads of one byte", sizes(1, 0, false, 2, 0)},
    {"three bytes", sizes(3, 3, false, 3, 3)},
    {"random", sizes(700, 700, true, 3, 2)},
};

class TlsStream : public testing::TestWithParam<TlsVersion> {};
INSTANTIATE_TEST_SUITE_P(Tls, TlsStream, testing::Values(TlsVersion::kTls12, TlsVersion::kTls13),
                         [](const auto& each) { return each.param == TlsVersion::kTls12 ? "Tls12" : "Tls13"; });

// The application keeps sending, both ways at once, whatever the transport below does. The streams are equal.
TEST_P(TlsStream, ArrivesAsItWasSent) {
  for (const Below& below : kBelow) {
    for (size_t chunk : {size_t{1}, size_t{100}, size_t{3000}, size_t{16384}}) {
      SCOPED_TRACE(std::string(below.name) + ", writes of " + std::to_string(chunk));
      const size_t size = chunk == 1 ? 300 : chunk == 100 ? 5000 : 20000;
      TlsBench bench;
      bench.pipe().faults() = below.faults;
      bench.start(GetParam());
      bench.connect(0).chunk = chunk;
      ASSERT_TRUE(bench.until([&] { return bench.ends.count(TlsBench::kServer) != 0; }));
      bench.server().chunk = chunk;
      const std::string up = pattern(size, 1), down = pattern(size, 2);
      // In pieces, so that there is always something that comes while a write is blocked. The client's are on their way
      // before the server's tickets have come.
      for (size_t at = 0; at < size; at += size / 10) {
        bench.ends[0].outbox += up.substr(at, size / 10);
        bench.ends[TlsBench::kServer].outbox += down.substr(at, size / 10);
        bench.turns(3);
        bench.send(0, "");
        bench.send(TlsBench::kServer, "");
      }
      bench.until([&] { return bench.server().received.size() >= size && bench.ends[0].received.size() >= size; });
      EXPECT_EQ(bench.server().received == up, true) << bench.server().received.size() << " of " << size;
      EXPECT_EQ(bench.ends[0].received == down, true) << bench.ends[0].received.size() << " of " << size;
      EXPECT_EQ(bench.ends[0].error, 0);
      EXPECT_EQ(bench.server().error, 0);
      bench.drop_all();
      bench.expect_baseline();
    }
  }
}

// A record that is larger than the loop's buffer keeps the connection ready until it is read.
TEST_P(TlsStream, ARecordIsReadThroughASmallBuffer) {
  TlsBench bench;
  bench.start(GetParam());
  bench.connect(0);
  ASSERT_TRUE(bench.until([&] { return bench.ends.count(TlsBench::kServer) != 0 && bench.server().open; }));
  bench.server().room = 7;
  bench.send(0, pattern(1500, 3));
  bench.until([&] { return bench.server().received.size() >= 1500; }, 1000);
  EXPECT_EQ(bench.server().received, pattern(1500, 3));
}

// RFC 8446, 6.1: close_notify, then the end of TCP; each side hears of the other's end, and nothing is lost before it.
TEST_P(TlsStream, EndsInOrderFromEitherSide) {
  for (bool client_first : {true, false}) {
    for (const Below& below : kBelow) {
      SCOPED_TRACE(std::string(below.name) + (client_first ? ", client first" : ", server first"));
      TlsBench bench;
      bench.pipe().faults() = below.faults;
      bench.start(GetParam());
      bench.connect(0);
      ASSERT_TRUE(bench.until([&] { return bench.ends.count(TlsBench::kServer) != 0 && bench.server().open; }));
      const uint16_t first = client_first ? 0 : TlsBench::kServer, second = client_first ? TlsBench::kServer : 0;
      bench.send(first, pattern(900, 4));
      ASSERT_TRUE(bench.until([&] { return bench.ends[first].outbox.empty() && bench.ends[first].open; }));
      bench.finish(first);
      ASSERT_TRUE(bench.until([&] { return bench.ends[second].over; }));
      EXPECT_EQ(bench.ends[second].how, Status::kClosed);
      EXPECT_EQ(bench.ends[second].received, pattern(900, 4));
      bench.send(second, "half of it is still open");
      ASSERT_TRUE(bench.until([&] { return bench.ends[second].outbox.empty(); }));
      bench.finish(second);
      ASSERT_TRUE(bench.until([&] { return bench.ends[first].over; }));
      EXPECT_EQ(bench.ends[first].how, Status::kClosed);
      EXPECT_EQ(bench.ends[first].received, "half of it is still open");
      bench.drop_all();
      bench.expect_baseline();
    }
  }
}

// The second connection resumes the session of the first, in TLS 1.3 too, where the ticket comes after the handshake.
TEST_P(TlsStream, ResumesTheSession) {
  TlsBench bench;
  bench.start(GetParam());
  for (uint32_t i = 0; i < 4; ++i) {
    bench.connect(0);
    ASSERT_TRUE(bench.until([&] { return bench.ends.count(TlsBench::kServer) != 0 && bench.server().open; }));
    bench.send(TlsBench::kServer, "tickets come before this");
    ASSERT_TRUE(bench.until([&] { return !bench.ends[0].received.empty(); }));
    EXPECT_EQ(bench.network.statistics().handshakes, 2 * (i + 1));
    EXPECT_EQ(bench.network.statistics().resumed, 2 * i);
    bench.drop_all();
    bench.expect_baseline();
  }
  // Not another host's: 127.0.0.1 is in the certificate, but it is not the host of the session.
  bench.connect(0, "127.0.0.1");
  ASSERT_TRUE(bench.until([&] { return bench.ends.count(TlsBench::kServer) != 0 && bench.server().open; }));
  EXPECT_EQ(bench.network.statistics().resumed, 6u);
}

// Taken out and put back as bytes, as before and after a deep sleep.
TEST_P(TlsStream, ExportsAndImportsSessions) {
  TlsBench bench;
  bench.start(GetParam());
  uint8_t bytes[TlsNetworkBase::kMaxSessionBytes];
  EXPECT_EQ(bench.network.export_session("localhost", 443, {bytes, sizeof bytes}), 0u);
  bench.connect(0);
  ASSERT_TRUE(bench.until([&] { return bench.ends.count(TlsBench::kServer) != 0 && bench.server().open; }));
  bench.send(TlsBench::kServer, "x");
  ASSERT_TRUE(bench.until([&] { return !bench.ends[0].received.empty(); }));
  bench.drop_all();
  const size_t size = bench.network.export_session("localhost", 443, {bytes, sizeof bytes});
  ASSERT_GT(size, 8u);
  EXPECT_EQ(bench.network.export_session("localhost", 443, {bytes, size - 1}), 0u);
  EXPECT_EQ(bench.network.export_session("localhost", 444, {bytes, sizeof bytes}), 0u);
  bench.network.forget_sessions();
  EXPECT_EQ(bench.network.export_session("localhost", 443, {bytes, sizeof bytes}), 0u);
  for (size_t cut = 0; cut < size; ++cut) {
    EXPECT_EQ(bench.network.import_session("localhost", 443, {bytes, cut}), Status::kInvalidArgument) << cut;
  }
  ASSERT_EQ(bench.network.import_session("localhost", 443, {bytes, size}), Status::kOk);
  bench.now_ms += 3000;
  bench.connect(0);
  ASSERT_TRUE(bench.until([&] { return bench.ends.count(TlsBench::kServer) != 0 && bench.server().open; }));
  EXPECT_EQ(bench.network.statistics().resumed, 2u);
  bench.drop_all();
  // Other authorities, other servers: what was agreed on with the old ones is forgotten.
  uint8_t other[TlsNetworkBase::kMaxSessionBytes];
  ASSERT_GT(bench.network.export_session("localhost", 443, {other, sizeof other}), 0u);
  ASSERT_EQ(bench.network.set_client(bench.client_options), Status::kOk);
  EXPECT_EQ(bench.network.export_session("localhost", 443, {other, sizeof other}), 0u);
  // Damaged anywhere: refused at once, or a full handshake, or a failed one; never a connection that is not the
  // server's.
  for (size_t at = 0; at < size; ++at) {
    bench.network.forget_sessions();
    std::string damaged(reinterpret_cast<char*>(bytes), size);
    damaged[at] = static_cast<char>(damaged[at] ^ 0x55);
    if (bench.network.import_session("localhost", 443, as_bytes(Text(damaged.data(), size))) != Status::kOk) continue;
    bench.connect(0);
    ASSERT_TRUE(bench.until([&] { return bench.ends[0].open || bench.ends[0].over; }, 2000)) << at;
    bench.drop_all();
    bench.turns(3);
    bench.drop_all();
    bench.expect_baseline(std::to_string(at).c_str());
  }
}

}  // namespace
}  // namespace whit
