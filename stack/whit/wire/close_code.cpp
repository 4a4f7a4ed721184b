// SPDX-License-Identifier: MIT
#include "whit/wire/close_code.h"

namespace whit::wire {

bool close_code_valid_on_wire(uint16_t code) {
  // RFC 6455 section 7.4.2: 3000-3999 are registered for libraries and applications, 4000-4999 are private.
  if (code >= 3000) return code <= 4999;
  // Section 7.4.1 and IANA: 1004 is reserved, 1005, 1006 and 1015 must not be sent, 1016-2999 are not assigned.
  return (code >= close_code::kNormalClosure && code <= close_code::kUnsupportedData) ||
         (code >= close_code::kInvalidPayload && code <= close_code::kBadGateway);
}

}  // namespace whit::wire
