// SPDX-License-Identifier: MIT
// The interrupts of the machine's timer and of the interrupt controller (RISC-V PLIC Specification 1.0).
#include <stdint.h>

#include "hardware_config.h"
#include "registers.h"

extern "C" {
void board_alarm_interrupt();
void board_nic_interrupt();
void board_fault();
void board_timer_trap();
void board_controller_trap();
}

namespace {

constexpr uintptr_t kEnable = board::kPlic + 0x2000;  // one bit per interrupt, 32 per word
constexpr uintptr_t kThreshold = board::kPlic + 0x200000;
constexpr uintptr_t kClaim = board::kPlic + 0x200004;

constexpr uintptr_t priority_of(uint32_t number) { return board::kPlic + 4 * number; }

// For in_interrupt(). Interrupts are off in an interrupt, so none comes in another one.
class Inside {
 public:
  Inside() { asm volatile("csrw mscratch, %0" : : "r"(1)); }
  ~Inside() { asm volatile("csrw mscratch, x0"); }
  Inside(const Inside&) = delete;
  Inside& operator=(const Inside&) = delete;
};

}  // namespace

void board::enable_interrupt(uint32_t number) {
  reg(priority_of(number)) = 1;
  reg(kThreshold) = 0;
  reg(kEnable + 4 * (number / 32)) = reg(kEnable + 4 * (number / 32)) | 1u << (number % 32);
  asm volatile("csrs mie, %0" : : "r"(1u << 11));
}

extern "C" [[gnu::interrupt("machine"), gnu::used]] void board_timer_trap() {
  const Inside inside;
  board_alarm_interrupt();
}

extern "C" [[gnu::interrupt("machine"), gnu::used]] void board_controller_trap() {
  const Inside inside;
  const uint32_t number = board::reg(kClaim);
  if (number == 0) return;  // taken back meanwhile
  if (number != board::kNicInterrupt) board_fault();
  board_nic_interrupt();
  board::reg(kClaim) = number;
}
