// SPDX-License-Identifier: MIT
// Masking for hosts (RFC 6455 section 5.3), on any CPU.
#include "whit/wire/mask_host.h"

namespace whit::wire {

MaskKey mask(uint8_t* destination, const uint8_t* source, size_t size, MaskKey key) {
  return host::mask(destination, source, size, key);
}

}  // namespace whit::wire
