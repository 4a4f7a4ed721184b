// SPDX-License-Identifier: MIT
// From reset to main(): the painted stack, .data, .bss, the traps that turn a bug into one line on the console
// (fault.cpp of the architecture), constructors. There is one stack, interrupts included, and one level of privilege.
#include <stddef.h>
#include <stdint.h>

#include "board.h"
#include "environment.h"
#include "hardware.h"
#include "stack.h"
#include "traps.h"

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
}

namespace {

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

}  // namespace

// The stack lies at the bottom of RAM, so that it cannot grow into data, and below it is a guard.
extern "C" void board_reset() {
  paint_stack();
  fill_ram();
  board::set_traps();
  board::guard_stack(board_stack_bottom);
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
