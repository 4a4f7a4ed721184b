// SPDX-License-Identifier: MIT
// Random bytes for masks, handshake keys, TCP sequence numbers and DNS identifiers: ChaCha20 (RFC 8439, section 2.3)
// with fast key erasure. Every block first replaces the key, then gives the rest away, so that earlier output
// cannot be computed from a later content of RAM. It is as unpredictable as its seed: board_seed() decides.
#pragma once

#include <stdint.h>

#include "whit/bytes.h"
#include "whit/status.h"

// kOk, or kFailed: the board has no seed. Never gives bytes that were given before.
whit::Status board_random(whit::MutableBytes destination);

// Asks for the seed, once, before the network starts. Not at the first use, because the caller may then be deep in
// lwIP, and the seed of a board may need much stack.
void board_random_start();

// THE HOOK that a real board has to write: fills `seed` with 32 bytes from a hardware entropy source (or from a seed in
// flash that every start replaces), and returns whether it could. Called once.
bool board_seed(uint8_t* seed);

// For QEMU only, and INSECURE: a seed out of the clock and the argument seed=, both of which can be guessed.
// board_seed() calls it on the QEMU boards; an image that contains this symbol is not for the field.
extern "C" void whit_board_insecure_qemu_seed(uint8_t* seed);

namespace board {

// The block function of RFC 8439, section 2.3, for its test vector.
constexpr int kChaChaWords = 16;
void chacha20_block(const uint32_t* input, uint32_t* block);

}  // namespace board
