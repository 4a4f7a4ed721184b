// SPDX-License-Identifier: MIT
// Which codes a Close frame may carry: RFC 6455 section 7.4. Their names are in vocabulary.h.
#pragma once

#include <stdint.h>

#include "whit/vocabulary.h"

namespace whit::wire {

// True for the codes that a Close frame may carry, in either direction: 1000-1003, 1007-1014 and 3000-4999.
// Anything else that arrives is a protocol error (1002), and is never sent.
bool close_code_valid_on_wire(uint16_t code);

}  // namespace whit::wire
