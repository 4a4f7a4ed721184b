// SPDX-License-Identifier: MIT
// UTF-8 for microcontrollers: no table. Runs of ASCII are skipped four words at a time, at aligned addresses.
#include "whit/kernels/utf8.h"

namespace whit::kernels {
namespace {

// A word that may overlay bytes of any type.
using Word [[gnu::may_alias]] = uint32_t;

// The bytes that may follow: four bits for each one that is missing, the next one lowest, and of those one bit for each
// quarter of 80..BF, lowest first. RFC 3629 section 4 draws no finer line. Zero when no character is unfinished.
constexpr uint32_t kOneMissing = 0xF;
constexpr uint32_t kTwoMissing = 0xFF;
constexpr uint32_t kThreeMissing = 0xFFF;

// The state after a lead byte from 0x80 up; 0 for a byte that cannot lead.
uint32_t lead(uint32_t byte) {
  if (byte < 0xC2 || byte > 0xF4) return 0;  // a continuation byte, an overlong form of two bytes, beyond U+10FFFF
  uint32_t state = byte < 0xE0 ? kOneMissing : byte < 0xF0 ? kTwoMissing : kThreeMissing;
  if (byte == 0xE0) state &= ~0x3u;  // 80..9F: overlong
  if (byte == 0xED) state &= ~0xCu;  // A0..BF: surrogates
  if (byte == 0xF0) state &= ~0x1u;  // 80..8F: overlong
  if (byte == 0xF4) state &= ~0xEu;  // 90..BF: beyond U+10FFFF
  return state;
}

// Whether a state takes a byte: 8, 9, A and B as upper half name the four bits, all others look beyond them.
bool takes(uint32_t state, uint32_t byte) { return ((state & 0xF) >> ((byte >> 4) ^ 8) & 1) != 0; }

const Word* words_at(const uint8_t* address) { return static_cast<const Word*>(static_cast<const void*>(address)); }

const uint8_t* skip_ascii(const uint8_t* data, const uint8_t* end) {
  if ((reinterpret_cast<uintptr_t>(data) & 3) != 0) return data;
  for (; end - data >= 16; data += 16) {
    const Word* const words = words_at(data);
    if (((words[0] | words[1] | words[2] | words[3]) & 0x80808080) != 0) break;
  }
  for (; end - data >= 4; data += 4) {
    if ((*words_at(data) & 0x80808080) != 0) break;
  }
  return data;
}

}  // namespace

bool Utf8::feed(const uint8_t* data, size_t size) {
  const uint8_t* const end = data + size;
  uint32_t state = state_;
  while (data != end) {
    if (state == 0) {
      data = skip_ascii(data, end);
      if (data == end) break;
    }
    const uint8_t byte = *data++;
    if (state != 0) {
      if (!takes(state, byte)) return false;
      state >>= 4;
    } else if (byte >= 0x80) {
      state = lead(byte);
      if (state == 0) return false;
    }
  }
  state_ = state;
  return true;
}

}  // namespace whit::kernels
