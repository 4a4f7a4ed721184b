// SPDX-License-Identifier: MIT
// Clock, alarm, console and LED of the LM3S6965 (data sheet: chapters on system control, general-purpose timers,
// watchdog timer, UART, GPIO).
//
// The clock is the watchdog's counter, with its reset off: the only 32-bit counter of this chip that can be read while
// it runs both in hardware and in QEMU (whose general-purpose timers cannot, and whose SysTick has 24 bits, so that
// an interrupt would have to count its wraps). A product that wants the watchdog uses a timer here instead.
#include "hardware.h"

#include "board.h"
#include "hardware_config.h"
#include "registers.h"

namespace board::hardware {
namespace {

constexpr uintptr_t kClockGates0 = 0x400FE100;
constexpr uintptr_t kClockGates1 = 0x400FE104;
constexpr uintptr_t kClockGates2 = 0x400FE108;

constexpr uintptr_t kWatchdogLoad = 0x40000000;
constexpr uintptr_t kWatchdogValue = 0x40000004;
constexpr uintptr_t kWatchdogControl = 0x40000008;
constexpr uintptr_t kWatchdogClear = 0x4000000C;

constexpr uintptr_t kTimerConfig = 0x40030000;
constexpr uintptr_t kTimerMode = 0x40030004;
constexpr uintptr_t kTimerControl = 0x4003000C;
constexpr uintptr_t kTimerInterruptMask = 0x40030018;
constexpr uintptr_t kTimerInterruptClear = 0x40030024;
constexpr uintptr_t kTimerLoad = 0x40030028;
constexpr uint32_t kTimerTimeout = 1;

constexpr uintptr_t kUartData = 0x4000C000;
constexpr uintptr_t kUartFlags = 0x4000C018;
constexpr uint32_t kUartTransmitFull = 1u << 5;

// The status LED of the evaluation board is at PF0. Of the data register's address, bits 2 to 9 choose the pins.
constexpr uintptr_t kPortF = 0x40025000;
constexpr uint32_t kLedPin = 1u << 0;
constexpr uintptr_t kLedData = kPortF + 4 * kLedPin;
constexpr uintptr_t kLedDirection = kPortF + 0x400;
constexpr uintptr_t kLedDigital = kPortF + 0x51C;
constexpr uint32_t kPortFClock = 1u << 5;

uint32_t ticks_before_load;

void start_led() {
  if ((reg(kClockGates2) & kPortFClock) != 0) return;
  reg(kClockGates2) = reg(kClockGates2) | kPortFClock;
  barrier();
  reg(kLedDirection) = kLedPin;
  reg(kLedDigital) = kLedPin;
}

}  // namespace

void start() {
  reg(kClockGates0) = reg(kClockGates0) | 1u << 3;                        // watchdog
  reg(kClockGates1) = reg(kClockGates1) | 1u << 16 | 1u << 0;             // timer 0, UART 0
  reg(kClockGates2) = reg(kClockGates2) | 1u << 30 | 1u << 28 | 1u << 0;  // Ethernet PHY and MAC, port A
  barrier();
  reg(kWatchdogLoad) = 0xFFFFFFFF;
  reg(kWatchdogControl) = 1;  // counts; its interrupt stays off in the NVIC, its reset is off
  reg(kTimerConfig) = 0;      // one timer of 32 bits
  reg(kTimerMode) = 1;        // one shot
  reg(kTimerInterruptMask) = kTimerTimeout;
  enable_interrupt(kAlarmInterrupt);
}

uint32_t clock_ticks() {
  const uint32_t since_load = 0xFFFFFFFF - reg(kWatchdogValue);
  if (since_load < 0x80000000) return ticks_before_load + since_load;
  // Loaded again long before it gets to zero, where it would stop after the second time. That costs the one or two
  // ticks between the read and this write, every three minutes.
  ticks_before_load += since_load;
  reg(kWatchdogClear) = 1;
  return ticks_before_load;
}

void alarm_after(uint32_t ticks) {
  reg(kTimerControl) = 0;
  reg(kTimerInterruptClear) = kTimerTimeout;
  reg(kTimerLoad) = ticks;
  reg(kTimerControl) = 1;
}

void alarm_stop() {
  reg(kTimerControl) = 0;
  reg(kTimerInterruptClear) = kTimerTimeout;
}

void console_put(char character) {
  while ((reg(kUartFlags) & kUartTransmitFull) != 0) {
  }
  reg(kUartData) = static_cast<uint8_t>(character);
}

}  // namespace board::hardware

void board::set_led(bool on) {
  hardware::start_led();
  reg(hardware::kLedData) = on ? hardware::kLedPin : 0;
}

bool board::led() {
  hardware::start_led();
  return reg(hardware::kLedData) != 0;
}
