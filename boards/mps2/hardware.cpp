// SPDX-License-Identifier: MIT
// Clock, alarm, console and LED of the MPS2 boards (ARM DAI 0385, DAI 0505) and the Cortex-M System Design Kit
// (ARM DDI 0479). The addresses are those of the application note: hardware_config.h.
#include "hardware.h"

#include "board.h"
#include "hardware_config.h"
#include "registers.h"

namespace board::hardware {
namespace {

constexpr uintptr_t kFpgaLeds = kFpgaIo;            // two, the first at bit 0
constexpr uintptr_t kFpgaCounter = kFpgaIo + 0x18;  // up, free-running

constexpr uintptr_t kTimerControl = kTimer + 0x00;
constexpr uintptr_t kTimerValue = kTimer + 0x04;
constexpr uintptr_t kTimerReload = kTimer + 0x08;
constexpr uintptr_t kTimerInterruptClear = kTimer + 0x0C;
constexpr uint32_t kTimerEnable = 1u << 0;
constexpr uint32_t kTimerInterruptEnable = 1u << 3;

constexpr uintptr_t kUartData = kUart + 0x00;
constexpr uintptr_t kUartState = kUart + 0x04;
constexpr uintptr_t kUartControl = kUart + 0x08;
constexpr uintptr_t kUartDivider = kUart + 0x10;
constexpr uint32_t kUartTransmitFull = 1u << 0;

}  // namespace

void start() {
  reg(kUartDivider) = kTicksPerMs * 1000 / 115200;  // baud; the UART has the clock of the timers
  reg(kUartControl) = 1;                            // transmitter on
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
