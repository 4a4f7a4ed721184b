// SPDX-License-Identifier: MIT
#include "pbuf_words.h"

namespace board {
namespace {

// Collects bytes and aligned words of a little-endian stream into words.
class Packer {
 public:
  explicit Packer(volatile uint32_t& fifo) : fifo_(fifo) {}

  void put(uint8_t byte) {
    word_ |= static_cast<uint32_t>(byte) << bits_;
    bits_ += 8;
    if (bits_ == 32) flush();
  }

  void put_word(uint32_t word) {
    if (bits_ == 0) {
      fifo_ = word;
      return;
    }
    fifo_ = word_ | word << bits_;
    word_ = word >> (32 - bits_);
  }

  void finish() {
    if (bits_ != 0) flush();
  }

 private:
  void flush() {
    fifo_ = word_;
    word_ = 0;
    bits_ = 0;
  }

  volatile uint32_t& fifo_;
  uint32_t word_ = 0;
  uint32_t bits_ = 0;
};

void put_bytes(Packer& packer, const uint8_t* data, size_t size) {
  for (; size != 0 && (reinterpret_cast<uintptr_t>(data) & 3) != 0; --size) packer.put(*data++);
  for (; size >= 4; size -= 4, data += 4)
    packer.put_word(*static_cast<const uint32_t*>(static_cast<const void*>(data)));
  for (; size != 0; --size) packer.put(*data++);
}

}  // namespace

void write_words(const pbuf* chain, volatile uint32_t& fifo) {
  Packer packer(fifo);
  for (; chain != nullptr; chain = chain->next)
    put_bytes(packer, static_cast<const uint8_t*>(chain->payload), chain->len);
  packer.finish();
}

void read_words(pbuf* chain, volatile uint32_t& fifo, const uint32_t* first) {
  for (; chain != nullptr; chain = chain->next) {
    uint32_t* word = static_cast<uint32_t*>(chain->payload);
    size_t left = (chain->len + 3u) / 4;
    if (first != nullptr && left != 0) {
      *word++ = *first;
      first = nullptr;
      --left;
    }
    for (; left != 0; --left) *word++ = fifo;
  }
}

}  // namespace board
