// SPDX-License-Identifier: MIT
// Masking for microcontrollers (RFC 6455 section 5.3): words at aligned addresses only, and few bytes of code.
// copy.cpp runs on this kernel with a key of zeros: one more instruction per word is cheaper than a second kernel.
// A build that traps unaligned words also needs -mno-unaligned-access, since compilers join byte accesses by
// themselves.
#include "whit/kernels/mask.h"

namespace whit::kernels {
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

// The front byte comes in again at the end.
uint32_t turn(uint32_t word) { return drop_front(word, 8) | open_front(word, 24); }

// Both are aligned, and at least four words. All four are read before one is written; last word first, because
// compilers then find one instruction (LDM) that reads them.
[[gnu::noinline]] void mask_blocks(uint8_t* destination, const uint8_t* source, uint8_t* end, uint32_t key) {
  do {
    const Word* const from = words_at(source);
    const uint32_t fourth = from[3];
    const uint32_t third = from[2];
    const uint32_t second = from[1];
    const uint32_t first = from[0];
    Word* const to = words_at(destination);
    to[3] = fourth ^ key;
    to[2] = third ^ key;
    to[1] = second ^ key;
    to[0] = first ^ key;
    source += 16;
    destination += 16;
  } while (destination != end);
}

// Only the destination has to be aligned: each of its words is joined from the two words of the source that it lies in.
// Those are read before the destination, which lies below, can reach them. The `lead` bytes before the first aligned
// word of the source are read one by one, so that nothing outside the source is touched.
void mask_words(uint8_t* destination, const uint8_t* source, size_t size, size_t lead, uint32_t key) {
  uint32_t before = 0;
  const uint8_t* next = source;
  for (; misalignment(next) != 0; ++next) {
    before = drop_front(before, 8) | (kLittleEndian ? uint32_t{*next} << 24 : *next);
  }
  for (const uint8_t* const end = destination + size; destination != end; destination += 4, next += 4) {
    const uint32_t word = *words_at(next);
    // Dropped in two steps, because none may be 32.
    *words_at(destination) = (drop_front(drop_front(before, 8), 24 - lead * 8) | open_front(word, lead * 8)) ^ key;
    before = word;
  }
}

}  // namespace

MaskKey mask(uint8_t* destination, const uint8_t* source, size_t size, MaskKey key) {
  // Whole words leave the key as it is, a byte turns it by one. No memcpy here: firmware may build its memcpy on this
  // function.
  uint32_t turned = *words_at(key.bytes);
  while (size != 0) {
    const size_t lead = (4 - misalignment(source)) & 3;
    if (misalignment(destination) == 0 && size >= lead + 4) {
      size_t done = size & ~size_t{15};
      if (lead == 0 && done != 0) {
        mask_blocks(destination, source, destination + done, turned);
      } else {
        done = (size - lead) & ~size_t{3};
        mask_words(destination, source, done, lead, turned);
      }
      destination += done;
      source += done;
      size -= done;
      continue;
    }
    *destination++ = *source++ ^ static_cast<uint8_t>(kLittleEndian ? turned : turned >> 24);
    turned = turn(turned);
    --size;
  }
  *words_at(key.bytes) = turned;
  return key;
}

}  // namespace whit::kernels
