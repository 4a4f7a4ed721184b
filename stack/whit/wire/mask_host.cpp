// SPDX-License-Identifier: MIT
// Masking for hosts (RFC 6455 section 5.3): vectors of the compiler, which become one instruction each where the
// machine has them. Four are read before the first is written, and always upwards, so the destination may lie below the
// source.
#include <string.h>

#include "whit/wire/mask.h"

namespace whit::wire {
namespace {

using Vector [[gnu::vector_size(16)]] = uint64_t;

// Sixteen bytes. A memcpy of known size is an instruction, not a call.
struct Piece {
  Vector value;
  void load(const uint8_t* source) { memcpy(&value, source, sizeof value); }
  void store(uint8_t* destination) const { memcpy(destination, &value, sizeof value); }
};

// Takes `bits` off the front of a word, as it lies in memory, and puts them to its end.
uint32_t turn(uint32_t word, size_t bits) {
  const size_t others = (32 - bits) % 32;
  if (__BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__) return word >> bits | word << others;
  return word << bits | word >> others;
}

}  // namespace

void mask(uint8_t* destination, const uint8_t* source, size_t size, MaskKey key, size_t phase) {
  // The key as a word, beginning in memory with the byte that is next.
  uint32_t word = 0;
  memcpy(&word, key.bytes, sizeof word);
  word = turn(word, phase % 4 * 8);
  const uint64_t twice = uint64_t{word} << 32 | word;
  const Vector wide = {twice, twice};
  size_t at = 0;
  for (; size - at >= 64; at += 64) {
    Piece first;
    Piece second;
    Piece third;
    Piece fourth;
    first.load(source + at);
    second.load(source + at + 16);
    third.load(source + at + 32);
    fourth.load(source + at + 48);
    first.value ^= wide;
    second.value ^= wide;
    third.value ^= wide;
    fourth.value ^= wide;
    first.store(destination + at);
    second.store(destination + at + 16);
    third.store(destination + at + 32);
    fourth.store(destination + at + 48);
  }
  for (; size - at >= 8; at += 8) {
    uint64_t few = 0;
    memcpy(&few, source + at, sizeof few);
    few ^= twice;
    memcpy(destination + at, &few, sizeof few);
  }
  uint8_t turned[8];
  memcpy(turned, &twice, sizeof turned);
  for (size_t i = 0; at < size; ++at, ++i) destination[at] = source[at] ^ turned[i];
}

}  // namespace whit::wire
