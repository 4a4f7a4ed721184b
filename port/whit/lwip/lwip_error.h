// SPDX-License-Identifier: MIT
// The numbers of Transport::error() and Cause::code of the lwIP port (err_t) in words. A program that does not name the
// function does not link it.
#pragma once

#include <stdint.h>

namespace whit {

// One line in English, without a full stop; never nullptr. For the step of the connection in which it came:
// `resolving` is true for Layer::kResolve and Cause::kResolve, where lwIP has one number for a name that does not exist
// and for name servers that do not answer.
const char* lwip_error_text(int32_t error, bool resolving);

}  // namespace whit
