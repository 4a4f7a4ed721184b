// SPDX-License-Identifier: MIT
// An exception of the CPU, or an interrupt without a handler, becomes one line on the console and the end of the
// program. The RISC-V Instruction Set Manual, volume II, 3.1.15 (mcause) and 3.1.16 (mtval).
#include <stdint.h>

#include "board.h"
#include "console.h"
#include "environment.h"
#include "traps.h"

extern "C" {
extern uint32_t board_stack_bottom[];
[[noreturn]] void board_report_fault(uint32_t return_address);
void board_fault();
}

namespace {

constexpr char kFaults[][19] = {"misaligned code", "no code",        "illegal opcode",   "breakpoint",
                                "misaligned load", "forbidden load", "misaligned store", "forbidden store"};
constexpr uint32_t kFirstWithAddress = 4;

}  // namespace

// After a stack overflow nothing can be pushed any more, so the report starts again at the top of the stack. What it
// destroys belonged to a program that will not go on.
extern "C" [[gnu::naked, gnu::used]] void board_fault() {
  asm volatile(
      "mv a0, ra              \n"
      "la sp, board_stack_top \n"
      "j board_report_fault   \n");
}

extern "C" [[gnu::used]] void board_report_fault(uint32_t return_address) {
  uint32_t cause;
  uint32_t pc;
  uint32_t value;
  asm volatile("csrr %0, mcause" : "=r"(cause));
  asm volatile("csrr %0, mepc" : "=r"(pc));
  asm volatile("csrr %0, mtval" : "=r"(value));

  board::print("fault: ");
  const bool is_known = cause < sizeof(kFaults) / sizeof(kFaults[0]);
  board::print(is_known ? kFaults[cause] : "unexpected interrupt or exception");
  board::print_hex(" mcause", cause);
  board::print_hex(" pc", pc);
  board::print_hex(" ra", return_address);
  if (is_known && cause >= kFirstWithAddress) {
    const uintptr_t above = reinterpret_cast<uintptr_t>(board_stack_bottom) - value;
    if (above - 1 < board::kGuardBytes) board::print(" stack overflow");
    board::print_hex(" address", value);
  }
  board::print("\n");
  board::leave_after_failure(board::kExitFault);
}
