// SPDX-License-Identifier: MIT
// Masking for hosts (RFC 6455 section 5.3): fixed blocks in local arrays, which compilers turn into vector instructions
// without having to prove that the two sides do not overlap. A block is read whole before it is written, so the
// destination may lie below the source.
#include <string.h>

#include "whit/wire/mask.h"

namespace whit::wire {
namespace {

template <size_t kWords>
void mask_block(uint8_t* destination, const uint8_t* source, uint64_t key) {
  uint64_t block[kWords];
  memcpy(block, source, sizeof block);
  for (uint64_t& word : block) word ^= key;
  memcpy(destination, block, sizeof block);
}

}  // namespace

void mask(uint8_t* destination, const uint8_t* source, size_t size, MaskKey key, size_t phase) {
  uint8_t turned[8];
  for (size_t i = 0; i < 8; ++i) turned[i] = key.bytes[(phase + i) & 3];
  uint64_t word = 0;
  memcpy(&word, turned, sizeof word);
  size_t at = 0;
  for (; size - at >= 64; at += 64) mask_block<8>(destination + at, source + at, word);
  for (; size - at >= 8; at += 8) mask_block<1>(destination + at, source + at, word);
  for (; at < size; ++at) destination[at] = source[at] ^ turned[at & 7];
}

}  // namespace whit::wire
