// SPDX-License-Identifier: MIT
// Masking for hosts (RFC 6455 section 5.3), on any CPU.
#include "host_kernels/mask.h"

namespace whit::kernels {

MaskKey mask(uint8_t* destination, const uint8_t* source, size_t size, MaskKey key) {
  return host::mask(destination, source, size, key);
}

}  // namespace whit::kernels
