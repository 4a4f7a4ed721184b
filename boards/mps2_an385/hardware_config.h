// SPDX-License-Identifier: MIT
// Numbers of the MPS2 board with ARM's application note AN385.
#pragma once

#include <stdint.h>

namespace board {

constexpr uint32_t kTicksPerMs = 25000;  // FPGAIO and CMSDK timer 0
constexpr uint32_t kAlarmInterrupt = 8;  // CMSDK timer 0
constexpr uint32_t kNicInterrupt = 13;
constexpr uint32_t kInterruptCount = 32;

constexpr uintptr_t kTimer = 0x40000000;
constexpr uintptr_t kUart = 0x40004000;
constexpr uintptr_t kFpgaIo = 0x40028000;
constexpr uintptr_t kLan9118 = 0x40200000;

}  // namespace board
