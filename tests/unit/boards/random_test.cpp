// SPDX-License-Identifier: MIT
// The random bytes of the boards without an operating system: boards/common/random.cpp, over a seed that the test
// chooses.
#include <gtest/gtest.h>

#include <array>
#include <cstring>
#include <set>
#include <vector>

#include "../boards/common/random.cpp"

namespace {

bool has_seed = false;

void start(bool with_seed) {
  has_seed = with_seed;
  left = 0;
  board_random_start();
}

std::vector<uint8_t> take(size_t size) {
  std::vector<uint8_t> bytes(size);
  EXPECT_EQ(board_random({bytes.data(), bytes.size()}), whit::Status::kOk);
  return bytes;
}

TEST(Random, TheBlockOfTheRfc) {
  // RFC 8439, section 2.3.2: key 0 to 31, counter 1, nonce 000000090000004a00000000.
  uint32_t input[board::kChaChaWords] = {0x61707865, 0x3320646e, 0x79622d32, 0x6b206574};
  for (uint32_t i = 0; i < 8; ++i) input[4 + i] = 0x03020100 + i * 0x04040404;
  input[12] = 1;
  input[13] = 0x09000000;
  input[14] = 0x4a000000;
  const std::array<uint32_t, board::kChaChaWords> expected = {
      0xe4e7f110, 0x15593bd1, 0x1fdd0f50, 0xc47120a3, 0xc7f4d1c7, 0x0368c033, 0x9aaa2204, 0x4e6cd4c3,
      0x466482d2, 0x09aa9f07, 0x05d7c214, 0xa2028bd9, 0xd19c12b5, 0xb94e16de, 0xe883d0cb, 0x4e3c50a2};
  std::array<uint32_t, board::kChaChaWords> block;
  board::chacha20_block(input, block.data());
  EXPECT_EQ(block, expected);
}

TEST(Random, NothingWithoutASeed) {
  start(false);
  uint8_t byte = 0;
  EXPECT_EQ(board_random({&byte, 1}), whit::Status::kFailed);
}

TEST(Random, NothingComesTwiceAndNothingStays) {
  start(true);
  std::set<std::vector<uint8_t>> seen;
  for (int i = 0; i < 1000; ++i) {
    const std::vector<uint8_t> bytes = take(static_cast<size_t>(7 + i % 40));
    EXPECT_TRUE(seen.insert({bytes.begin(), bytes.begin() + 7}).second) << "at " << i;
    // The bytes given out are gone: neither among those still to be given, which go from the end, nor in the key.
    const std::vector<uint8_t> stored(bytes.rbegin(), bytes.rbegin() + 5);
    EXPECT_EQ(memmem(output, sizeof output, stored.data(), stored.size()), nullptr);
    EXPECT_EQ(memmem(key, sizeof key, stored.data(), stored.size()), nullptr);
  }
}

TEST(Random, TheSeedDecides) {
  start(true);
  const std::vector<uint8_t> first = take(100);
  start(true);
  EXPECT_EQ(take(100), first);
  EXPECT_NE(take(100), first);
}

}  // namespace

bool board_seed(uint8_t* seed) {
  memset(seed, 0x5A, 32);
  return has_seed;
}
