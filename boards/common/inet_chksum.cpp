// SPDX-License-Identifier: MIT
// lwIP's LWIP_CHKSUM: the Internet checksum (RFC 1071) of data at any address, not inverted, in the byte order of
// memory. Every byte received or sent passes here, so whole words do.
#include <stddef.h>
#include <stdint.h>

namespace {

// A word that may overlay bytes of any type.
using Word [[gnu::may_alias]] = uint32_t;

uint32_t fold(uint32_t sum) { return (sum & 0xFFFF) + (sum >> 16); }

}  // namespace

extern "C" uint16_t board_inet_chksum(const void* data, int size) {
  // The sum of the upper halves of all words, and the sum of the words, whose carries are lost. What the latter has
  // more is the sum of the lower halves: no word needs a look at its carry.
  uint32_t upper = 0;
  uint32_t words = 0;
  const uint8_t* next = static_cast<const uint8_t*>(data);
  while (size > 0) {
    const uintptr_t misalignment = reinterpret_cast<uintptr_t>(next) & 3;
    if (misalignment == 0 && size >= 4) {
      const uint8_t* const end = next + (size & ~3);
      do {
        const uint32_t word = *static_cast<const Word*>(static_cast<const void*>(next));
        words += word;
        upper += word >> 16;
        next += 4;
      } while (next != end);
      size &= 3;
    } else {
      words += uint32_t{*next++} << (misalignment & 1) * 8;
      --size;
    }
  }
  const uint32_t lower = words - (upper << 16);
  const uint16_t sum = static_cast<uint16_t>(fold(fold(lower + upper)));
  // Halves were those of even addresses. The data's own begin where it does.
  const bool from_odd = (reinterpret_cast<uintptr_t>(data) & 1) != 0;
  return from_odd ? __builtin_bswap16(sum) : sum;
}
