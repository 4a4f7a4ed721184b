// SPDX-License-Identifier: MIT
// Failures beneath TLS: memory, random bytes, any call of the transport, and ten thousand connections of every kind
// of ending. Each time the connection fails closed and the arena is as before.
#include <gtest/gtest.h>
#include <stdlib.h>

#include <set>

#include "unit/emulated.h"
#include "unit/port/mbedtls/bench.h"

// The linker gives us every call of whit_tls_calloc(): -Wl,--wrap.
static uint32_t allocations;
static uint32_t refused_allocation;  // the number of the one that fails; 0: none
extern "C" void* __real_whit_tls_calloc(size_t count, size_t size);
extern "C" void* __wrap_whit_tls_calloc(size_t count, size_t size);
extern "C" void* __wrap_whit_tls_calloc(size_t count, size_t size) {
  // As an exhausted arena does it: it is asked, and has no room.
  if (++allocations == refused_allocation) return __real_whit_tls_calloc(1, size_t{1} << 30);
  return __real_whit_tls_calloc(count, size);
}

namespace whit {
namespace {

bool all_of_them() { return getenv("WHIT_ALL_FAULTS") != nullptr; }

const char kSecret[] = "what must never be seen in clear";

// One connection with an echo; true: it went well.
bool run(TlsBench& bench) {
  if (!bench.try_connect(0)) return false;
  bench.ends[0].outbox = kSecret;
  bench.until(
      [&] {
        const bool server = bench.has_server();
        if (server && !bench.server().received.empty() && bench.server().outbox.empty()) {
          bench.send(bench.server_index, std::exchange(bench.server().received, std::string()));
        }
        return bench.ends[0].over || bench.ends[0].received.size() >= sizeof kSecret - 1 ||
               (server && bench.server().over);
      },
      3000);
  return bench.ends[0].received == kSecret;
}

class TlsFaults : public testing::TestWithParam<TlsVersion> {
 protected:
  ~TlsFaults() override { refused_allocation = 0; }
};
INSTANTIATE_TEST_SUITE_P(Tls, TlsFaults, testing::Values(TlsVersion::kTls12, TlsVersion::kTls13),
                         [](const auto& each) { return each.param == TlsVersion::kTls12 ? "Tls12" : "Tls13"; });

TEST_P(TlsFaults, EveryAllocationMayFail) {
  TlsBench bench;
  bench.start(GetParam());
  ASSERT_TRUE(run(bench));
  bench.drop_all();
  bench.network.forget_sessions();
  // Another connection that must not notice.
  bench.connect(5);
  ASSERT_TRUE(bench.until([&] { return bench.ends[5].open && bench.has_server(); }));
  bench.turns(20);
  bench.server_index = TlsBench::kServer + 1;
  const TlsArenaUsage before = bench.network.statistics().arena;

  bench.network.forget_sessions();
  allocations = 0;
  ASSERT_TRUE(run(bench));
  const uint32_t total = allocations;
  bench.drop(0);
  bench.drop(bench.server_index);
  uint32_t failures = 0, known = 0;
  const uint32_t step = all_of_them() ? 1 : 1 + total / sample(400u);
  for (uint32_t k = 1; k <= total; k += step) {
    bench.network.forget_sessions();
    allocations = 0;
    refused_allocation = k;
    const bool good = run(bench);
    refused_allocation = 0;
    if (!good) {
      ++failures;
      const int32_t client = bench.ends[0].error, server = bench.has_server() ? bench.server().error : 0;
      EXPECT_TRUE(client != 0 || server != 0) << k;
      // Where Mbed TLS goes on with what it has not got, the peer notices first.
      if (client == kTlsNoMemory || server == kTlsNoMemory) ++known;
      EXPECT_EQ(bench.ends[0].received, "") << k;
    }
    bench.drop(0);
    bench.turns(2);
    if (bench.has_server()) bench.drop(bench.server_index);
    const TlsArenaUsage after = bench.network.statistics().arena;
    ASSERT_EQ(after.used, before.used) << k;
    ASSERT_EQ(after.blocks, before.blocks) << k;
    ASSERT_EQ(after.largest_free, before.largest_free) << k;
  }
  // A ticket that cannot be kept is no failure; but most allocations are needed.
  EXPECT_GT(failures, total / step / 2);
  EXPECT_GE(known * 100, failures * 98);
  bench.send(TlsBench::kServer, "still here");
  ASSERT_TRUE(bench.until([&] { return bench.ends[5].received == "still here"; }, 1000));
}

TEST_P(TlsFaults, EveryRandomNumberMayFail) {
  TlsBench bench;
  bench.start(GetParam());
  bench.gate.calls = 0;
  ASSERT_TRUE(run(bench));
  const uint32_t total = bench.gate.calls;
  bench.drop_all();
  ASSERT_GE(total, 3u);
  for (uint32_t k = 1; k <= total; ++k) {
    bench.network.forget_sessions();
    bench.gate.calls = 0;
    bench.gate.fail_call = k;
    const bool good = run(bench);
    bench.gate.fail_call = 0;
    if (!good) {
      const bool client_knows = bench.ends[0].error == kTlsNoRandom;
      const bool server_knows = bench.has_server() && bench.server().error == kTlsNoRandom;
      EXPECT_TRUE(client_knows || server_knows) << k << ": " << bench.ends[0].error;
    }
    // Nothing is sent when there was nothing random from the start.
    if (k == 1) {
      EXPECT_FALSE(good);
      EXPECT_EQ(bench.pipe().transport(0).counters().bytes_written, 0u);
    }
    bench.drop_all();
    bench.turns(2);
    bench.drop_all();
    bench.expect_baseline(std::to_string(k).c_str());
  }
}

// Any call of the transports below fails once: the connection ends, and says why; or it goes on.
TEST_P(TlsFaults, EveryCallBelowMayFail) {
  TlsBench bench;
  bench.start(GetParam());
  const uint32_t before = bench.pipe().calls();
  ASSERT_TRUE(run(bench));
  const uint32_t total = bench.pipe().calls() - before;
  bench.drop_all();
  for (Status how : {Status::kFailed, Status::kWouldBlock, Status::kClosed}) {
    for (uint32_t k = 1; k <= total; k += emulated() ? 10 : 1) {
      bench.network.forget_sessions();
      bench.pipe().fail_call(k, how, 77);
      const bool good = run(bench);
      const bool known = bench.ends.empty() || bench.ends[0].over || (bench.has_server() && bench.server().over);
      EXPECT_TRUE(good || known) << k << ", " << static_cast<int>(how);
      // Random bytes are there or not; anything else is only put off.
      if (how == Status::kWouldBlock && !good && !bench.ends.empty()) {
        const bool server = bench.has_server() && bench.server().error == kTlsNoRandom;
        EXPECT_TRUE(server || bench.ends[0].error == kTlsNoRandom) << k;
      }
      bench.drop_all();
      bench.turns(2);
      bench.drop_all();
      bench.expect_baseline(std::to_string(k).c_str());
    }
  }
}

// The arena is too small for one more: that one is refused with an alert, the others go on, and there is room again.
TEST_P(TlsFaults, AnExhaustedArenaRefusesOne) {
  TlsBench bench;
  bench.start(GetParam());
  bench.connect(0);
  ASSERT_TRUE(bench.until([&] { return bench.ends[0].open && bench.has_server(); }));
  bench.turns(5);
  allocations = 0;
  refused_allocation = 1;  // the server's context
  TestPeer& raw = bench.pipe().dial(TlsBench::kPort);
  raw.send("\x16");  // a silent peer gets no memory, so it is not missed
  bench.turns(3);
  refused_allocation = 0;
  EXPECT_EQ(raw.received(), std::string("\x15\x03\x03\x00\x02\x02\x50", 7)) << "the alert internal_error";
  EXPECT_FALSE(raw.was_reset());
  EXPECT_EQ(bench.network.statistics().last_failure, kTlsNoMemory);
  bench.send(0, "goes on");
  ASSERT_TRUE(bench.until([&] { return bench.server().received == "goes on"; }, 100));
}

enum Ending {
  kCloseClient,
  kCloseServer,
  kAbortClient,
  kAbortServer,
  kFin,
  kGarbage,
  kStranger,
  kSilence,
  kNoMemory,
  kEndings
};

void end_one(TlsBench& bench, Ending ending, uint32_t round) {
  if (ending == kGarbage || ending == kSilence) {
    TestPeer& raw = bench.pipe().dial(TlsBench::kPort);
    if (ending == kGarbage) raw.send("GET / HTTP/1.1\r\n\r\n");
    bench.turns(3);
    if (round % 2 == 0) raw.reset();
    return;
  }
  if (ending == kStranger) bench.client_options.trusted_count = 0;
  if (ending == kNoMemory) {
    allocations = 0;
    refused_allocation = 1 + round % 40;
  }
  bench.connect(0, round % 3 == 0 ? "localhost" : "127.0.0.1");
  bench.until([&] { return bench.ends[0].over || (bench.ends[0].open && bench.has_server()); }, 200);
  refused_allocation = 0;
  if (!bench.has_server()) return;
  bench.send(TlsBench::kServer, "x");
  bench.turns(2);
  if (ending == kCloseClient) bench.finish(0);
  if (ending == kCloseServer) bench.finish(TlsBench::kServer);
  if (ending == kAbortClient) bench.drop(0);
  if (ending == kAbortServer) bench.drop(TlsBench::kServer);
  if (ending == kFin) bench.pipe().transport(0).end().finish();
  bench.turns(2);
}

// Pre-shared keys, so that ten thousand take seconds; every 50th with certificates.
TEST(TlsEndings, TenThousandLeaveTheArenaAsItWas) {
  const std::string key(32, 'k');
  for (bool certificates : {false, true}) {
    TlsBench bench;
    if (!certificates) {
      bench.client_options.psk = bench.server_options.psk = as_bytes(Text(key.data(), key.size()));
      bench.client_options.psk_identity = bench.server_options.psk_identity = "device";
      bench.client_options.max_version = TlsVersion::kTls12;
      bench.server_options.certificate_count = 0;
    }
    bench.start();
    end_one(bench, kCloseClient, 0);
    bench.drop_all();
    bench.network.forget_sessions();
    bench.expect_baseline();
    const uint32_t count = sample(certificates ? 200u : 10000u);
    for (uint32_t i = 0; i < count; ++i) {
      const Ending ending = static_cast<Ending>(i % kEndings);
      if (ending == kStranger) continue;  // negative certificates: tests/peers/tls
      end_one(bench, ending, i);
      bench.drop_all();
      bench.turns(1);
      bench.drop_all();
    }
    bench.expect_baseline();
    EXPECT_EQ(bench.pipe().in_use(), 0);
  }
}

}  // namespace
}  // namespace whit
