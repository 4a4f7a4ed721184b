// SPDX-License-Identifier: MIT
// The seed of the boards that exist in QEMU only. A real board leaves this file out and writes board_seed() itself.
#include <string.h>

#include "board.h"
#include "hardware.h"
#include "random.h"

bool board_seed(uint8_t* seed) {
  whit_board_insecure_qemu_seed(seed);
  return true;
}

extern "C" void whit_board_insecure_qemu_seed(uint8_t* seed) {
  memset(seed, 0, 32);
  // The same seed= gives the same bytes in every run under -icount, which is what tests want.
  board::argument("seed", reinterpret_cast<char*>(seed), 28);
  const uint32_t ticks = board::hardware::clock_ticks();
  memcpy(seed + 28, &ticks, sizeof(ticks));
}
