// SPDX-License-Identifier: MIT
// The vector table, with which the CPU starts: it lies at the beginning of flash.
#include <stdint.h>

#include "hardware_config.h"

extern "C" {
extern uint32_t board_stack_top[];  // made by the linker script (sections.ld)

void board_reset();
void board_fault();

// Weak, so that an image without network or sleep links neither.
[[gnu::weak, gnu::naked]] void board_alarm_interrupt() { asm volatile("b board_fault"); }
[[gnu::weak, gnu::naked]] void board_nic_interrupt() { asm volatile("b board_fault"); }
}

namespace {

struct Vectors {
  uint32_t* stack_top;
  void (*handlers[15 + board::kInterruptCount])();  // [n - 1] is exception n; interrupt n is exception 16 + n
};

constexpr Vectors make_vectors() {
  Vectors vectors{};
  vectors.stack_top = board_stack_top;
  for (auto& handler : vectors.handlers) handler = board_fault;
  vectors.handlers[0] = board_reset;
  vectors.handlers[15 + board::kAlarmInterrupt] = board_alarm_interrupt;
  vectors.handlers[15 + board::kNicInterrupt] = board_nic_interrupt;
  return vectors;
}

}  // namespace

extern "C" {
[[gnu::section(".vectors"), gnu::used]] extern constexpr Vectors board_vectors = make_vectors();
}
