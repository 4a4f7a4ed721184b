// SPDX-License-Identifier: MIT
// Clock, alarm, console and LED of the MPS2 board (ARM DAI 0385) and the Cortex-M System Design Kit (ARM DDI 0479).
#include "hardware.h"

#include "board.h"
#include "hardware_config.h"
#include "registers.h"

namespace board::hardware {
namespace {

constexpr uintptr_t kFpgaLeds = 0x40028000;     // two, the first at bit 0
constexpr uintptr_t kFpgaCounter = 0x40028018;  // 25 MHz, up, free-running

constexpr uintptr_t kTimerControl = 0x40000000;
constexpr uintptr_t kTimerValue = 0x40000004;
constexpr uintptr_t kTimerReload = 0x40000008;
constexpr uintptr_t kTimerInterruptClear = 0x4000000C;
constexpr uint32_t kTimerEnable = 1u << 0;
constexpr uint32_t kTimerInterruptEnable = 1u << 3;

constexpr uintptr_t kUartData = 0x40004000;
constexpr uintptr_t kUartState = 0x40004004;
constexpr uintptr_t kUartControl = 0x40004008;
constexpr uintptr_t kUartDivider = 0x40004010;
constexpr uint32_t kUartTransmitFull = 1u << 0;

}  // namespace

void start() {
  reg(kUartDivider) = 217;  // 115200 baud from 25 MHz
  reg(kUartControl) = 1;    // transmitter on
  enable_interrupt(kAlarmInterrupt);
}

uint32_t clock_ticks() { return reg(kFpgaCounter); }

void alarm_after(uint32_t ticks) {
  alarm_stop();
  reg(kTimerReload) = 0;  // stops when it gets to zero
  reg(kTimerValue) = ticks;
  reg(kTimerControl) = kTimerEnable | kTimerInterruptEnable;
}

void alarm_stop() {
  reg(kTimerControl) = 0;
  reg(kTimerInterruptClear) = 1;
}

void console_put(char character) {
  while ((reg(kUartState) & kUartTransmitFull) != 0) {
  }
  reg(kUartData) = static_cast<uint8_t>(character);
}

}  // namespace board::hardware

void board::set_led(bool on) { reg(hardware::kFpgaLeds) = on ? 1 : 0; }

bool board::led() { return (reg(hardware::kFpgaLeds) & 1) != 0; }
