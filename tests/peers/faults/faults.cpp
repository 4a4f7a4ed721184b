// SPDX-License-Identifier: MIT
// A program with the bug that its argument names, for tests/peers/test_faults.py.
#include <stdint.h>
#include <string.h>

#include "board.h"
#include "registers.h"

namespace {

using board::reg;

struct Bug {
  const char* name;
  void (*run)();
};

extern "C" uint32_t board_stack_bottom[];

volatile uint32_t zero;
volatile uint32_t sink;

// Takes the whole stack, in steps that a guard of some bytes would catch.
[[gnu::noinline]] void deeper() {
  volatile uint32_t frame[8];
  for (volatile uint32_t& word : frame) word = zero;
  if (zero == 0) deeper();
  sink = frame[0];
}

// Takes it in one step of many kilobytes.
[[gnu::noinline]] void jump() {
  volatile uint8_t frame[100000];
  for (uint32_t i = 0; i < sizeof frame; i += 100) frame[i] = static_cast<uint8_t>(zero);
  sink = frame[zero];
}

// The compiler takes these for what they are not: it knows neither an address nor a divisor.
volatile uintptr_t below_stack = reinterpret_cast<uintptr_t>(board_stack_bottom) - 4;
volatile uintptr_t odd_address = reinterpret_cast<uintptr_t>(&zero) + 1;

void below() { reg(below_stack) = 1; }
void unaligned() { sink = reg(odd_address); }
void division() { sink = 100 / zero; }

#if defined(__riscv)
void nowhere() { sink = reg(0x08000000); }
void opcode() { asm volatile(".2byte 0"); }
void code() { reg(reinterpret_cast<uintptr_t>(opcode) & ~3u) = 0; }
void interrupt() {
  asm volatile("csrs mie, %0" : : "r"(1u << 3));
  reg(0x02000000) = 1;  // the software interrupt of hart 0
}
#else
void nowhere() { sink = reg(0x60000000); }
void opcode() { asm volatile("udf #0"); }
void code() {}  // takes the place of flash without protection, or is flash
void interrupt() {
  board::enable_interrupt(1);
  reg(0xE000E200) = 1u << 1;  // pending
  board::barrier();
}
#endif

constexpr Bug kBugs[] = {{"deeper", deeper},   {"jump", jump},           {"below", below},
                         {"nowhere", nowhere}, {"unaligned", unaligned}, {"division", division},
                         {"opcode", opcode},   {"code", code},           {"interrupt", interrupt}};

}  // namespace

int main() {
  char name[12];
  if (!board::argument("bug", name, sizeof name)) return 2;
  for (const Bug& bug : kBugs) {
    if (strcmp(bug.name, name) == 0) bug.run();
  }
  board::print("the bug was not seen\n");
  return 0;
}
