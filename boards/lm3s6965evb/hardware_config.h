// SPDX-License-Identifier: MIT
// Numbers of the LM3S6965 (data sheet, "Interrupts") as QEMU's lm3s6965evb runs it.
#pragma once

#include <stdint.h>

namespace board {

constexpr uint32_t kTicksPerMs = 12500;   // the system clock after reset
constexpr uint32_t kAlarmInterrupt = 19;  // general-purpose timer 0A
constexpr uint32_t kNicInterrupt = 42;
constexpr uint32_t kInterruptCount = 44;

}  // namespace board
