// SPDX-License-Identifier: MIT
// Numbers of the STM32H743 (ST RM0433: tables of the memory map and of the vectors) as it comes out of reset: all buses
// run at the 64 MHz of the internal oscillator.
#pragma once

#include <stdint.h>

namespace board {

constexpr uint32_t kClockHz = 64000000;
constexpr uint32_t kTicksPerMs = 1000;    // timer 2 counts microseconds
constexpr uint32_t kAlarmInterrupt = 28;  // timer 2
constexpr uint32_t kNicInterrupt = 61;
constexpr uint32_t kInterruptCount = 150;

// Reset and clock control.
constexpr uintptr_t kRcc = 0x58024400;
constexpr uintptr_t kRccControl = kRcc + 0x00;
constexpr uintptr_t kAhb1Clocks = kRcc + 0xD8;
constexpr uintptr_t kAhb2Clocks = kRcc + 0xDC;
constexpr uintptr_t kAhb4Clocks = kRcc + 0xE0;
constexpr uintptr_t kApb1Clocks = kRcc + 0xE8;
constexpr uintptr_t kApb4Clocks = kRcc + 0xF4;

}  // namespace board
