// SPDX-License-Identifier: MIT
// A call of semihosting (RISC-V Semihosting 1.0): EBREAK between two shifts that do nothing. All three are of 32 bits
// and on one page. Without a debugger it is a breakpoint exception.
#pragma once

#include <stdint.h>

// Of the Ethernet controller, if the image has one (nic.cpp).
extern "C" void board_nic_finish_sending();

namespace board {

inline uint32_t semihosting_call(uint32_t operation, void* block) {
  register uint32_t a0 asm("a0") = operation;
  register void* a1 asm("a1") = block;
  asm volatile(
      ".option push       \n"
      ".option norvc      \n"
      ".balign 16         \n"
      "slli x0, x0, 0x1f  \n"
      "ebreak             \n"
      "srai x0, x0, 7     \n"
      ".option pop        \n"
      : "+r"(a0)
      : "r"(a1)
      : "memory");
  return a0;
}

// Before the end of QEMU, which is the end of its devices. A device of VIRTIO sends what it has taken at some later
// time.
inline void finish_sending() { board_nic_finish_sending(); }

}  // namespace board
