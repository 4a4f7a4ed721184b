// SPDX-License-Identifier: MIT
// The traps that turn a bug into a report (fault.cpp), for startup.cpp.
#pragma once

#include <stdint.h>

#include "registers.h"

namespace board {

inline void set_traps() {
  reg(kCcr) = reg(kCcr) | 1u << 3 | 1u << 4;  // unaligned access, division by zero
  reg(kShcsr) = reg(kShcsr) | 7u << 16;       // MemManage, BusFault, UsageFault
  barrier();
}

#if __ARM_ARCH >= 8

// ARMv8-M has a limit of the stack in the CPU: whatever would move the stack pointer below it is a UsageFault.
inline void guard_stack(const uint32_t* bottom) { asm volatile("msr msplim, %0" : : "r"(bottom)); }

#else

// Below the stack there is no memory on these boards, but their buses take writes to it in silence; a region of the MPU
// without any access makes it a fault. It costs no RAM and is far larger than a guard inside the stack could be, so no
// large frame can jump over it.
inline void guard_stack(const uint32_t* bottom) {
  constexpr uint32_t kGuardSizeField = 19;  // 2^(19 + 1) bytes: 1 MiB; the linker script checks the alignment
  constexpr uint32_t kGuardBytes = 1u << (kGuardSizeField + 1);
  constexpr uint32_t kExecuteNever = 1u << 28;
  reg(kMpuRegion) = 0;
  reg(kMpuBase) = reinterpret_cast<uintptr_t>(bottom) - kGuardBytes;
  reg(kMpuAttributes) = kExecuteNever | kGuardSizeField << 1 | 1;
  reg(kMpuControl) = 5;  // on; everything else as without an MPU
  barrier();
}

#endif

}  // namespace board
