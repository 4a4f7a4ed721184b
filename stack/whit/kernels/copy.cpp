// SPDX-License-Identifier: MIT
// Copies for microcontrollers, on the word kernel of mask.cpp: a key of zeros changes nothing.
// None of these loops may become a call of memcpy or memmove, which is what they stand in for. A compiler may put a
// call only where it knows that the sides do not overlap, or how; here it knows neither. Should the file ever be
// optimised together with callers that know (LTO), give it -fno-tree-loop-distribute-patterns.
#include "whit/copy.h"

#include "whit/kernels/mask.h"

namespace whit {

void copy(uint8_t* destination, const uint8_t* source, size_t size) {
  kernels::mask(destination, source, size, kernels::MaskKey{});
}

}  // namespace whit

extern "C" void whit_copy(void* destination, const void* source, size_t size) {
  whit::copy(static_cast<uint8_t*>(destination), static_cast<const uint8_t*>(source), size);
}
