// SPDX-License-Identifier: MIT
// The checksum that firmware gives lwIP, against one that adds byte by byte.
#include <gtest/gtest.h>

#include <string.h>

#include <algorithm>
#include <memory>
#include <random>
#include <vector>

#include "../boards/common/inet_chksum.cpp"

namespace {

// As RFC 1071 describes it: pairs of bytes are numbers in the order of the network.
uint16_t reference(const uint8_t* data, int size) {
  uint32_t sum = 0;
  for (int i = 0; i < size; ++i) {
    sum += i % 2 == 0 ? uint32_t{data[i]} << 8 : data[i];
    sum = (sum & 0xFFFF) + (sum >> 16);
  }
  const uint8_t wire[2] = {static_cast<uint8_t>(sum >> 8), static_cast<uint8_t>(sum)};
  uint16_t in_memory;
  memcpy(&in_memory, wire, sizeof(in_memory));
  return in_memory;
}

// Zero has two representations, 0 and 0xFFFF, and only data of zeros may give 0: the byte-wise sum does the same.
void compare(const std::vector<uint8_t>& bytes, int size) {
  for (size_t misalignment = 0; misalignment < 4; ++misalignment) {
    // Of exactly the size, for the sanitizers. new gives addresses that are aligned.
    const std::unique_ptr<uint8_t[]> memory(new uint8_t[misalignment + static_cast<size_t>(size)]);
    uint8_t* const data = memory.get() + misalignment;
    std::copy_n(bytes.begin(), size, data);
    ASSERT_EQ(board_inet_chksum(data, size), reference(data, size)) << size << " bytes at 4n+" << misalignment;
  }
}

void compare_all_sizes(const std::vector<uint8_t>& bytes) {
  for (int size = 0; size <= 300; ++size) ASSERT_NO_FATAL_FAILURE(compare(bytes, size));
  for (const int size : {536, 1459, 1460, 65535}) ASSERT_NO_FATAL_FAILURE(compare(bytes, size));
}

TEST(InetChksumTest, RandomBytes) {
  std::mt19937 random(1);  // NOLINT: the same in every run
  std::vector<uint8_t> bytes(65535);
  for (int round = 0; round < 20; ++round) {
    for (uint8_t& byte : bytes) byte = static_cast<uint8_t>(random());
    ASSERT_NO_FATAL_FAILURE(compare_all_sizes(bytes));
  }
}

// The greatest sums, and as many carries as there can be.
TEST(InetChksumTest, BytesThatCarry) {
  for (const uint8_t byte : {0xFF, 0x80, 0x7F, 0x01, 0x00}) {
    ASSERT_NO_FATAL_FAILURE(compare_all_sizes(std::vector<uint8_t>(65535, byte)));
  }
}

// Where a word goes over into the next one.
TEST(InetChksumTest, OneByteAmongFull) {
  std::vector<uint8_t> bytes(65535, 0xFF);
  for (size_t at = 0; at < 20; ++at) {
    bytes[at] = 0x01;
    for (int size = 0; size <= 40; ++size) ASSERT_NO_FATAL_FAILURE(compare(bytes, size));
    bytes[at] = 0xFF;
  }
}

TEST(InetChksumTest, NothingAtAll) { EXPECT_EQ(board_inet_chksum(nullptr, 0), 0); }

}  // namespace
