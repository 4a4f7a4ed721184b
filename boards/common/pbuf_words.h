// SPDX-License-Identifier: MIT
// Between pbuf chains and the FIFO register of an Ethernet controller, which moves words.
#pragma once

#include <stdint.h>

#include "lwip/pbuf.h"

namespace board {

// Writes a chain, packed into words, the last one filled up with zeros. The pbufs have any size and alignment.
void write_words(const pbuf* chain, volatile uint32_t& fifo);

// Reads a chain as nic.h describes it. Words of its end that are only partly used belong to the pbuf too: pbufs of the
// pool are a whole number of words. `first` is a word that was read before, or nullptr.
void read_words(pbuf* chain, volatile uint32_t& fifo, const uint32_t* first = nullptr);

}  // namespace board
