// SPDX-License-Identifier: MIT
// Faults: the connection cut at every byte, packets lost, pools that run dry. What is required is the same each time:
// every byte right and in order, an end that is reported, no other connection hurt, and every pool of lwIP back where
// it was.
#include "fixture.h"
#include "lwip/dns.h"
#include "lwip/mem.h"
#include "lwip/priv/tcp_priv.h"

namespace lwip_test {
namespace {

using whit::Status;

class Faults : public LwipTest {
 protected:
  // Everything but what TIME_WAIT keeps: control blocks and the TCP timer.
  std::vector<unsigned> usage() {
    std::vector<unsigned> all = lwip_usage();
    all[MEMP_TCP_PCB] = 0;
    all[MEMP_SYS_TIMEOUT] = 0;
    all[MEMP_MAX + 1] = 0;  // the TIME_WAIT list
    return all;
  }
};

enum class Cut { kFin, kReset, kSilence };
enum class Role { kServer, kClient };

TEST_F(Faults, CutAtEveryByte) {
  constexpr size_t kSession = 120;
  const std::string session = pattern(kSession);
  ASSERT_EQ(network_.listen(0, "", kPort, false), Status::kOk);
  const std::vector<unsigned> before = usage();
  for (const Role role : {Role::kServer, Role::kClient}) {
    for (const Cut cut : {Cut::kFin, Cut::kReset, Cut::kSilence}) {
      for (size_t at = 0; at <= kSession; ++at) {
        peers_.clear();
        Peer* other = nullptr;
        if (role == Role::kClient) {
          dialled(&other);
          run(3500, 100);
        } else {
          other = &peer();
          other->connect();
          settle();
        }
        other->segment_bytes = 1 + at % 40;
        other->send(session.substr(0, at));
        if (cut == Cut::kFin) other->finish();
        for (int i = 0; i < 30 && other->received.size() < at; ++i) {
          turn();
          echo();
        }
        if (cut == Cut::kReset) other->reset();
        if (cut == Cut::kSilence) other->silent = true;
        for (int i = 0; i < 10; ++i) {
          run(10, 5);
          echo();
        }
        EXPECT_EQ(other->received, session.substr(0, at));
        EXPECT_EQ(transports_[0] != nullptr, cut == Cut::kSilence) << "the loop's deadline ends a silent one";
        EXPECT_EQ(other->got_fin, cut == Cut::kFin);
        abort(0);
        ASSERT_EQ(usage(), before) << "cut " << static_cast<int>(cut) << " at " << at;
      }
    }
  }
}

// The cut in the other direction: what lwIP has sent is never acknowledged, and then the peer is gone.
TEST_F(Faults, CutWhileSending) {
  ASSERT_EQ(network_.listen(0, "", kPort, false), Status::kOk);
  const std::vector<unsigned> before = usage();
  for (const Cut cut : {Cut::kFin, Cut::kReset, Cut::kSilence}) {
    for (size_t size = 1; size < 3000; size += 97) {
      peers_.clear();
      Peer* other = nullptr;
      whit::Transport* const transport = connected(&other);
      other->acknowledges = false;
      EXPECT_GT(write(transport, pattern(size)), 0u);
      settle();
      if (cut == Cut::kFin) other->finish();
      if (cut == Cut::kReset) other->reset();
      if (cut == Cut::kSilence) other->silent = true;
      settle();
      Status status = Status::kOk;
      EXPECT_EQ(read_all(transport, &status), "");
      const Status expected[] = {Status::kClosed, Status::kFailed, Status::kWouldBlock};
      EXPECT_EQ(status, expected[static_cast<int>(cut)]);
      EXPECT_EQ(transport->finish(), cut == Cut::kReset ? Status::kFailed : Status::kOk);
      abort(0);
      // Both ends done: lwIP keeps the bytes and tries to deliver them, alone. The peer is there and can end it.
      if (cut == Cut::kFin) {
        other->acknowledges = true;
        other->acknowledge();
        run(4000, 50);
        EXPECT_FALSE(other->got_rst);
        EXPECT_EQ(other->received, pattern(std::min<size_t>(size, TCP_SND_BUF)));
        EXPECT_TRUE(other->got_fin);
      }
      ASSERT_EQ(usage(), before) << "cut " << static_cast<int>(cut) << " with " << size;
    }
  }
}

TEST_F(Faults, LostPacketsAreOnlyLate) {
  ASSERT_EQ(network_.listen(0, "", kPort, false), Status::kOk);
  const std::string text = pattern(3000);
  for (int seed = 0; seed < 20; ++seed) {
    peers_.clear();
    lose_one_in_ = seed % 2 == 0 ? 20 : 8;
    Wire::get().lose = [this] { return (test_random() >> 8) % lose_one_in_ == 0; };
    Peer& other = peer();
    other.connect();
    run(2000, 50);
    other.segment_bytes = 1 + (seed * 131u) % 536;
    other.send(text);
    other.finish();
    for (int i = 0; i < 60'000 && !(other.received.size() == text.size() && other.got_fin); ++i) {
      Wire::now_ms += 50;
      turn();
      echo();
    }
    EXPECT_EQ(other.received, text) << seed;
    EXPECT_TRUE(other.got_fin) << seed;
    EXPECT_FALSE(other.got_rst) << seed;
    lose_one_in_ = 0;
    Wire::get().lose = nullptr;
    run(20'000, 250);
    abort(0);
  }
}

// With each pool, with 0, 1, 2, ... elements left: the echo goes on, slower or not before the memory is back.
TEST_F(Faults, EveryPoolMayRunDry) {
  ASSERT_EQ(network_.listen(0, "", kPort, false), Status::kOk);
  const memp_t pools[] = {MEMP_TCP_SEG, MEMP_PBUF_POOL, MEMP_POOL_FIRST, MEMP_POOL_LAST};
  const std::string text = pattern(4000);
  for (const memp_t pool : pools) {
    for (unsigned left = 0; left < 8; ++left) {
      SCOPED_TRACE("pool " + std::to_string(pool) + ", left " + std::to_string(left));
      peers_.clear();
      Peer& other = peer();
      other.connect();
      settle();
      std::vector<void*> taken;
      while (memp_pools[pool]->num - pool_used(pool) > left) taken.push_back(memp_malloc(pool));
      other.send(text);
      const auto done = [&] { return other.received.size() == text.size(); };
      for (int i = 0; i < 2000 && !done(); ++i) {
        Wire::now_ms += 10;
        turn();
        echo();
      }
      const unsigned of_a_frame = pool == MEMP_PBUF_POOL ? (TCP_MSS + 40 - 1) / PBUF_POOL_BUFSIZE + 1 : 1;
      const bool enough = left >= 1 + of_a_frame;
      EXPECT_TRUE(done() || !enough) << other.received.size();
      for (void* element : taken) memp_free(pool, element);
      for (int i = 0; i < 6000 && !done(); ++i) {
        Wire::now_ms += 10;
        turn();
        echo();
      }
      EXPECT_EQ(other.received, text);
      EXPECT_FALSE(other.got_rst);
      other.reset();
      settle();
      echo();
      abort(0);
      ASSERT_EQ(pool_used(pool), 0u);
    }
  }
}

// Nothing in flight and no memory: no callback will come, so poll() has to announce.
TEST_F(Faults, AWriteWithoutMemoryIsTriedAgainByPoll) {
  Peer* other = nullptr;
  whit::Transport* const transport = connected(&other);
  std::vector<void*> taken;
  while (void* const element = memp_malloc(MEMP_TCP_SEG)) taken.push_back(element);
  (void)announced();
  EXPECT_EQ(transport->write(bytes("hello")).status, Status::kWouldBlock);
  EXPECT_EQ(network_.counters().writes_starved, 1);
  EXPECT_TRUE(announced().empty());
  network_.poll(Wire::now_ms);
  EXPECT_TRUE(is_announced(0));
  network_.poll(Wire::now_ms);
  EXPECT_FALSE(is_announced(0)) << "once per refused write";
  EXPECT_EQ(transport->write(bytes("hello")).status, Status::kWouldBlock);
  for (void* element : taken) memp_free(MEMP_TCP_SEG, element);
  network_.poll(Wire::now_ms);
  ASSERT_TRUE(is_announced(0));
  EXPECT_EQ(write(transport, "hello"), 5u);
  settle();
  EXPECT_EQ(other->received, "hello");
}

TEST_F(Faults, AnAbortedConnectionIsNotAnnounced) {
  Peer* other = nullptr;
  whit::Transport* const transport = connected(&other);
  std::vector<void*> taken;
  while (void* const element = memp_malloc(MEMP_TCP_SEG)) taken.push_back(element);
  EXPECT_EQ(transport->write(bytes("hello")).status, Status::kWouldBlock);
  (void)announced();
  abort(0);
  network_.poll(Wire::now_ms);
  EXPECT_TRUE(announced().empty());
  for (void* element : taken) memp_free(MEMP_TCP_SEG, element);
}

// When only small memory is left, a part goes now.
TEST_F(Faults, AWriteTakesThePartForWhichThereIsMemory) {
  Peer* other = nullptr;
  whit::Transport* const transport = connected(&other);
  std::vector<void*> taken;
  while (void* const element = memp_malloc(MEMP_POOL_LAST)) taken.push_back(element);  // the large ones
  const whit::Transfer transfer = transport->write(bytes(pattern(500)));
  EXPECT_EQ(transfer.status, Status::kOk);
  EXPECT_EQ(transfer.size, 125u) << "500, 250, 125: the first that fits a block of 256 with the headers";
  settle();
  EXPECT_EQ(other->received, pattern(500).substr(0, transfer.size));
  const whit::Transfer longer = transport->write(bytes(pattern(9000)));
  EXPECT_EQ(longer.status, Status::kOk) << "not room for a whole segment either";
  EXPECT_LE(longer.size, 160u);
  for (void* element : taken) memp_free(MEMP_POOL_LAST, element);
}

// Single bytes out of order: lwIP holds their packets, and gives them back with the connection.
TEST_F(Faults, PacketsThatLwipHoldsOutOfOrderComeBack) {
  Peer* other = nullptr;
  connected(&other);
  for (uint32_t i = 0; i < 8; ++i) {
    Segment segment;
    segment.from = other->port();
    segment.to = kPort;
    segment.number = 1001 + 2 + i * 3;
    segment.acknowledged = 0;
    segment.flags = kPsh;
    segment.window = 4096;
    segment.data = "x";
    Wire::get().send(segment);
  }
  settle();
  EXPECT_GT(pool_used(MEMP_TCP_SEG), 0u);
  abort(0);
  EXPECT_EQ(pool_used(MEMP_PBUF_POOL), 0u);
  EXPECT_EQ(pool_used(MEMP_TCP_SEG), 0u);
}

}  // namespace
}  // namespace lwip_test
