// SPDX-License-Identifier: MIT
// Numbers of the MPS2 board with ARM's application note AN505. The CPU starts in the secure state and stays there, so
// all addresses are the secure ones, and neither the SAU nor a protection controller has to be set.
#pragma once

#include <stdint.h>

namespace board {

constexpr uint32_t kTicksPerMs = 20000;  // FPGAIO and CMSDK timer 0
constexpr uint32_t kAlarmInterrupt = 3;  // CMSDK timer 0
constexpr uint32_t kNicInterrupt = 48;
constexpr uint32_t kInterruptCount = 96;

constexpr uintptr_t kTimer = 0x50000000;
constexpr uintptr_t kUart = 0x50200000;
constexpr uintptr_t kFpgaIo = 0x50302000;
constexpr uintptr_t kLan9118 = 0x52000000;

}  // namespace board
