// SPDX-License-Identifier: MIT
// The board for boards/common/: a clock, an alarm and a console. A board implements it in hardware.cpp
// and names its numbers in hardware_config.h; its Ethernet controller is nic.h.
#pragma once

#include <stdint.h>

namespace board::hardware {

// Called once, before main() and before any constructor.
void start();

// Free-running, counts up at kTicksPerMs, wraps at 2^32. It does not count interrupts, so no load can make it lose
// time.
uint32_t clock_ticks();

// Raises kAlarmInterrupt once after `ticks` (at least 1), which ends a WFI. A second call replaces the first.
void alarm_after(uint32_t ticks);

// Ends the alarm and takes back its interrupt. Also called by the alarm's interrupt itself.
void alarm_stop();

// Waits until the UART takes the character.
void console_put(char character);

}  // namespace board::hardware
