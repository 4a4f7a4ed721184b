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
void quarter_round(uint32_t* state, int a, int b, int c, int d) {
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
  // The key is new for every block, so the counter and the nonce need not change.
  const uint32_t counter_and_nonce[4] = {};
  uint32_t block[16];
  board::chacha20_block(key, counter_and_nonce, block);
  memcpy(key, block, sizeof(key));
  memcpy(output, block + kKeyWords, sizeof(output));
  left = kOutputBytes;
}

}  // namespace

void board::chacha20_block(const uint32_t* key_words, const uint32_t* counter_and_nonce, uint32_t* block) {
  // RFC 8439, section 2.3: constants, key, counter, nonce.
  uint32_t initial[16] = {0x61707865, 0x3320646e, 0x79622d32, 0x6b206574};
  memcpy(initial + 4, key_words, 8 * sizeof(uint32_t));
  memcpy(initial + 12, counter_and_nonce, 4 * sizeof(uint32_t));
  memcpy(block, initial, sizeof(initial));
  for (int round = 0; round < 20; round += 2) {
    for (int i = 0; i < 4; ++i) quarter_round(block, i, 4 + i, 8 + i, 12 + i);
    for (int i = 0; i < 4; ++i) quarter_round(block, i, 4 + (i + 1) % 4, 8 + (i + 2) % 4, 12 + (i + 3) % 4);
  }
  for (int i = 0; i < 16; ++i) block[i] += initial[i];
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
