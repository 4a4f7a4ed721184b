// SPDX-License-Identifier: MIT
// A fault of the CPU, or an interrupt without a handler, becomes one line on the console and the end of the program.
// ARMv7-M Architecture Reference Manual, B1.5 (exceptions) and B3.2.15 (fault status); ARMv8-M has the same and more.
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
constexpr uint32_t kStackLimit = __ARM_ARCH >= 8 ? 1u << 20 : 0;  // the limit of the stack was met (traps.h)

constexpr uint32_t kFirstFault = 3;
constexpr char kFaults[][11] = {"HardFault", "MemManage", "BusFault", "UsageFault"};

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
  const bool has_frame = (status & kStackLimit) == 0 && frame >= board_stack_bottom && frame + 8 <= board_stack_top;
  const uint32_t lr = has_frame ? frame[5] : 0;
  const uint32_t pc = has_frame ? frame[6] : 0;

  board::print("fault: ");
  if (exception - kFirstFault < sizeof(kFaults) / sizeof(kFaults[0])) {
    board::print(kFaults[exception - kFirstFault]);
  } else {
    board::print_hex("unexpected exception number", exception);
  }
  board::print_hex(" cfsr", status);
  if (has_frame) {
    board::print_hex(" pc", pc);
    board::print_hex(" lr", lr);
  } else {
    board::print(" stack overflow");
  }
  if ((status & kAddressInMmfar) != 0) board::print_hex(" address", board::reg(board::kMmfar));
  if ((status & kAddressInBfar) != 0) board::print_hex(" address", board::reg(board::kBfar));
  board::print("\n");
  board::leave_after_failure(board::kExitFault);
}
