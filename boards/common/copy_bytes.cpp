// SPDX-License-Identifier: MIT
// lwIP's SMEMCPY: for sizes that are not worth looking at alignments, of at least one byte. It is called at the deepest
// place of the stack, so it has no frame.
#include <stddef.h>
#include <stdint.h>

extern "C" void board_copy_bytes(void* destination, const void* source, size_t size) {
  uint8_t* to = static_cast<uint8_t*>(destination);
  const uint8_t* from = static_cast<const uint8_t*>(source);
  do {
    *to++ = *from++;
  } while (--size != 0);
}
