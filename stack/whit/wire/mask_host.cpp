// SPDX-License-Identifier: MIT
// Masking for hosts (RFC 6455 section 5.3), on any CPU.
#include "whit/wire/mask_host.h"

namespace whit::wire {

void mask(uint8_t* destination, const uint8_t* source, size_t size, MaskKey key, size_t phase) {
  host::mask_turned(destination, source, size, host::turned(key, phase));
}

}  // namespace whit::wire
