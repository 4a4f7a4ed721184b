// SPDX-License-Identifier: MIT
// The Ethernet controller for boards/common/ethernet.cpp. The board implements it in nic.cpp.
//
// A frame in a pbuf begins with ETH_PAD_SIZE (2) spare bytes, which put the IP header on a word boundary. Received
// frames lie in chains of which every pbuf but the last holds a multiple of 4 bytes and starts on a word.
#pragma once

#include <stdint.h>

struct pbuf;

namespace board::nic {

// Starts the controller, with its interrupt off, and says its address.
void start(uint8_t* mac);

// Size of the frame that waits longest, without its checksum; 0: none waits.
uint16_t next_size();

// Takes that frame: into `frame`, which has room for exactly 2 + next_size() bytes, or away.
void read(pbuf* frame);
void drop();

// Sends a frame and returns when the controller has it all. May overwrite the two spare bytes.
void send(pbuf* frame);

// The interrupt of a received frame. While it is off, frames stay in the controller. Switching it on clears its pending
// state, so the caller looks for frames once more afterwards.
void interrupt_off();
void interrupt_on();

}  // namespace board::nic
