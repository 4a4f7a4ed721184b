// SPDX-License-Identifier: MIT
#include "whit/wire/frame.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <string>
#include <vector>

namespace whit::wire {
namespace {

constexpr kernels::MaskKey kKey = {{0x37, 0xFA, 0x21, 0x3D}};

using Header = std::vector<uint8_t>;

Header encode(Opcode opcode, bool fin, size_t length, const kernels::MaskKey* key) {
  uint8_t out[kMaxFrameHeader + 1];
  for (uint8_t& byte : out) byte = 0xA5;
  const size_t size = encode_frame_header(out, opcode, fin, length, key);
  for (size_t i = size; i < sizeof out; ++i) EXPECT_EQ(out[i], 0xA5) << "byte " << i << " after the header";
  return Header(out, out + size);
}

enum class Said { kMore, kComplete, kInvalid };

// The answer of a reader to `bytes`; `*taken` is how many it took.
Said read(Role receiver, const Header& bytes, FrameHeader* header, size_t* taken) {
  *header = {};
  for (*taken = 0; *taken < bytes.size() && !header->complete();) {
    if (header->take(receiver, &bytes[(*taken)++], 1) == 0) return Said::kInvalid;
    EXPECT_TRUE(header->begun());
  }
  return header->complete() ? Said::kComplete : Said::kMore;
}

bool valid(Role receiver, const Header& bytes) {
  FrameHeader header;
  size_t taken = 0;
  return read(receiver, bytes, &header, &taken) != Said::kInvalid;
}

// A whole header, for whom it is meant.
bool decode(const Header& bytes, FrameHeader* header) {
  size_t taken = 0;
  const Role receiver = bytes[1] >= 128 ? Role::kServer : Role::kClient;
  return read(receiver, bytes, header, &taken) == Said::kComplete && taken == bytes.size();
}

// --- RFC 6455 section 5.7 -------------------------------------------------------------------------------------------

struct Example {
  const char* name;
  Header bytes;
  Opcode opcode;
  bool fin;
  uint64_t length;
  bool masked;
};

const std::vector<Example>& examples() {
  static const std::vector<Example> all = {
      {"unmasked text", {0x81, 0x05}, Opcode::kText, true, 5, false},
      {"masked text", {0x81, 0x85, 0x37, 0xFA, 0x21, 0x3D}, Opcode::kText, true, 5, true},
      {"first fragment", {0x01, 0x03}, Opcode::kText, false, 3, false},
      {"last fragment", {0x80, 0x02}, Opcode::kContinuation, true, 2, false},
      {"ping", {0x89, 0x05}, Opcode::kPing, true, 5, false},
      {"masked pong", {0x8A, 0x85, 0x37, 0xFA, 0x21, 0x3D}, Opcode::kPong, true, 5, true},
      {"256 bytes", {0x82, 0x7E, 0x01, 0x00}, Opcode::kBinary, true, 256, false},
      {"64 KiB", {0x82, 0x7F, 0, 0, 0, 0, 0, 1, 0, 0}, Opcode::kBinary, true, 65536, false},
  };
  return all;
}

TEST(Frame, ExamplesOfTheRfcAreWritten) {
  for (const Example& example : examples()) {
    EXPECT_EQ(encode(example.opcode, example.fin, example.length, example.masked ? &kKey : nullptr), example.bytes)
        << example.name;
  }
}

TEST(Frame, ExamplesOfTheRfcAreRead) {
  for (const Example& example : examples()) {
    FrameHeader header;
    ASSERT_TRUE(decode(example.bytes, &header)) << example.name;
    EXPECT_EQ(header.opcode(), example.opcode) << example.name;
    EXPECT_EQ(header.fin(), example.fin) << example.name;
    EXPECT_EQ(header.length, example.length) << example.name;
    for (size_t i = 0; i < 4; ++i) EXPECT_EQ(header.key.bytes[i], example.masked ? kKey.bytes[i] : 0) << example.name;
  }
}

// --- the first two bytes --------------------------------------------------------------------------------------------

// RFC 6455 sections 5.1, 5.2 and 5.5, written as a table: 1 for the opcodes that exist.
constexpr bool kDefined[16] = {true, true, true, false, false, false, false, false,
                               true, true, true, false, false, false, false, false};

TEST(Frame, FirstByteAgainstTheTable) {
  for (unsigned first = 0; first < 256; ++first) {
    const unsigned opcode = first % 16;
    const bool fin = first >= 128;
    const bool reserved_bits = first / 16 % 8 != 0;
    const bool expected = kDefined[opcode] && !reserved_bits && (fin || opcode < 8);
    const uint8_t byte = static_cast<uint8_t>(first);
    EXPECT_EQ(valid(Role::kServer, {byte}), expected) << first;
    EXPECT_EQ(valid(Role::kClient, {byte}), expected) << first;
  }
}

TEST(Frame, All65536FirstTwoBytesAgainstTheTable) {
  size_t differences = 0;
  for (unsigned both = 0; both < 0x10000; ++both) {
    const Header bytes = {static_cast<uint8_t>(both / 256), static_cast<uint8_t>(both % 256)};
    const unsigned opcode = bytes[0] % 16;
    const bool fin = bytes[0] >= 128;
    const bool masked = bytes[1] >= 128;
    const unsigned length = bytes[1] % 128;
    bool expected = kDefined[opcode] && bytes[0] / 16 % 8 == 0;
    if (opcode >= 8) expected = expected && fin && length <= 125;
    differences += valid(Role::kServer, bytes) != (expected && masked) ? 1U : 0U;
    differences += valid(Role::kClient, bytes) != (expected && !masked) ? 1U : 0U;
  }
  EXPECT_EQ(differences, 0U);
}

TEST(Frame, HeaderSizeForEverySecondByte) {
  for (unsigned second = 0; second < 256; ++second) {
    const unsigned length = second % 128;
    const size_t expected = (length == 127 ? 10U : length == 126 ? 4U : 2U) + (second >= 128 ? 4U : 0U);
    Header bytes(20, 1);  // a length that is in its shortest form
    bytes[0] = 0x82;
    bytes[1] = static_cast<uint8_t>(second);
    FrameHeader header;
    size_t taken = 0;
    const Role receiver = second >= 128 ? Role::kServer : Role::kClient;
    EXPECT_EQ(read(receiver, bytes, &header, &taken), Said::kComplete);
    EXPECT_EQ(taken, expected) << second;
  }
}

TEST(Frame, StartsAgain) {
  FrameHeader header = {};
  EXPECT_FALSE(header.begun());
  for (const uint8_t second : {0x85, 0x00}) {
    const Header bytes = {0x81, second, 1, 2, 3, 4};
    const bool masked = second >= 128;
    size_t taken = 0;
    const Role receiver = masked ? Role::kServer : Role::kClient;
    while (!header.complete()) ASSERT_EQ(header.take(receiver, &bytes.at(taken++), 1), 1u);
    EXPECT_EQ(taken, masked ? 6u : 2u);
    EXPECT_EQ(header.length, masked ? 5u : 0u);
    EXPECT_EQ(header.key.bytes[3], masked ? 4 : 0);
    header.restart();
    EXPECT_FALSE(header.begun() || header.complete());
  }
}

// --- lengths --------------------------------------------------------------------------------------------------------

Header with_length16(unsigned length) {
  return {0x82, 0x7E, static_cast<uint8_t>(length / 256), static_cast<uint8_t>(length % 256)};
}

Header with_length64(uint64_t length) {
  Header header = {0x82, 0x7F};
  for (int shift = 56; shift >= 0; shift -= 8) header.push_back(static_cast<uint8_t>(length >> shift));
  return header;
}

TEST(Frame, All65536LengthsOfTwoBytes) {
  for (unsigned length = 0; length < 0x10000; ++length) {
    FrameHeader header;
    const bool decoded = decode(with_length16(length), &header);
    ASSERT_EQ(decoded, length >= 126) << length;
    if (decoded) {
      ASSERT_EQ(header.length, length);
    }
  }
}

TEST(Frame, LengthsOfEightBytes) {
  for (const uint64_t length :
       {UINT64_C(0x10000), UINT64_C(0x10001), UINT64_C(0x7FFFFFFF), UINT64_C(0x80000000), UINT64_C(0xFFFFFFFF),
        UINT64_C(0x100000000), UINT64_C(0x100000005), UINT64_C(0x0123456789ABCDEF), UINT64_C(0x7FFFFFFFFFFFFFFF)}) {
    FrameHeader header;
    ASSERT_TRUE(decode(with_length64(length), &header)) << length;
    EXPECT_EQ(header.length, length);
  }
}

TEST(Frame, RefusesLengthsOfEightBytesThatAreTooShortOrTooLong) {
  for (const uint64_t length :
       {UINT64_C(0), UINT64_C(1), UINT64_C(125), UINT64_C(126), UINT64_C(0xFFFF), UINT64_C(0x8000000000000000),
        UINT64_C(0x8000000000010000), UINT64_C(0xFFFFFFFFFFFFFFFF)}) {
    FrameHeader header;
    EXPECT_FALSE(decode(with_length64(length), &header)) << length;
  }
}

TEST(Frame, WritesTheShortestFormAndReadsItBack) {
  struct Case {
    uint64_t length;
    size_t size;
  };
  for (const Case c : {Case{0, 2},
                       {1, 2},
                       {125, 2},
                       {126, 4},
                       {127, 4},
                       {255, 4},
                       {256, 4},
                       {65535, 4},
                       {65536, 10},
                       {UINT64_C(0xFFFFFFFF), 10},
                       {UINT64_C(0x100000000), 10},
                       {UINT64_C(0x7FFFFFFFFFFFFFFF), 10}}) {
    for (const kernels::MaskKey* key : {static_cast<const kernels::MaskKey*>(nullptr), &kKey}) {
      const size_t expected = c.size + (key != nullptr ? 4 : 0);
      if (c.length > SIZE_MAX) continue;
      const auto length = static_cast<size_t>(c.length);
      EXPECT_EQ(frame_overhead(key != nullptr ? Role::kClient : Role::kServer, length), expected) << c.length;
      const Header bytes = encode(Opcode::kBinary, true, length, key);
      ASSERT_EQ(bytes.size(), expected) << c.length;
      FrameHeader header;
      ASSERT_TRUE(decode(bytes, &header)) << c.length;
      EXPECT_EQ(header.length, c.length);
      for (size_t i = 0; i < 4; ++i) EXPECT_EQ(header.key.bytes[i], key != nullptr ? kKey.bytes[i] : 0);
    }
  }
}

TEST(Frame, EveryOpcodeWithAndWithoutFin) {
  for (const unsigned opcode : {0U, 1U, 2U, 8U, 9U, 10U}) {
    const uint8_t first = static_cast<uint8_t>(opcode);
    const uint8_t last = static_cast<uint8_t>(opcode + 128);
    EXPECT_EQ(encode(static_cast<Opcode>(opcode), false, 0, nullptr), (Header{first, 0}));
    EXPECT_EQ(encode(static_cast<Opcode>(opcode), true, 0, nullptr), (Header{last, 0}));
  }
}

TEST(Frame, KeyFollowsTheLength) {
  EXPECT_EQ(encode(Opcode::kText, false, 126, &kKey), (Header{0x01, 0xFE, 0x00, 0x7E, 0x37, 0xFA, 0x21, 0x3D}));
  EXPECT_EQ(encode(Opcode::kContinuation, true, 65536, &kKey),
            (Header{0x80, 0xFF, 0, 0, 0, 0, 0, 1, 0, 0, 0x37, 0xFA, 0x21, 0x3D}));
}

TEST(Frame, ControlOpcodes) {
  EXPECT_FALSE(is_control(Opcode::kContinuation));
  EXPECT_FALSE(is_control(Opcode::kText));
  EXPECT_FALSE(is_control(Opcode::kBinary));
  EXPECT_TRUE(is_control(Opcode::kClose));
  EXPECT_TRUE(is_control(Opcode::kPing));
  EXPECT_TRUE(is_control(Opcode::kPong));
}

}  // namespace
}  // namespace whit::wire
