// SPDX-License-Identifier: MIT
#include "console.h"

#include "board.h"
#include "hardware.h"

namespace board {

void print(const char* text) {
  while (*text != '\0') hardware::console_put(*text++);
}

void print_error(const char* text) { print(text); }

void print_number(uint32_t number) {
  char digits[11];
  print(decimal(number, digits));
}

void print_hex(const char* name, uint32_t value) {
  print(name);
  print("=0x");
  for (int shift = 28; shift >= 0; shift -= 4) hardware::console_put("0123456789abcdef"[value >> shift & 15]);
}

}  // namespace board
