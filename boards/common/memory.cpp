// SPDX-License-Identifier: MIT
// memcpy and memset, for the calls that the compiler makes by itself (structures) and that C code makes by name. The C
// library's memcpy would load unaligned words (newlib-nano), which traps here, or go byte by byte (picolibc, memset
// too). Compiled with -fno-tree-loop-distribute-patterns, else the loop below would become a call of itself.
#include <stddef.h>
#include <stdint.h>

#include "whit/copy.h"

extern "C" void* memcpy(void* destination, const void* source, size_t size) {
  whit_copy(destination, source, size);
  return destination;
}

extern "C" void* memset(void* destination, int value, size_t size) {
  uint8_t* byte = static_cast<uint8_t*>(destination);
  const uint8_t fill = static_cast<uint8_t>(value);
  for (; size != 0 && (reinterpret_cast<uintptr_t>(byte) & 3) != 0; --size) *byte++ = fill;
  const uint32_t fill_word = fill * 0x01010101u;
  uint32_t* word = static_cast<uint32_t*>(static_cast<void*>(byte));
  for (; size >= 16; size -= 16, word += 4) word[0] = word[1] = word[2] = word[3] = fill_word;
  for (; size >= 4; size -= 4) *word++ = fill_word;
  byte = static_cast<uint8_t*>(static_cast<void*>(word));
  for (; size != 0; --size) *byte++ = fill;
  return destination;
}
