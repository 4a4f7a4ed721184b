// SPDX-License-Identifier: MIT
// Rolled, with a schedule of 16 words (RFC 3174 section 6.2): one hash per handshake is not worth unrolled kilobytes.
#include "whit/wire/sha1.h"

namespace whit::wire {
namespace {

constexpr uint32_t rotate_left(uint32_t word, unsigned bits) { return word << bits | word >> (32 - bits); }

// The word for step `t`. The word for sixteen steps later takes its place.
uint32_t next_word(uint32_t* schedule, unsigned t) {
  const uint32_t word = schedule[t & 15];
  schedule[t & 15] = rotate_left(word ^ schedule[(t + 2) & 15] ^ schedule[(t + 8) & 15] ^ schedule[(t + 13) & 15], 1);
  return word;
}

// f(t) plus K(t) of RFC 3174 section 5.
uint32_t mix(unsigned t, uint32_t b, uint32_t c, uint32_t d) {
  if (t < 20) return (d ^ (b & (c ^ d))) + 0x5A827999;
  if (t >= 40 && t < 60) return ((b & c) | (d & (b | c))) + 0x8F1BBCDC;
  return (b ^ c ^ d) + (t < 40 ? 0x6ED9EBA1 : 0xCA62C1D6);
}

}  // namespace

const uint32_t kSha1Start[5] = {0x67452301, 0xEFCDAB89, 0x98BADCFE, 0x10325476, 0xC3D2E1F0};

void sha1_block(const uint32_t before[5], uint32_t schedule[16], uint32_t after[5]) {
  uint32_t a = before[0];
  uint32_t b = before[1];
  uint32_t c = before[2];
  uint32_t d = before[3];
  uint32_t e = before[4];
  for (unsigned t = 0; t < 80; ++t) {
    const uint32_t next = rotate_left(a, 5) + mix(t, b, c, d) + e + next_word(schedule, t);
    e = d;
    d = c;
    c = rotate_left(b, 30);
    b = a;
    a = next;
  }
  after[0] = before[0] + a;
  after[1] = before[1] + b;
  after[2] = before[2] + c;
  after[3] = before[3] + d;
  after[4] = before[4] + e;
}

}  // namespace whit::wire
