// SPDX-License-Identifier: MIT
// Masking for microcontrollers (RFC 6455 section 5.3): words at aligned addresses only, and few bytes of code.
// copy.cpp runs on this kernel with a key of zeros: one more instruction per word is cheaper than a second kernel.
// A build that traps unaligned words also needs -mno-unaligned-access, since compilers join byte accesses by
// themselves.
#include "whit/wire/mask.h"

namespace whit::wire {
namespace {

// A word that may overlay bytes of any type.
using Word [[gnu::may_alias]] = uint32_t;

constexpr bool kLittleEndian = __BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__;

Word* words_at(uint8_t* address) { return static_cast<Word*>(static_cast<void*>(address)); }
const Word* words_at(const uint8_t* address) { return static_cast<const Word*>(static_cast<const void*>(address)); }

size_t misalignment(const void* pointer) { return reinterpret_cast<uintptr_t>(pointer) & 3; }

// Words as four bytes in the order of memory: takes `bits` off the front, which leaves a hole at the end ...
uint32_t drop_front(uint32_t word, size_t bits) { return kLittleEndian ? word >> bits : word << bits; }
// ... or makes a hole at the front, which pushes as much out at the end.
uint32_t open_front(uint32_t word, size_t bits) { return kLittleEndian ? word << bits : word >> bits; }

// What leaves at the front comes in again at the end.
uint32_t turn(uint32_t word, size_t bits) { return drop_front(word, bits) | open_front(word, (32 - bits) % 32); }

// `words` is not zero. Eight at a time, because then the counting costs less than the work.
void mask_words(Word* destination, const Word* source, size_t words, uint32_t key) {
  const Word* const end = source + words;
  while (end - source >= 8) {
    for (int half = 0; half < 2; ++half) {
      const uint32_t first = *source++;
      const uint32_t second = *source++;
      const uint32_t third = *source++;
      const uint32_t fourth = *source++;
      *destination++ = first ^ key;
      *destination++ = second ^ key;
      *destination++ = third ^ key;
      *destination++ = fourth ^ key;
    }
  }
  while (source != end) *destination++ = *source++ ^ key;
}

// `words` is not zero. Only the destination is aligned: each of its words is joined from the two words of the source
// that it lies in. Those are read before the destination, which lies below, can reach them. The bytes before the first
// aligned word of the source are read one by one, so that nothing outside the source is touched.
void mask_words_shifted(Word* destination, const uint8_t* source, size_t words, uint32_t key) {
  const size_t shift = misalignment(source) * 8;
  uint32_t carry = 0;
  for (; misalignment(source) != 0; ++source) {
    carry = drop_front(carry, 8) | (kLittleEndian ? uint32_t{*source} << 24 : *source);
  }
  carry = drop_front(carry, shift);
  const Word* next = words_at(source);
  do {
    const uint32_t word = *next++;
    *destination++ = (carry | open_front(word, 32 - shift)) ^ key;
    carry = drop_front(word, shift);
  } while (--words != 0);
}

}  // namespace

void mask(uint8_t* destination, const uint8_t* source, size_t size, MaskKey key, size_t phase) {
  // The key as a word, beginning with the byte that is next. Whole words leave it as it is, a byte turns it by one.
  // No memcpy here: firmware may build its memcpy on this function.
  alignas(Word) const MaskKey aligned = key;
  uint32_t turned = turn(*words_at(aligned.bytes), phase % 4 * 8);
  while (size != 0) {
    // The source bytes before its first aligned word count, but cannot be loaded as a word.
    const size_t lead = (4 - misalignment(source)) & 3;
    if (misalignment(destination) == 0 && size >= lead + 4) {
      const size_t words = (size - lead) / 4;
      if (lead == 0) {
        mask_words(words_at(destination), words_at(source), words, turned);
      } else {
        mask_words_shifted(words_at(destination), source, words, turned);
      }
      destination += words * 4;
      source += words * 4;
      size -= words * 4;
      continue;
    }
    *destination++ = *source++ ^ static_cast<uint8_t>(kLittleEndian ? turned : turned >> 24);
    turned = turn(turned, 8);
    --size;
  }
}

}  // namespace whit::wire
