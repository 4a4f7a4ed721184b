// SPDX-License-Identifier: MIT
// Additions to board::print for the boards without an operating system. No printf: a line is put together from pieces.
#pragma once

#include <stdint.h>

namespace board {

// Writes name=0x and eight digits.
void print_hex(const char* name, uint32_t value);

}  // namespace board
