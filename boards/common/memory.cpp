// SPDX-License-Identifier: MIT
// memcpy, for the calls that the compiler makes by itself (copied structures) and that C code makes by name. The
// C library's would load unaligned words (newlib-nano), which traps here, or copy byte by byte (picolibc).
#include <stddef.h>

#include "whit/wire/copy.h"

extern "C" void* memcpy(void* destination, const void* source, size_t size) {
  whit_copy(destination, source, size);
  return destination;
}
