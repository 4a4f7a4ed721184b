// SPDX-License-Identifier: MIT
// Clock, alarm and console of QEMU's RISC-V machine: the machine timer (RISC-V ACLINT Specification 1.0, chapter 2) and
// an UART of type 16550.
#include "hardware.h"

#include "board.h"
#include "hardware_config.h"
#include "registers.h"

namespace board::hardware {
namespace {

constexpr uintptr_t kCompareLow = 0x02004000;
constexpr uintptr_t kCompareHigh = 0x02004004;
constexpr uintptr_t kTimeLow = 0x0200BFF8;
constexpr uintptr_t kTimeHigh = 0x0200BFFC;
constexpr uint32_t kNever = 0xFFFFFFFF;

constexpr uintptr_t kUartData = 0x10000000;
constexpr uintptr_t kUartLineStatus = 0x10000005;
constexpr uint8_t kUartTransmitEmpty = 1u << 5;

constexpr uintptr_t kTestDevice = 0x00100000;
constexpr uint32_t kReset = 0x7777;

volatile uint8_t& byte_reg(uintptr_t address) { return *reinterpret_cast<volatile uint8_t*>(address); }

bool led_is_on;

}  // namespace

void start() {
  alarm_stop();
  enable_timer_interrupt();
}

uint32_t clock_ticks() { return reg(kTimeLow); }

void alarm_after(uint32_t ticks) {
  uint32_t high = reg(kTimeHigh);
  uint32_t low = reg(kTimeLow);
  if (reg(kTimeHigh) != high) {  // the lower half began anew in between
    high = reg(kTimeHigh);
    low = reg(kTimeLow);
  }
  const uint32_t end = low + ticks;
  reg(kCompareHigh) = kNever;  // no alarm by half a number
  reg(kCompareLow) = end;
  reg(kCompareHigh) = high + (end < low ? 1 : 0);
}

void alarm_stop() { reg(kCompareHigh) = kNever; }

void console_put(char character) {
  while ((byte_reg(kUartLineStatus) & kUartTransmitEmpty) == 0) {
  }
  byte_reg(kUartData) = static_cast<uint8_t>(character);
}

}  // namespace board::hardware

void board::restart() {
  reg(hardware::kTestDevice) = hardware::kReset;
  while (true) wait_for_interrupt();
}

// The machine has no LED, so it is a variable.
void board::set_led(bool on) { hardware::led_is_on = on; }

bool board::led() { return hardware::led_is_on; }
