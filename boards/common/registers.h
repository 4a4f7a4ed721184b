// SPDX-License-Identifier: MIT
// Access to memory-mapped registers, and with it what every driver needs of the CPU (cpu.h of the architecture).
#pragma once

#include <stdint.h>

namespace board {

inline volatile uint32_t& reg(uintptr_t address) { return *reinterpret_cast<volatile uint32_t*>(address); }

// Reads a register for the effect of reading it, as a FIFO has.
inline void discard(uintptr_t address) { [[maybe_unused]] const uint32_t value = reg(address); }

}  // namespace board

#include "cpu.h"
