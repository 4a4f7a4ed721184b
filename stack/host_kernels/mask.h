// SPDX-License-Identifier: MIT
// The portable kernel of masking for hosts, inline: it is all of mask.cpp, and the rest of a kernel for particular
// CPUs (x86/).
#pragma once

#include <string.h>

#include "whit/kernels/mask.h"

namespace whit::kernels::host {

// Vectors of the compiler, which become one instruction each where the machine has them.
using Vector [[gnu::vector_size(16)]] = uint64_t;

// Sixteen bytes. A memcpy of known size is an instruction, not a call.
struct Piece {
  Vector value;
  void load(const uint8_t* source) { memcpy(&value, source, sizeof value); }
  void store(uint8_t* destination) const { memcpy(destination, &value, sizeof value); }
};

// The key as a word that lies in memory as it does.
inline uint32_t word_of(MaskKey key) {
  uint32_t word = 0;
  memcpy(&word, key.bytes, sizeof word);
  return word;
}

// mask(). Always upwards, and what is written together is read before, so the destination may lie below the source.
inline MaskKey mask(uint8_t* destination, const uint8_t* source, size_t size, MaskKey whole_key) {
  const uint32_t key = word_of(whole_key);
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
  for (; at < size; ++at) {
    const uint8_t first = whole_key.bytes[0];
    destination[at] = source[at] ^ first;
    whole_key = {{whole_key.bytes[1], whole_key.bytes[2], whole_key.bytes[3], first}};
  }
  return whole_key;
}

}  // namespace whit::kernels::host
