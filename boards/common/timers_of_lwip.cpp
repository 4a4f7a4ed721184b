// SPDX-License-Identifier: MIT
// The same with lwIP's own list of timeouts, for applications that use sys_timeout().
#include "lwip/timeouts.h"

#include "timers.h"

namespace board {

void timers_poll(uint32_t) { sys_check_timeouts(); }

uint32_t timers_sleep_ms(uint32_t) { return sys_timeouts_sleeptime(); }

}  // namespace board
