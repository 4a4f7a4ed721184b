// SPDX-License-Identifier: MIT
// The CPU for the sources of common/, by registers.h: Cortex-M3, M4, M7 and M33, with the registers that all of them
// have (ARMv7-M Architecture Reference Manual, chapters B3.2 to B3.5).
#pragma once

#include <stdint.h>

namespace board {

constexpr uintptr_t kAircr = 0xE000ED0C;  // application interrupt and reset control
constexpr uintptr_t kCcr = 0xE000ED14;    // configuration and control
constexpr uintptr_t kShcsr = 0xE000ED24;  // system handler control
constexpr uintptr_t kCfsr = 0xE000ED28;   // configurable fault status
constexpr uintptr_t kMmfar = 0xE000ED34;  // address of a MemManage fault
constexpr uintptr_t kBfar = 0xE000ED38;   // address of a BusFault
constexpr uintptr_t kMpuControl = 0xE000ED94;
constexpr uintptr_t kMpuRegion = 0xE000ED98;
constexpr uintptr_t kMpuBase = 0xE000ED9C;
constexpr uintptr_t kMpuAttributes = 0xE000EDA0;
constexpr uintptr_t kNvicEnable = 0xE000E100;  // one bit per interrupt, 32 per word

inline void enable_interrupt(uint32_t number) { reg(kNvicEnable + 4 * (number / 32)) = 1u << (number % 32); }

inline void interrupts_off() { asm volatile("cpsid i" ::: "memory"); }
inline void interrupts_on() { asm volatile("cpsie i\n isb" ::: "memory"); }
inline void wait_for_interrupt() { asm volatile("dsb\n wfi" ::: "memory"); }
inline void barrier() { asm volatile("dsb\n isb" ::: "memory"); }

inline bool in_interrupt() {
  uint32_t exception;
  asm volatile("mrs %0, ipsr" : "=r"(exception));
  return exception != 0;
}

// Begins with reset again (SYSRESETREQ).
[[noreturn]] inline void restart() {
  reg(kAircr) = 0x05FA0004;
  barrier();
  while (true) wait_for_interrupt();
}

}  // namespace board
