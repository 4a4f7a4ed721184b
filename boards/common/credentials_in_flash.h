// SPDX-License-Identifier: MIT
// The credentials that credentials.cmake puts into flash: DER, padded, so that the size of an image does not depend on
// that of a signature.
#pragma once

#include <stddef.h>
#include <stdint.h>

namespace board {

extern const uint8_t flash_authority[];
extern const size_t flash_authority_size;
extern const uint8_t flash_certificate[];
extern const size_t flash_certificate_size;
extern const uint8_t flash_key[];
extern const size_t flash_key_size;
extern const int64_t flash_build_time;

}  // namespace board
