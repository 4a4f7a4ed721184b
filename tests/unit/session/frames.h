// SPDX-License-Identifier: MIT
// Frames of RFC 6455, section 5.2, made by the tests themselves, with none of the code under test, in every form
// that a header can have, the wrong ones too.
#pragma once

#include <stdint.h>

#include <string>

namespace whit {

constexpr uint8_t kTestKey[4] = {0x37, 0xFA, 0x21, 0x3D};

// The bits of a frame's first byte.
enum TestFirst : uint8_t {
  kFinBit = 0x80,
  kContinued = 0x00,
  kText = 0x01,
  kBinary = 0x02,
  kClose = 0x88,
  kPing = 0x89,
  kPong = 0x8A,
  kWholeText = 0x81,
  kWholeBinary = 0x82,
  kLast = 0x80,
};

inline std::string big_endian(uint64_t value, int bytes) {
  std::string out;
  for (int i = bytes - 1; i >= 0; --i) out += static_cast<char>(value >> (8 * i));
  return out;
}

inline std::string masked_with(const uint8_t* key, std::string payload) {
  for (size_t i = 0; i < payload.size(); ++i) payload[i] = static_cast<char>(payload[i] ^ key[i % 4]);
  return payload;
}

// A header alone: `form` is 0 (the shortest), 7, 16 or 64 bits of length.
inline std::string test_header(uint8_t first, uint64_t length, bool masked, int form = 0) {
  if (form == 0) form = length < 126 ? 7 : (length < 0x10000 ? 16 : 64);
  const int mask_bit = masked ? 0x80 : 0;
  std::string out(1, static_cast<char>(first));
  if (form == 7) out += static_cast<char>(mask_bit | static_cast<int>(length));
  if (form == 16) out += static_cast<char>(mask_bit | 126) + big_endian(length, 2);
  if (form == 64) out += static_cast<char>(mask_bit | 127) + big_endian(length, 8);
  if (masked) out += std::string(reinterpret_cast<const char*>(kTestKey), 4);
  return out;
}

inline std::string test_frame(uint8_t first, const std::string& payload, bool masked, int form = 0) {
  return test_header(first, payload.size(), masked, form) + (masked ? masked_with(kTestKey, payload) : payload);
}

}  // namespace whit
