// SPDX-License-Identifier: MIT
// The functions that arch/cc.h and lwipopts_common.h promise to lwIP.
#include "arch/cc.h"
#include "board.h"
#include "environment.h"
#include "random.h"

extern "C" uint32_t board_random_number() {
  uint8_t bytes[4];
  // Without a seed lwIP has to go on with something: constant identifiers. Whit itself then fails every connection.
  if (board_random({bytes, sizeof(bytes)}) != whit::Status::kOk) return 0;
  return static_cast<uint32_t>(bytes[0]) | static_cast<uint32_t>(bytes[1]) << 8 |
         static_cast<uint32_t>(bytes[2]) << 16 | static_cast<uint32_t>(bytes[3]) << 24;
}

extern "C" void board_lwip_assert(const char* message, const char* file, int line) {
  board::print("lwIP assertion: ");
  board::print(message);
  board::print(" at ");
  board::print(file);
  board::print(":");
  board::print_number(static_cast<uint32_t>(line));
  board::print("\n");
  board::leave_after_failure(board::kExitAssert);
}

extern "C" void board_assert_main_context(const char* file, int line) {
  uint32_t exception;
  asm volatile("mrs %0, ipsr" : "=r"(exception));
  if (exception != 0) board_lwip_assert("lwIP entered from an interrupt", file, line);
}
