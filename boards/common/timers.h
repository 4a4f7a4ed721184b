// SPDX-License-Identifier: MIT
// lwIP's timers (LWIP_TIMERS_CUSTOM). All that lwIP runs here are cyclic, so there is no list of timeouts: a timer is
// due whenever its interval begins anew on one common clock. Timers that are due together wake the board once.
//
// There is no sys_timeout(), so an application has no one-shot timers of lwIP. With WHIT_LWIP_ALTCP it has, and
// timers_of_lwip.cpp takes the place of timers.cpp.
#pragma once

#include <stdint.h>

namespace board {

// Runs the timers that have become due since the last call. After a long pause a timer runs once, as with lwIP's own.
void timers_poll(uint32_t now_ms);

// Until the next timer; 0: one is due.
uint32_t timers_sleep_ms(uint32_t now_ms);

}  // namespace board
