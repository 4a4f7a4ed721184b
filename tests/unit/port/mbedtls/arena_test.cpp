// SPDX-License-Identifier: MIT
#include "whit/mbedtls/tls_arena.h"

#include <gtest/gtest.h>
#include <string.h>

#include <map>
#include <random>

#include "whit/mbedtls/tls_error.h"

namespace whit {
namespace {

class Arena : public testing::Test {
 protected:
  static constexpr size_t kHeader = TlsArena::kAlignment;
  static constexpr size_t rounded(size_t size) { return (size + kHeader - 1) / kHeader * kHeader; }
  Arena() { arena.attach(memory, sizeof memory); }
  alignas(TlsArena::kAlignment) uint8_t memory[4096];
  TlsArena arena;
  TlsArenaShare share;
};

TEST_F(Arena, GivesZeroedAlignedMemory) {
  memset(memory + 2 * kHeader, 0xAA, 1000);
  for (size_t size : {1, 7, 8, 9, 100}) {
    auto* block = static_cast<uint8_t*>(arena.allocate(size, nullptr));
    ASSERT_NE(block, nullptr);
    EXPECT_EQ(reinterpret_cast<uintptr_t>(block) % TlsArena::kAlignment, 0u);
    for (size_t i = 0; i < size; ++i) EXPECT_EQ(block[i], 0);
  }
}

TEST_F(Arena, WipesWhatComesBack) {
  auto* block = static_cast<uint8_t*>(arena.allocate(64, nullptr));
  memset(block, 0x5A, 64);
  arena.release(block);
  for (size_t i = 0; i < 64; ++i) EXPECT_EQ(block[i], 0) << i;
}

TEST_F(Arena, RefusesWhatDoesNotFit) {
  EXPECT_EQ(arena.allocate(0, nullptr), nullptr);
  EXPECT_EQ(arena.allocate(sizeof memory, nullptr), nullptr);
  EXPECT_EQ(arena.allocate(SIZE_MAX, nullptr), nullptr);
  EXPECT_EQ(arena.allocate(SIZE_MAX - 3, nullptr), nullptr);
  EXPECT_EQ(arena.usage().refused, 3u);
  EXPECT_NE(arena.allocate(sizeof memory - kHeader, nullptr), nullptr) << "all of it";
  EXPECT_EQ(arena.usage().largest_free, 0u);
  arena.release(nullptr);
}

TEST_F(Arena, CountsSharesAndPeaks) {
  TlsArenaShare other;
  void* a = arena.allocate(100, &share);
  void* b = arena.allocate(50, &other);
  EXPECT_EQ(share.used, rounded(100) + kHeader);
  EXPECT_EQ(other.used, rounded(50) + kHeader);
  EXPECT_EQ(arena.usage().used, share.used + other.used);
  arena.release(a);
  EXPECT_EQ(share.used, 0u);
  EXPECT_EQ(share.peak, rounded(100) + kHeader);
  arena.allocate(8, &share);
  arena.allocate(8, &share);
  arena.disown_all(&other);
  EXPECT_EQ(other.used, 0u);
  EXPECT_EQ(arena.usage().blocks, 3u);
  arena.release_all(&share);
  EXPECT_EQ(share.used, 0u);
  EXPECT_EQ(arena.usage().blocks, 1u);
  arena.release(b);
  EXPECT_EQ(arena.usage().used, 0u);
  EXPECT_EQ(arena.usage().largest_free, sizeof memory - kHeader);
}

#if defined(WHIT_ASSERTS)
TEST_F(Arena, StopsAtADoubleRelease) {
  void* block = arena.allocate(8, nullptr);
  arena.release(block);
  EXPECT_DEATH(arena.release(block), "");
}
#endif

// Against a map of what is taken: no overlap, nothing lost, and in the end one free block.
TEST_F(Arena, BehavesLikeItsModel) {
  std::mt19937 random(7);
  std::map<uint8_t*, size_t> taken;
  for (int round = 0; round < 20000; ++round) {
    if (random() % 2 == 0) {
      const size_t size = 1 + random() % (random() % 10 == 0 ? 900 : 60);
      auto* block = static_cast<uint8_t*>(arena.allocate(size, random() % 2 == 0 ? &share : nullptr));
      if (block == nullptr) {
        ASSERT_LT(arena.usage().largest_free, (size + kHeader - 1) / kHeader * kHeader);
        continue;
      }
      ASSERT_GE(block, memory + kHeader);
      ASSERT_LE(block + size, memory + sizeof memory);
      const auto next = taken.lower_bound(block);
      ASSERT_TRUE(next == taken.end() || block + size + kHeader <= next->first);
      ASSERT_TRUE(next == taken.begin() || std::prev(next)->first + std::prev(next)->second <= block - kHeader);
      memset(block, 0xEE, size);
      taken[block] = size;
    } else if (!taken.empty()) {
      auto each = taken.begin();
      std::advance(each, random() % taken.size());
      for (size_t i = 0; i < each->second; ++i) ASSERT_EQ(each->first[i], 0xEE);
      arena.release(each->first);
      taken.erase(each);
    }
    ASSERT_EQ(arena.usage().blocks, taken.size());
  }
  for (auto& each : taken) arena.release(each.first);
  EXPECT_EQ(arena.usage().used, 0u);
  EXPECT_EQ(share.used, 0u);
  EXPECT_EQ(arena.usage().largest_free, sizeof memory - kHeader);
}

TEST(TlsErrors, HaveTexts) {
  for (int32_t error = kTlsExpired; error <= kTlsNoClock; ++error) EXPECT_STRNE(tls_error_text(error), "");
  EXPECT_STREQ(tls_error_text(kTlsAlert + 48), "the peer's alert: unknown_ca");
  EXPECT_STREQ(tls_error_text(kTlsAlert + 255), "an alert without a name");
  EXPECT_STREQ(tls_error_text(kTlsOk), "no error");
  EXPECT_STREQ(tls_error_text(-0x7780), "an error of Mbed TLS or of the network below");
}

}  // namespace
}  // namespace whit
