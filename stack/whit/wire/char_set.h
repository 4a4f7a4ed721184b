// SPDX-License-Identifier: MIT
// Sets of ASCII characters for the grammars of HTTP and URLs, written as their characters, stored as 128 bits.
#pragma once

#include <stddef.h>
#include <stdint.h>

namespace whit::wire {

class CharSet {
 public:
  // Letters, digits, and the characters of `others`.
  constexpr explicit CharSet(const char* others) : bits_{} {
    for (char c = '0'; c <= '9'; ++c) add(c);
    for (char c = 'A'; c <= 'Z'; ++c) add(c);
    for (char c = 'a'; c <= 'z'; ++c) add(c);
    for (; *others != '\0'; ++others) add(*others);
  }

  constexpr bool has(char c) const {
    const uint8_t code = static_cast<uint8_t>(c);
    return code < 0x80 && (bits_[code / 32] >> (code % 32) & 1) != 0;
  }

 private:
  constexpr void add(char c) {
    const uint8_t code = static_cast<uint8_t>(c);
    bits_[code / 32] |= uint32_t{1} << (code % 32);
  }

  uint32_t bits_[4];
};

}  // namespace whit::wire
