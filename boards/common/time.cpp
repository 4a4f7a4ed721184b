// SPDX-License-Identifier: MIT
// Milliseconds and sleep, without a periodic tick: the clock is a counter that runs by itself, and the CPU sleeps until
// the moment that was asked for or until an interrupt.
#include <stdint.h>

#include "board.h"
#include "board_network.h"
#include "hardware.h"
#include "hardware_config.h"
#include "registers.h"

namespace board {
namespace {

// Half of a wrap of the counter at most, so that now_ms() sees every wrap while the program sleeps.
constexpr uint32_t kMaxHopMs = 60000;
static_assert(kMaxHopMs < 0x80000000u / kTicksPerMs);

uint32_t milliseconds;
uint32_t ticks_at_last_millisecond;
volatile bool event;

// The program is in neither of two bad states: asleep although an interrupt set `event` after the last look at it (they
// are off in between, and WFI returns when one is pending even so), or awake because of an alarm that is over.
void sleep_at_most(uint32_t duration_ms) {
  const uint32_t since = hardware::clock_ticks() - ticks_at_last_millisecond;
  const uint32_t until = duration_ms * kTicksPerMs;
  if (since >= until) return;
  interrupts_off();
  if (!event) {
    hardware::alarm_after(until - since);
    wait_for_interrupt();
    hardware::alarm_stop();
  }
  interrupts_on();
}

}  // namespace

uint32_t now_ms() {
  const uint32_t passed = (hardware::clock_ticks() - ticks_at_last_millisecond) / kTicksPerMs;
  ticks_at_last_millisecond += passed * kTicksPerMs;
  milliseconds += passed;
  return milliseconds;
}

uint32_t wait(uint32_t timeout_ms) {
  const uint32_t start_ms = now_ms();
  if (timeout_ms == 0) return start_ms;
  const uint32_t stack_ms = board_network_sleep_ms();
  if (stack_ms < timeout_ms) timeout_ms = stack_ms;
  for (uint32_t now = start_ms;; now = now_ms()) {
    const uint32_t passed_ms = now - start_ms;
    if (event || passed_ms >= timeout_ms) return now;
    const uint32_t left_ms = timeout_ms - passed_ms;
    sleep_at_most(left_ms < kMaxHopMs ? left_ms : kMaxHopMs);
  }
}

}  // namespace board

void board_wake() { board::event = true; }

void board_clear_event() { board::event = false; }

extern "C" void board_alarm_interrupt() { board::hardware::alarm_stop(); }
