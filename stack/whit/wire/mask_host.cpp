// SPDX-License-Identifier: MIT
// Masking for hosts (RFC 6455 section 5.3): vectors of the compiler, which become one instruction each where the
// machine has them. Four are read before the first is written, and always upwards, so the destination may lie below the
// source.
#include <string.h>

#include "whit/wire/mask.h"

namespace whit::wire {
namespace {

using Vector [[gnu::vector_size(16)]] = uint64_t;

// Loads and stores at any address: a memcpy of known size is an instruction, not a call.
template <typename T>
T load(const uint8_t* source) {
  T value;
  memcpy(&value, source, sizeof value);
  return value;
}

template <typename T>
void store(uint8_t* destination, T value) {
  memcpy(destination, &value, sizeof value);
}

// Takes `bits` off the front of a word, as it lies in memory, and puts them to its end.
uint32_t turn(uint32_t word, size_t bits) {
  const size_t others = (32 - bits) % 32;
  if (__BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__) return word >> bits | word << others;
  return word << bits | word >> others;
}

}  // namespace

void mask(uint8_t* destination, const uint8_t* source, size_t size, MaskKey key, size_t phase) {
  // The key as a word, beginning in memory with the byte that is next.
  const uint32_t word = turn(load<uint32_t>(key.bytes), phase % 4 * 8);
  const uint64_t twice = uint64_t{word} << 32 | word;
  const Vector wide = {twice, twice};
  size_t at = 0;
  for (; size - at >= 64; at += 64) {
    const Vector first = load<Vector>(source + at);
    const Vector second = load<Vector>(source + at + 16);
    const Vector third = load<Vector>(source + at + 32);
    const Vector fourth = load<Vector>(source + at + 48);
    store(destination + at, first ^ wide);
    store(destination + at + 16, second ^ wide);
    store(destination + at + 32, third ^ wide);
    store(destination + at + 48, fourth ^ wide);
  }
  for (; size - at >= 8; at += 8) store(destination + at, load<uint64_t>(source + at) ^ twice);
  uint8_t turned[8];
  store(turned, twice);
  for (size_t i = 0; at < size; ++at, ++i) destination[at] = source[at] ^ turned[i];
}

}  // namespace whit::wire
