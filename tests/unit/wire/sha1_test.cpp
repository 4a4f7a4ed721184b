// SPDX-License-Identifier: MIT
#include "whit/wire/sha1.h"

#include <gtest/gtest.h>

#include <cstdio>
#include <string>

namespace whit::wire {
namespace {

// The padding of RFC 3174 section 4, which the file under test leaves to its caller.
std::string sha1(std::string message) {
  const uint64_t bits = uint64_t{message.size()} * 8;
  message += static_cast<char>(0x80);
  while (message.size() % 64 != 56) message += '\0';
  for (int shift = 56; shift >= 0; shift -= 8) message += static_cast<char>(bits >> shift);
  uint32_t state[5];
  for (size_t i = 0; i < 5; ++i) state[i] = kSha1Start[i];
  for (size_t block = 0; block < message.size(); block += 64) {
    uint32_t schedule[16] = {};
    for (size_t i = 0; i < 64; ++i) schedule[i / 4] = schedule[i / 4] << 8 | static_cast<uint8_t>(message[block + i]);
    sha1_block(state, schedule, state);
  }
  std::string hex;
  for (const uint32_t word : state) {
    char text[9];
    std::snprintf(text, sizeof text, "%08x", static_cast<unsigned>(word));
    hex += text;
  }
  return hex;
}

std::string counting(unsigned size) {
  std::string message;
  for (unsigned i = 0; i < size; ++i) message += static_cast<char>(i * 7 + size);
  return message;
}

TEST(Sha1, VectorsOfFips180) {
  EXPECT_EQ(sha1(""), "da39a3ee5e6b4b0d3255bfef95601890afd80709");
  EXPECT_EQ(sha1("abc"), "a9993e364706816aba3e25717850c26c9cd0d89d");
  EXPECT_EQ(sha1("abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq"),
            "84983e441c3bd26ebaae4aa1f95129e5e54670f1");
  EXPECT_EQ(sha1(std::string(1000000, 'a')), "34aa973cd4c4daa4f61eeb2bdbad27316534016f");
}

// Made with another implementation, at the sizes around the ends of blocks.
TEST(Sha1, OtherLengths) {
  EXPECT_EQ(sha1(counting(3)), "4201de9f98cb0a9b8cf52398be7802b55d45266a");
  EXPECT_EQ(sha1(counting(55)), "63ac9708fb581dd150d3647549f9e0cb51dcf1df");
  EXPECT_EQ(sha1(counting(56)), "5a0c4d0eb2f15e05bbbff6b8dada9ae767fc03f0");
  EXPECT_EQ(sha1(counting(63)), "d94ff3ad53f9b9327704b812ee9c1f3abbba3d48");
  EXPECT_EQ(sha1(counting(64)), "5f55a35e13f1865e7ffc22dca1275b1a49b0ff56");
  EXPECT_EQ(sha1(counting(119)), "774001b5ad1f46b40c48e1b94cb092c593ead25b");
  EXPECT_EQ(sha1(counting(120)), "6ebf3111dc761f11b13f29df0484848785385973");
  EXPECT_EQ(sha1(counting(1000)), "7461968a9edb9b418224f1acb305d2feeaa10ba5");
}

}  // namespace
}  // namespace whit::wire
