// SPDX-License-Identifier: MIT
// The seed from the random number generator of the STM32H743 (ST RM0433, chapter "True random number generator"), whose
// noise source runs on the internal oscillator of 48 MHz.
#include <string.h>

#include "hardware_config.h"
#include "random.h"
#include "registers.h"

namespace {

using board::reg;

constexpr uintptr_t kRngControl = 0x48021800;
constexpr uintptr_t kRngStatus = 0x48021804;
constexpr uintptr_t kRngData = 0x48021808;
constexpr uint32_t kRngOn = 1u << 2;
constexpr uint32_t kReady = 1u << 0;
constexpr uint32_t kFaults = 1u << 6 | 1u << 5 | 1u << 2 | 1u << 1;  // of the seed and of the clock, now and since
constexpr uint32_t kOscillatorOn = 1u << 12;
constexpr uint32_t kOscillatorReady = 1u << 13;
constexpr uint32_t kRngClock = 1u << 6;
constexpr uint32_t kMaxPolls = 1000000;
constexpr uint32_t kWords = 8;

bool wait_for(uintptr_t address, uint32_t bit) {
  for (uint32_t polls = 0; polls < kMaxPolls; ++polls) {
    if ((reg(address) & bit) != 0) return true;
  }
  return false;
}

bool take_word(uint32_t* word) {
  if (!wait_for(kRngStatus, kReady) || (reg(kRngStatus) & kFaults) != 0) return false;
  *word = reg(kRngData);
  return *word != 0;  // what it gives after a fault in between
}

bool take_words(uint32_t* words) {
  // FIPS 140-2, 4.9.2: the first word is only compared with, and no word may come twice in a row.
  uint32_t before;
  if (!take_word(&before)) return false;
  for (uint32_t i = 0; i < kWords; ++i) {
    if (!take_word(&words[i]) || words[i] == before) return false;
    before = words[i];
  }
  return true;
}

}  // namespace

bool board_seed(uint8_t* seed) {
  reg(board::kRccControl) = reg(board::kRccControl) | kOscillatorOn;
  if (!wait_for(board::kRccControl, kOscillatorReady)) return false;
  reg(board::kAhb2Clocks) = reg(board::kAhb2Clocks) | kRngClock;
  board::barrier();
  reg(kRngControl) = kRngOn;
  uint32_t words[kWords];
  const bool good = take_words(words);
  reg(kRngControl) = 0;
  if (good) memcpy(seed, words, sizeof(words));
  return good;
}
