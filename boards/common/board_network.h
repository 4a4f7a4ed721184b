// SPDX-License-Identifier: MIT
// Between the board and port/whit/lwip: lwIP on this board's Ethernet controller. Everything but board_wake() is called
// from the main loop alone (NO_SYS=1); no interrupt ever enters lwIP.
#pragma once

#include <stdint.h>

// Starts lwIP and the interface, once: the arguments ip=, mask=, gateway= and dns= or QEMU's usual 10.0.2.15/24,
// 10.0.2.2 and 10.0.2.3, and on boards with IPv6 a link-local address and router discovery. Prints the address.
void board_network_start();

// Hands a few received frames to lwIP and runs the timers that are due. Frames beyond that stay in the controller, and
// the next board::wait() does not sleep: a frame that a connection cannot keep would be dropped, one in the controller
// is not.
void board_network_poll();

// How long lwIP can do without board_network_poll(), unless an interrupt comes. board::wait() heeds it by itself.
uint32_t board_network_sleep_ms();

// Lets the present or the next board::wait() return at once. Legal in interrupts.
void board_wake();

// Takes back the effect of board_wake() or the controller's interrupt. For board_network_poll(), before it looks at
// anything.
void board_clear_event();
