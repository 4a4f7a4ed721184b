// SPDX-License-Identifier: MIT
// Start, clock, alarm, console and LED of the NUCLEO-H743ZI (ST RM0433 and UM2407; ARMv7-M Architecture Reference
// Manual for caches and the MPU).
//
// The system clock is the one after reset, the internal oscillator of 64 MHz, with the flash memory's wait states of
// reset, which the instruction cache hides. A product that wants up to 480 MHz sets the voltage scale, PLL1 and the
// buses here, and kClockHz.
#include "hardware.h"

#include "board.h"
#include "hardware_config.h"
#include "pins.h"
#include "registers.h"

extern "C" {
extern uint8_t board_dma_start[];  // made by memory.ld
extern const uint8_t board_vectors[];
}

namespace board::hardware {
namespace {

constexpr uintptr_t kVectorTable = 0xE000ED08;
constexpr uintptr_t kCacheSize = 0xE000ED80;
constexpr uintptr_t kCacheSelect = 0xE000ED84;
constexpr uintptr_t kInvalidateInstructions = 0xE000EF50;
constexpr uintptr_t kInvalidateDataBySetAndWay = 0xE000EF60;
constexpr uint32_t kDataCacheOn = 1u << 16;
constexpr uint32_t kInstructionCacheOn = 1u << 17;

constexpr uintptr_t kTimer = 0x40000000;  // timer 2, the one of 32 bits
constexpr uintptr_t kTimerControl = kTimer + 0x00;
constexpr uintptr_t kTimerInterrupts = kTimer + 0x0C;
constexpr uintptr_t kTimerStatus = kTimer + 0x10;
constexpr uintptr_t kTimerEvents = kTimer + 0x14;
constexpr uintptr_t kTimerCount = kTimer + 0x24;
constexpr uintptr_t kTimerPrescaler = kTimer + 0x28;
constexpr uintptr_t kTimerCompare = kTimer + 0x34;
constexpr uint32_t kTimerUpdate = 1u << 0;
constexpr uint32_t kTimerCompared = 1u << 1;  // of channel 1

constexpr uintptr_t kUart = 0x40004800;  // USART3: the serial port of the ST-LINK
constexpr uintptr_t kUartControl = kUart + 0x00;
constexpr uintptr_t kUartDivider = kUart + 0x0C;
constexpr uintptr_t kUartStatus = kUart + 0x1C;
constexpr uintptr_t kUartData = kUart + 0x28;
constexpr uint32_t kUartTransmitEmpty = 1u << 7;

constexpr uint32_t kSram1Clock = 1u << 29;
constexpr uint32_t kTimer2Clock = 1u << 0;
constexpr uint32_t kUsart3Clock = 1u << 18;

constexpr uint32_t kLedPin = 0;  // of port B: LD1

// Region 0 is the guard below the stack (traps.h).
void keep_out_of_the_cache() {
  constexpr uint32_t kSizeField = 16;  // 2^(16 + 1) bytes: 128 KiB
  constexpr uint32_t kExecuteNever = 1u << 28;
  constexpr uint32_t kReadAndWrite = 3u << 24;
  constexpr uint32_t kNormalNotCached = 1u << 19;
  reg(kMpuRegion) = 1;
  reg(kMpuBase) = reinterpret_cast<uintptr_t>(board_dma_start);
  reg(kMpuAttributes) = kExecuteNever | kReadAndWrite | kNormalNotCached | kSizeField << 1 | 1;
  barrier();
}

// After reset their contents are undefined.
void start_caches() {
  reg(kInvalidateInstructions) = 0;
  reg(kCacheSelect) = 0;  // data, level 1
  barrier();
  const uint32_t size = reg(kCacheSize);
  const uint32_t last_set = size >> 13 & 0x7FFF;
  const uint32_t last_way = size >> 3 & 0x3FF;  // 3: four ways, whose number stands in the upper two bits
  for (uint32_t set = 0; set <= last_set; ++set) {
    for (uint32_t way = 0; way <= last_way; ++way) reg(kInvalidateDataBySetAndWay) = way << 30 | set << 5;
  }
  barrier();
  reg(kCcr) = reg(kCcr) | kInstructionCacheOn | kDataCacheOn;
  barrier();
}

}  // namespace

void start() {
  reg(kVectorTable) = reinterpret_cast<uintptr_t>(board_vectors);
  reg(kAhb2Clocks) = reg(kAhb2Clocks) | kSram1Clock;
  reg(kApb1Clocks) = reg(kApb1Clocks) | kTimer2Clock | kUsart3Clock;
  barrier();
  keep_out_of_the_cache();
  start_caches();
  reg(kTimerPrescaler) = kClockHz / 1000 / kTicksPerMs - 1;
  reg(kTimerEvents) = kTimerUpdate;  // takes the prescaler over
  reg(kTimerStatus) = 0;
  reg(kTimerControl) = 1;
  connect(kPortD, 8, 7);
  connect(kPortD, 9, 7);
  reg(kUartDivider) = (kClockHz + 115200 / 2) / 115200;  // baud
  reg(kUartControl) = 1u << 3 | 1;                       // transmitter on
  set_mode(kPortB, kLedPin, kModeOutput);
  enable_interrupt(kAlarmInterrupt);
}

uint32_t clock_ticks() { return reg(kTimerCount); }

void alarm_after(uint32_t ticks) {
  alarm_stop();
  const uint32_t now = clock_ticks();
  reg(kTimerCompare) = now + ticks;
  reg(kTimerInterrupts) = kTimerCompared;
  // The counter may have passed the number before it was written.
  if (clock_ticks() - now >= ticks) reg(kTimerEvents) = kTimerCompared;
}

void alarm_stop() {
  reg(kTimerInterrupts) = 0;
  reg(kTimerStatus) = ~kTimerCompared;
  barrier();  // else the interrupt may come once more after its handler
}

void console_put(char character) {
  while ((reg(kUartStatus) & kUartTransmitEmpty) == 0) {
  }
  reg(kUartData) = static_cast<uint8_t>(character);
}

}  // namespace board::hardware

void board::set_led(bool on) { set_field(port_base(kPortB) + kPinOutput, hardware::kLedPin, 1, on ? 1 : 0); }

bool board::led() { return (reg(port_base(kPortB) + kPinOutput) >> hardware::kLedPin & 1) != 0; }

// RM0433, "System supply startup": RAM may be written when the supply is configured (PWR_CR3, the LDO as after reset)
// and its voltage is reported as valid (ACTVOSRDY of PWR_CSR1). So this comes before board_reset() of startup.cpp, in
// registers alone.
extern "C" [[gnu::naked, gnu::used]] void __wrap_board_reset() {
  asm volatile(
      "ldr r0, =0x58024800   \n"
      "movs r1, #6           \n"  // supply configuration update, LDO
      "str r1, [r0, #0x0C]   \n"
      "1: ldr r1, [r0, #4]   \n"
      "lsls r1, r1, #18      \n"  // bit 13
      "bpl 1b                \n"
      "b __real_board_reset  \n");
}
