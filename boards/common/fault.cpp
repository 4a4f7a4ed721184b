// SPDX-License-Identifier: MIT
// A fault of the CPU, or an interrupt that nobody handles, becomes one line on the console and the end of the program.
// ARMv7-M Architecture Reference Manual, B1.5 (exceptions) and B3.2.15 (fault status).
#include <stdint.h>

#include "board.h"
#include "console.h"
#include "environment.h"
#include "registers.h"

extern "C" {
extern uint32_t board_stack_bottom[];
extern uint32_t board_stack_top[];
[[noreturn]] void board_report_fault(const uint32_t* frame);
void board_fault();
}

namespace {

constexpr uint32_t kAddressInMmfar = 1u << 7;
constexpr uint32_t kAddressInBfar = 1u << 15;

const char* name_of(uint32_t exception) {
  switch (exception) {
    case 3:
      return "HardFault";
    case 4:
      return "MemManage";
    case 5:
      return "BusFault";
    case 6:
      return "UsageFault";
    default:
      return "unexpected exception";
  }
}

void print_field(const char* name, uint32_t value) {
  board::print(name);
  board::print_hex(value);
}

}  // namespace

// After a stack overflow nothing can be pushed any more, so the report starts again at the top of the stack. What it
// destroys belonged to a program that will not go on.
extern "C" [[gnu::naked]] void board_fault() {
  asm volatile(
      "mov r0, sp            \n"
      "ldr r1, =board_stack_top \n"
      "mov sp, r1            \n"
      "b board_report_fault  \n");
}

extern "C" [[gnu::used]] void board_report_fault(const uint32_t* frame) {
  uint32_t exception;
  asm volatile("mrs %0, ipsr" : "=r"(exception));
  exception &= 0x1FF;
  const uint32_t status = board::reg(board::kCfsr);
  // The frame is the CPU's: r0-r3, r12, lr, pc, psr. After an overflow it is not on the stack and says nothing.
  const bool has_frame = frame >= board_stack_bottom && frame + 8 <= board_stack_top;
  const uint32_t lr = has_frame ? frame[5] : 0;
  const uint32_t pc = has_frame ? frame[6] : 0;

  board::print("fault: ");
  board::print(name_of(exception));
  if (exception < 3 || exception > 6) print_field(" number=", exception);
  print_field(" cfsr=", status);
  if (has_frame) {
    print_field(" pc=", pc);
    print_field(" lr=", lr);
  } else {
    board::print(" stack overflow");
  }
  if ((status & kAddressInMmfar) != 0) print_field(" address=", board::reg(board::kMmfar));
  if ((status & kAddressInBfar) != 0) print_field(" address=", board::reg(board::kBfar));
  board::print("\n");
  board::leave_after_failure(board::kExitFault);
}
