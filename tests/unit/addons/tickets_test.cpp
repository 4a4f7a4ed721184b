// SPDX-License-Identifier: MIT
// R-HS-4: what a browser brings back in place of Authorization.
#include "whit/tickets.h"

#include <gtest/gtest.h>

#include <set>
#include <string>
#include <vector>

#include "unit/emulated.h"
#include "unit/port/test_pipe.h"

namespace whit {
namespace {

template <size_t kTickets = 3>
struct TicketBench {
  TestPipe<1, 256> network;
  TicketMemory<kTickets> memory;
  Tickets tickets{network, memory, 30000};

  explicit TicketBench(uint32_t now_ms = 1000) { tickets.poll(now_ms); }
  std::string issue(uint16_t tag = 0) {
    char text[kTicketSize];
    const Text ticket = tickets.issue(text, tag);
    return {ticket.data, ticket.size};
  }
  bool redeem(const std::string& text, uint16_t* tag = nullptr) {
    return tickets.redeem({text.data(), text.size()}, tag);
  }
};

TEST(Tickets, ATicketIsGoodOnce) {
  TicketBench<> bench;
  const std::string ticket = bench.issue(41);
  EXPECT_EQ(bench.tickets.waiting(), 1u);
  uint16_t tag = 0;
  EXPECT_TRUE(bench.redeem(ticket, &tag));
  EXPECT_EQ(tag, 41);
  EXPECT_FALSE(bench.redeem(ticket)) << "redeemed";
  EXPECT_EQ(bench.tickets.waiting(), 0u);
}

TEST(Tickets, InAnyOrder) {
  TicketBench<> bench;
  const std::string first = bench.issue(1);
  const std::string second = bench.issue(2);
  const std::string third = bench.issue(3);
  uint16_t tag = 0;
  EXPECT_TRUE(bench.redeem(second, &tag));
  EXPECT_EQ(tag, 2);
  EXPECT_TRUE(bench.redeem(third, &tag));
  EXPECT_EQ(tag, 3);
  EXPECT_TRUE(bench.redeem(first, &tag));
  EXPECT_EQ(tag, 1);
}

TEST(Tickets, HexadecimalDigitsThatDiffer) {
  TicketBench<> bench;
  std::set<std::string> all;
  std::set<char> digits;
  for (int i = 0; i < 200; ++i) {
    const std::string ticket = bench.issue();
    ASSERT_EQ(ticket.size(), kTicketSize);
    digits.insert(ticket.begin(), ticket.end());
    EXPECT_TRUE(all.insert(ticket).second);
    EXPECT_TRUE(bench.redeem(ticket));
  }
  EXPECT_EQ(std::string(digits.begin(), digits.end()), "0123456789abcdef");
}

TEST(Tickets, NothingElseIsATicket) {
  TicketBench<> bench;
  EXPECT_FALSE(bench.redeem(std::string(kTicketSize, '0'))) << "the bytes of an entry that was never used";
  const std::string ticket = bench.issue();
  EXPECT_FALSE(bench.redeem(""));
  EXPECT_FALSE(bench.redeem(ticket.substr(1)));
  EXPECT_FALSE(bench.redeem(ticket + "0"));
  EXPECT_FALSE(bench.redeem(std::string(kTicketSize, '0')));
  for (size_t at = 0; at < kTicketSize; ++at) {
    for (int byte = 0; byte < 256; ++byte) {
      std::string wrong = ticket;
      wrong[at] = static_cast<char>(byte);
      if (wrong != ticket) {
        EXPECT_FALSE(bench.redeem(wrong)) << wrong;
      }
    }
  }
  EXPECT_TRUE(bench.redeem(ticket)) << "a failure uses nothing up";
}

// Also where the clock wraps, at 2^32 ms.
TEST(Tickets, ATicketIsGoodForAShortTime) {
  for (const uint32_t from : {0u, 1000u, 0x7FFFFFF0u, 0xFFFFFFFFu, 0u - 30000u, 0u - 15000u}) {
    TicketBench<> bench(from);
    const std::string early = bench.issue();
    bench.tickets.poll(from + 29999);
    EXPECT_EQ(bench.tickets.waiting(), 1u);
    EXPECT_TRUE(bench.redeem(early)) << from;
    bench.tickets.poll(from);
    const std::string late = bench.issue();
    bench.tickets.poll(from + 30000);
    EXPECT_EQ(bench.tickets.waiting(), 0u);
    EXPECT_FALSE(bench.redeem(late)) << from;
  }
}

TEST(Tickets, AnOldOneDoesNotComeBackWithTheClock) {
  TicketBench<> bench(1000);
  const std::string ticket = bench.issue();
  for (uint64_t now_ms = 1000; now_ms < (uint64_t{1} << 32) + 2000; now_ms += uint64_t{1} << 30) {
    bench.tickets.poll(static_cast<uint32_t>(now_ms));
  }
  bench.tickets.poll(1000);
  EXPECT_FALSE(bench.redeem(ticket));
}

TEST(Tickets, InAFullTableTheOldestGivesWay) {
  for (const uint32_t from : {1000u, 0xFFFFFFFFu}) {
    TicketBench<3> bench(from);
    std::vector<std::string> all;
    for (uint32_t i = 0; i < 5; ++i) {
      bench.tickets.poll(from + 10 * i);
      all.push_back(bench.issue());
    }
    EXPECT_EQ(bench.tickets.waiting(), 3u);
    for (size_t i = 0; i < 5; ++i) EXPECT_EQ(bench.redeem(all[i]), i >= 2) << i;
  }
}

TEST(Tickets, WithoutRandomBytesThereIsNoTicket) {
  TicketBench<> bench;
  bench.network.fail_call(1, Status::kFailed, 5);
  EXPECT_EQ(bench.issue(), "");
  EXPECT_EQ(bench.tickets.waiting(), 0u);
  EXPECT_FALSE(bench.redeem(std::string(kTicketSize, '0')));
  const std::string first = bench.issue();
  EXPECT_NE(bench.issue(), "");
  EXPECT_NE(bench.issue(), "");
  bench.network.fail_call(1, Status::kFailed, 5);
  EXPECT_EQ(bench.issue(), "");
  EXPECT_TRUE(bench.redeem(first)) << "none gave way for nothing";
}

}  // namespace
}  // namespace whit
