// SPDX-License-Identifier: MIT
// Masking of payload: RFC 6455 section 5.3. The same operation in both directions.
// The key comes from the caller: this file has no idea of randomness.
//
// One header, several sources, one of which is built (stack/CMakeLists.txt): mask.cpp beside it (aligned words, for
// microcontrollers), host_kernels/mask.cpp, host_kernels/x86/mask.cpp, or one of the project's own.
#pragma once

#include <stddef.h>
#include <stdint.h>

namespace whit::kernels {

struct alignas(4) MaskKey {
  uint8_t bytes[4];  // in the order of the wire
};

// destination[i] = source[i] ^ key.bytes[i % 4] for all i below `size`. Returns the key with which the next bytes of
// the same payload go on. `destination` may be `source`, or lie below it and overlap it (unmasking while moving down).
// It must not lie above and overlap. Any alignment of both; no word is ever read or written at an address that is not
// its multiple.
MaskKey mask(uint8_t* destination, const uint8_t* source, size_t size, MaskKey key);

}  // namespace whit::kernels
