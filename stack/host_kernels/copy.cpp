// SPDX-License-Identifier: MIT
// Copies for hosts: the C library's memmove is the best there is. Sizes of 0 are left out, because the pointers may then
// be null, which memmove does not allow.
#include <string.h>

#include "whit/copy.h"

namespace whit {

void copy(uint8_t* destination, const uint8_t* source, size_t size) {
  if (size != 0) memmove(destination, source, size);
}

}  // namespace whit

extern "C" void whit_copy(void* destination, const void* source, size_t size) {
  whit::copy(static_cast<uint8_t*>(destination), static_cast<const uint8_t*>(source), size);
}
