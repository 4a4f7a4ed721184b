// SPDX-License-Identifier: MIT
// The one stack of the firmware, interrupts included. Its size stands in the board's memory.ld.
#pragma once

#include <stdint.h>

// Bytes that were ever in use: the high-water mark of the paint that reset put on it.
uint32_t board_stack_used();

uint32_t board_stack_size();
