// SPDX-License-Identifier: MIT
// The CPU for the sources of common/, by registers.h: RISC-V of 32 bits in machine mode (The RISC-V Instruction Set
// Manual, volume II, chapter 3), with a platform-level interrupt controller (RISC-V PLIC Specification 1.0).
#pragma once

#include <stdint.h>

namespace board {

// Of the interrupt controller: hart 0, machine mode.
void enable_interrupt(uint32_t number);

// Of the machine timer, which calls board_alarm_interrupt().
inline void enable_timer_interrupt() { asm volatile("csrs mie, %0" : : "r"(1u << 7)); }

inline void interrupts_off() { asm volatile("csrci mstatus, 8" ::: "memory"); }
inline void interrupts_on() { asm volatile("csrsi mstatus, 8" ::: "memory"); }
inline void barrier() { asm volatile("fence iorw, iorw" ::: "memory"); }
inline void wait_for_interrupt() { asm volatile("wfi" ::: "memory"); }

// The CPU itself does not say it; interrupts.cpp notes it in the register that the architecture leaves to software.
inline bool in_interrupt() {
  uint32_t scratch;
  asm volatile("csrr %0, mscratch" : "=r"(scratch));
  return scratch != 0;
}

// Begins with reset again. RISC-V has no register for it, so the board does it (hardware.cpp).
[[noreturn]] void restart();

}  // namespace board
