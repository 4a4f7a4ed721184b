// SPDX-License-Identifier: MIT
// From reset to main(): vector table, .data, .bss, the painted stack, the traps that turn a bug into one line on the
// console (fault.cpp), constructors. Runs on the main stack alone and never leaves privileged mode.
#include <stddef.h>
#include <stdint.h>

#include "board.h"
#include "environment.h"
#include "hardware.h"
#include "hardware_config.h"
#include "registers.h"
#include "stack.h"

int main();

// Made by the linker script (sections.ld).
extern "C" {
extern uint32_t board_stack_bottom[];
extern uint32_t board_stack_top[];
extern uint32_t board_data_start[];
extern uint32_t board_data_end[];
extern const uint32_t board_data_load[];
extern uint32_t board_bss_start[];
extern uint32_t board_bss_end[];
extern void (*const board_init_start[])();
extern void (*const board_init_end[])();

void board_reset();
void board_fault();

// Weak, so that an image without network or sleep links neither.
[[gnu::weak, gnu::naked]] void board_alarm_interrupt() { asm volatile("b board_fault"); }
[[gnu::weak, gnu::naked]] void board_nic_interrupt() { asm volatile("b board_fault"); }
}

namespace {

struct Vectors {
  uint32_t* stack_top;
  void (*handlers[15 + board::kInterruptCount])();  // [n - 1] is exception n; interrupt n is exception 16 + n
};

constexpr Vectors make_vectors() {
  Vectors vectors{};
  vectors.stack_top = board_stack_top;
  for (auto& handler : vectors.handlers) handler = board_fault;
  vectors.handlers[0] = board_reset;
  vectors.handlers[15 + board::kAlarmInterrupt] = board_alarm_interrupt;
  vectors.handlers[15 + board::kNicInterrupt] = board_nic_interrupt;
  return vectors;
}

[[gnu::section(".vectors"), gnu::used]] constexpr Vectors kVectors = make_vectors();

constexpr uint32_t kPaint = 0xC5C5C5C5;

void paint_stack() {
  // Up to this function's own frame, less what its callees may be using.
  uint32_t* const end = static_cast<uint32_t*>(__builtin_frame_address(0)) - 16;
  for (volatile uint32_t* word = board_stack_bottom; word < end; ++word) *word = kPaint;
}

void fill_ram() {
  const uint32_t* load = board_data_load;
  for (uint32_t* word = board_data_start; word < board_data_end;) *word++ = *load++;
  for (uint32_t* word = board_bss_start; word < board_bss_end;) *word++ = 0;
}

// The stack lies at the bottom of RAM, so that it cannot grow into data. Below it there is no memory on these boards,
// but their buses take writes to it in silence; a region of the MPU without any access makes it a fault. It costs no
// RAM and is far larger than a guard inside the stack could be, so no large frame can jump over it.
void guard_stack() {
  constexpr uint32_t kGuardSizeField = 19;  // 2^(19 + 1) bytes: 1 MiB; the linker script checks the alignment
  constexpr uint32_t kGuardBytes = 1u << (kGuardSizeField + 1);
  constexpr uint32_t kExecuteNever = 1u << 28;
  board::reg(board::kMpuRegion) = 0;
  board::reg(board::kMpuBase) = reinterpret_cast<uintptr_t>(board_stack_bottom) - kGuardBytes;
  board::reg(board::kMpuAttributes) = kExecuteNever | kGuardSizeField << 1 | 1;
  board::reg(board::kMpuControl) = 5;  // on; everything else as without an MPU
  board::barrier();
}

void set_traps() {
  board::reg(board::kCcr) = board::reg(board::kCcr) | 1u << 3 | 1u << 4;  // unaligned access, division by zero
  board::reg(board::kShcsr) = board::reg(board::kShcsr) | 7u << 16;       // MemManage, BusFault, UsageFault
  board::barrier();
}

}  // namespace

extern "C" void board_reset() {
  paint_stack();
  fill_ram();
  set_traps();
  guard_stack();
  board::hardware::start();
  for (auto constructor = board_init_start; constructor != board_init_end; ++constructor) (*constructor)();
  board::exit(main());
}

uint32_t board_stack_used() {
  const uint32_t* word = board_stack_bottom;
  while (word < board_stack_top && *word == kPaint) ++word;
  return static_cast<uint32_t>(reinterpret_cast<uintptr_t>(board_stack_top) - reinterpret_cast<uintptr_t>(word));
}

uint32_t board_stack_size() {
  return static_cast<uint32_t>(reinterpret_cast<uintptr_t>(board_stack_top) -
                               reinterpret_cast<uintptr_t>(board_stack_bottom));
}
