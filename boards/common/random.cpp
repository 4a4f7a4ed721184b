// SPDX-License-Identifier: MIT
#include "random.h"

#include <string.h>

namespace {

constexpr int kKeyWords = 8;
constexpr uint8_t kOutputBytes = 32;

uint32_t key[kKeyWords];
uint8_t output[kOutputBytes];
uint8_t left;
bool seeded;

uint32_t rotate_left(uint32_t value, int bits) { return value << bits | value >> (32 - bits); }

// RFC 8439, section 2.1.
void quarter_round(uint32_t* state, unsigned a, unsigned b, unsigned c, unsigned d) {
  state[a] += state[b];
  state[d] = rotate_left(state[d] ^ state[a], 16);
  state[c] += state[d];
  state[b] = rotate_left(state[b] ^ state[c], 12);
  state[a] += state[b];
  state[d] = rotate_left(state[d] ^ state[a], 8);
  state[c] += state[d];
  state[b] = rotate_left(state[b] ^ state[c], 7);
}

void refill() {
  // RFC 8439, section 2.3: constants, key, counter, nonce. The key is new for every block, so the last two need not
  // change.
  uint32_t input[board::kChaChaWords] = {0x61707865, 0x3320646e, 0x79622d32, 0x6b206574};
  uint32_t block[board::kChaChaWords];
  memcpy(input + 4, key, sizeof(key));
  board::chacha20_block(input, block);
  memcpy(key, block, sizeof(key));
  memcpy(output, block + kKeyWords, sizeof(output));
  left = kOutputBytes;
}

}  // namespace

void board::chacha20_block(const uint32_t* input, uint32_t* block) {
  memcpy(block, input, kChaChaWords * sizeof(uint32_t));
  for (unsigned i = 0; i < 20 * 4; ++i) {
    const unsigned turn = i / 4 % 2;  // columns, then diagonals
    quarter_round(block, i % 4, 4 + (i + turn) % 4, 8 + (i + 2 * turn) % 4, 12 + (i + 3 * turn) % 4);
  }
  for (int i = 0; i < kChaChaWords; ++i) block[i] += input[i];
}

void board_random_start() {
  uint8_t seed[sizeof(key)];
  seeded = board_seed(seed);
  if (seeded) memcpy(key, seed, sizeof(key));
}

whit::Status board_random(whit::MutableBytes destination) {
  if (!seeded) return whit::Status::kFailed;
  for (size_t i = 0; i < destination.size; ++i) {
    if (left == 0) refill();
    --left;
    destination.data[i] = output[left];
    output[left] = 0;
  }
  return whit::Status::kOk;
}
