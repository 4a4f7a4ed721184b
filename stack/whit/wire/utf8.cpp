// SPDX-License-Identifier: MIT
// UTF-8 for microcontrollers: no table. Runs of ASCII are skipped a word at a time, at aligned addresses.
#include "whit/wire/utf8.h"

namespace whit::wire {
namespace {

// A word that may overlay bytes of any type.
using Word [[gnu::may_alias]] = uint32_t;

// An unfinished character: how many bytes it lacks, and the range of the next one. RFC 3629 section 4 narrows the range
// only for the second byte, after four lead bytes. All zero when no character is unfinished.
constexpr uint32_t pending(uint32_t missing, uint32_t low, uint32_t high) { return missing | low << 8 | high << 16; }

// The state after a lead byte from 0x80 up; 0 for a byte that cannot lead.
uint32_t lead(uint8_t byte) {
  if (byte < 0xC2) return 0;  // a continuation byte, or an overlong form of two bytes
  if (byte < 0xE0) return pending(1, 0x80, 0xBF);
  if (byte == 0xE0) return pending(2, 0xA0, 0xBF);  // below: overlong
  if (byte == 0xED) return pending(2, 0x80, 0x9F);  // above: surrogates
  if (byte < 0xF0) return pending(2, 0x80, 0xBF);
  if (byte == 0xF0) return pending(3, 0x90, 0xBF);  // below: overlong
  if (byte < 0xF4) return pending(3, 0x80, 0xBF);
  if (byte == 0xF4) return pending(3, 0x80, 0x8F);  // above: beyond U+10FFFF
  return 0;
}

const uint8_t* skip_ascii(const uint8_t* data, const uint8_t* end) {
  if ((reinterpret_cast<uintptr_t>(data) & 3) != 0) return data;
  while (end - data >= 4 && (*static_cast<const Word*>(static_cast<const void*>(data)) & 0x80808080) == 0) data += 4;
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
    if (state == 0) {
      if (byte < 0x80) continue;
      state = lead(byte);
      if (state == 0) return false;
      continue;
    }
    if (byte < ((state >> 8) & 0xFF) || byte > state >> 16) return false;
    const uint32_t missing = (state & 0xFF) - 1;
    state = missing == 0 ? 0 : pending(missing, 0x80, 0xBF);
  }
  state_ = state;
  return true;
}

}  // namespace whit::wire
