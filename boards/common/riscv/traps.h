// SPDX-License-Identifier: MIT
// The traps that turn a bug into a report (fault.cpp), for startup.cpp: RISC-V's physical memory protection, with
// locked regions, which hold in machine mode too (volume II, 3.7).
#pragma once

#include <stdint.h>

#include "registers.h"

extern "C" {
void board_traps();

// Made by the linker script.
extern const uint8_t board_code_start[];
extern const uint8_t board_code_guard_bytes[];
}

namespace board {

constexpr uint32_t kGuardBytes = 1u << 20;  // the linker script checks the alignment

// The address register of a region whose size is a power of two, and which lies at a multiple of it.
inline uint32_t power_of_two_region(uintptr_t address, uint32_t bytes) { return address >> 2 | (bytes / 2 - 1) >> 2; }

// Everything that is no interrupt is a fault already. Code and constants lie in RAM that takes the place of flash:
// nothing may write there.
inline void set_traps() {
  asm volatile("csrw mie, x0");
  asm volatile("csrw mtvec, %0" : : "r"(reinterpret_cast<uintptr_t>(board_traps) | 1));
  asm volatile("csrw mscratch, x0");
  const uint32_t bytes = reinterpret_cast<uintptr_t>(board_code_guard_bytes);
  asm volatile("csrw pmpaddr0, %0" : : "r"(power_of_two_region(reinterpret_cast<uintptr_t>(board_code_start), bytes)));
  interrupts_on();
}

// No access to the megabyte below the stack. Both regions begin to hold here.
inline void guard_stack(const uint32_t* bottom) {
  constexpr uint32_t kLocked = 1u << 7;
  constexpr uint32_t kPowerOfTwo = 3u << 3;
  constexpr uint32_t kExecute = 1u << 2;
  constexpr uint32_t kRead = 1u << 0;
  constexpr uint32_t kCode = kLocked | kPowerOfTwo | kExecute | kRead;
  constexpr uint32_t kGuard = kLocked | kPowerOfTwo;
  const uintptr_t guard = reinterpret_cast<uintptr_t>(bottom) - kGuardBytes;
  asm volatile("csrw pmpaddr1, %0" : : "r"(power_of_two_region(guard, kGuardBytes)));
  asm volatile("csrw pmpcfg0, %0" : : "r"(kGuard << 8 | kCode));
  barrier();
}

}  // namespace board
