// SPDX-License-Identifier: MIT
// The portable kernel of masking for hosts, inline: it is all of mask_host.cpp, and the rest of a kernel that a board
// has for its own CPUs.
#pragma once

#include <string.h>

#include "whit/wire/mask.h"

namespace whit::wire::host {

// Vectors of the compiler, which become one instruction each where the machine has them.
using Vector [[gnu::vector_size(16)]] = uint64_t;

// Sixteen bytes. A memcpy of known size is an instruction, not a call.
struct Piece {
  Vector value;
  void load(const uint8_t* source) { memcpy(&value, source, sizeof value); }
  void store(uint8_t* destination) const { memcpy(destination, &value, sizeof value); }
};

// The key as a word that lies in memory with the byte of this phase first.
inline uint32_t turned(MaskKey key, size_t phase) {
  uint32_t word = 0;
  memcpy(&word, key.bytes, sizeof word);
  const size_t bits = phase % 4 * 8;
  const size_t others = (32 - bits) % 32;
  if (__BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__) return word >> bits | word << others;
  return word << bits | word >> others;
}

// mask() with a key that is turned already. Always upwards, and what is written together is read before, so the
// destination may lie below the source.
inline void mask_turned(uint8_t* destination, const uint8_t* source, size_t size, uint32_t key) {
  const uint64_t twice = uint64_t{key} << 32 | key;
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
  for (; size - at >= 16; at += 16) {
    Piece piece;
    piece.load(source + at);
    piece.value ^= wide;
    piece.store(destination + at);
  }
  for (; size - at >= 4; at += 4) {
    uint32_t word = 0;
    memcpy(&word, source + at, sizeof word);
    word ^= key;
    memcpy(destination + at, &word, sizeof word);
  }
  uint8_t bytes[4];
  memcpy(bytes, &key, sizeof bytes);
  for (size_t i = 0; at < size; ++at, ++i) destination[at] = source[at] ^ bytes[i];
}

}  // namespace whit::wire::host
