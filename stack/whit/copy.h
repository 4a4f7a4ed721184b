// SPDX-License-Identifier: MIT
// Copies of bytes that never touch a word at an unaligned address. newlib-nano's memcpy does (it traps where the
// unaligned trap is on) and picolibc's is a loop over bytes, so firmware uses these, for lwIP's MEMCPY too.
//
// The header has several sources, and a build takes one of them (stack/CMakeLists.txt): kernels/copy.cpp for
// microcontrollers, over kernels/mask.cpp; host_kernels/copy.cpp; or one of the project's own.
#pragma once

#include <stddef.h>
#include <stdint.h>

namespace whit {

// Copies `size` bytes. The two do not overlap, or `destination` lies below `source` (moving down), or both are the
// same.
void copy(uint8_t* destination, const uint8_t* source, size_t size);

}  // namespace whit

// copy() under a name that C can call: `#define MEMCPY(d, s, n) whit_copy(d, s, n)` in lwipopts.h. Returns nothing.
extern "C" void whit_copy(void* destination, const void* source, size_t size);
