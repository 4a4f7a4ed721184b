// SPDX-License-Identifier: MIT
#include "timers.h"

#include "board.h"
#include "lwip/priv/tcp_priv.h"
#include "lwip/timeouts.h"

namespace board {
namespace {

uint32_t last_ms;

}  // namespace

void timers_poll(uint32_t now_ms) {
  for (int i = 0; i < lwip_num_cyclic_timers; ++i) {
    const lwip_cyclic_timer& timer = lwip_cyclic_timers[i];
    if (now_ms / timer.interval_ms != last_ms / timer.interval_ms) timer.handler();
  }
  last_ms = now_ms;
}

uint32_t timers_sleep_ms(uint32_t now_ms) {
  // lwIP's table begins with TCP's timer, which has nothing to do while there is no connection, not even in TIME_WAIT.
  int i = tcp_active_pcbs == nullptr && tcp_tw_pcbs == nullptr ? 1 : 0;
  uint32_t sleep_ms = UINT32_MAX;  // from last_ms on
  for (; i < lwip_num_cyclic_timers; ++i) {
    const uint32_t interval_ms = lwip_cyclic_timers[i].interval_ms;
    const uint32_t left_ms = interval_ms - last_ms % interval_ms;
    if (left_ms < sleep_ms) sleep_ms = left_ms;
  }
  const uint32_t passed_ms = now_ms - last_ms;
  return sleep_ms > passed_ms ? sleep_ms - passed_ms : 0;
}

}  // namespace board

// lwip_init() calls it.
extern "C" void sys_timeouts_init() { board::last_ms = board::now_ms(); }
