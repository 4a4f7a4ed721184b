// SPDX-License-Identifier: MIT
// The portable kernel of UTF-8 for hosts, inline: it is all of utf8.cpp, and the rest of a kernel for particular CPUs
// (x86/). A state machine whose next state is one table look-up and one shift, independent of what came
// before but for the shift; blocks of ASCII are skipped with vector instructions. Costs 2 KiB of table.
#pragma once

#include <string.h>

#include "whit/kernels/utf8.h"

namespace whit::kernels::host {

// States are numbered by their shift: the row of a byte holds, six bits for each state, the state that follows it.
enum State : uint32_t {
  kStart = 0,        // no character is unfinished; must be zero, see the header
  kRefused = 6,      // stays so
  kOneMissing = 12,  // 80..BF
  kTwoMissing = 18,  // 80..BF, then one more
  kThreeMissing = 24,
  kAfterE0 = 30,  // A0..BF: below would be overlong
  kAfterED = 36,  // 80..9F: above are surrogates
  kAfterF0 = 42,  // 90..BF: below would be overlong
  kAfterF4 = 48,  // 80..8F: above is beyond U+10FFFF
  kStates = 54,
};

constexpr State after_start(unsigned byte) {
  if (byte < 0x80) return kStart;
  if (byte < 0xC2 || byte > 0xF4) return kRefused;
  if (byte < 0xE0) return kOneMissing;
  if (byte == 0xE0) return kAfterE0;
  if (byte == 0xED) return kAfterED;
  if (byte < 0xF0) return kTwoMissing;
  if (byte == 0xF0) return kAfterF0;
  return byte == 0xF4 ? kAfterF4 : kThreeMissing;
}

constexpr State if_between(unsigned byte, unsigned low, unsigned high, State next) {
  return byte >= low && byte <= high ? next : kRefused;
}

constexpr State after(State state, unsigned byte) {
  switch (state) {
    case kStart:
      return after_start(byte);
    case kOneMissing:
      return if_between(byte, 0x80, 0xBF, kStart);
    case kTwoMissing:
      return if_between(byte, 0x80, 0xBF, kOneMissing);
    case kThreeMissing:
      return if_between(byte, 0x80, 0xBF, kTwoMissing);
    case kAfterE0:
      return if_between(byte, 0xA0, 0xBF, kOneMissing);
    case kAfterED:
      return if_between(byte, 0x80, 0x9F, kOneMissing);
    case kAfterF0:
      return if_between(byte, 0x90, 0xBF, kTwoMissing);
    case kAfterF4:
      return if_between(byte, 0x80, 0x8F, kTwoMissing);
    default:
      return kRefused;
  }
}

struct Table {
  uint64_t rows[256];
};

constexpr Table make_table() {
  Table table{};
  for (unsigned byte = 0; byte < 256; ++byte) {
    for (unsigned state = 0; state < kStates; state += 6) {
      table.rows[byte] |= static_cast<uint64_t>(after(static_cast<State>(state), byte)) << state;
    }
  }
  return table;
}

inline constexpr Table kTable = make_table();

// A memcpy of known size is an instruction, not a call.
inline uint64_t word_at(const uint8_t* data) {
  uint64_t word = 0;
  memcpy(&word, data, sizeof word);
  return word;
}

inline bool is_ascii(uint64_t words) { return (words & 0x8080808080808080) == 0; }

// Only the low six bits of the state mean anything on the way; a shift by a 64-bit number takes no more of it anyway.
inline uint64_t run(uint64_t state, const uint8_t* data, size_t size) {
  for (size_t i = 0; i < size; ++i) state = kTable.rows[data[i]] >> (state & 63);
  return state & 63;
}

// The state after these bytes; kRefused as soon as there is a wrong one, and from then on.
inline uint64_t feed(uint64_t state, const uint8_t* data, size_t size) {
  for (; size >= 32; data += 32, size -= 32) {
    if (state == kStart && is_ascii(word_at(data) | word_at(data + 8) | word_at(data + 16) | word_at(data + 24)))
      continue;
    state = run(state, data, 32);
    if (state == kRefused) return state;
  }
  for (; size >= 8; data += 8, size -= 8) {
    if (state != kStart || !is_ascii(word_at(data))) state = run(state, data, 8);
  }
  return run(state, data, size);
}

}  // namespace whit::kernels::host
