// SPDX-License-Identifier: MIT
// The Ethernet controller as an interface of lwIP. Polled; the controller's interrupt only ends a sleep.
#pragma once

#include <stdint.h>

#include "lwip/err.h"
#include "lwip/netif.h"

namespace board {

// For netif_add().
err_t ethernet_start(netif* interface);

// Hands at most kFramesPerPoll frames to lwIP.
void ethernet_poll(netif* interface);

// How long ethernet_poll() can be left out: for ever, or for a moment when a frame waits for memory.
uint32_t ethernet_sleep_ms();

}  // namespace board
