// SPDX-License-Identifier: MIT
// Where the CPU begins, and where it goes with an interrupt or a fault: code in assembly, because there is no stack
// yet, or none that can be trusted.
#include <stdint.h>

extern "C" {
void board_vectors();
void board_traps();

// Weak, so that an image without network or sleep links neither.
[[gnu::weak]] void board_nic_finish_sending() {}
[[gnu::weak, gnu::naked]] void board_alarm_interrupt() { asm volatile("j board_fault"); }
[[gnu::weak, gnu::naked]] void board_nic_interrupt() { asm volatile("j board_fault"); }
}

// The beginning of flash. The global pointer makes small variables cheap, so its own address has to be made without it.
extern "C" [[gnu::section(".vectors"), gnu::naked, gnu::used]] void board_vectors() {
  asm volatile(
      ".option push                \n"
      ".option norelax             \n"
      "la gp, __global_pointer$    \n"
      ".option pop                 \n"
      "la sp, board_stack_top      \n"
      "j board_reset               \n");
}

// An exception goes to the first entry, interrupt n to entry n: those of the machine's software, timer and controller
// are 3, 7 and 11.
extern "C" [[gnu::naked, gnu::used, gnu::aligned(64)]] void board_traps() {
  asm volatile(
      ".option push                \n"
      ".option norvc               \n"
      ".rept 7                     \n"
      "j board_fault               \n"
      ".endr                       \n"
      "j board_timer_trap          \n"
      ".rept 3                     \n"
      "j board_fault               \n"
      ".endr                       \n"
      "j board_controller_trap     \n"
      ".option pop                 \n");
}
