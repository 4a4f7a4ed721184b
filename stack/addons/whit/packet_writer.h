// SPDX-License-Identifier: MIT
// PacketWriter: puts a text together in memory that was measured before: without memory it counts alone.
#pragma once

#include <stddef.h>
#include <stdint.h>

#include "whit/bytes.h"
#include "whit/copy.h"

namespace whit {

class PacketWriter {
 public:
  PacketWriter() = default;  // counts
  explicit PacketWriter(MutableBytes room) : room_(room) {}

  // A text, or as much of it as there is room for.
  void put(Text text) {
    if (text.size <= room_.size && size_ <= room_.size - text.size) {
      copy(room_.data + size_, as_bytes(text).data, text.size);
    }
    size_ += text.size;
  }
  void put(char c) { put(Text(&c, 1)); }  // one character
  // In decimal digits.
  void put_number(uint32_t number) {
    char digits[10];
    size_t at = sizeof digits;
    do {
      digits[--at] = static_cast<char>('0' + number % 10);
      number /= 10;
    } while (number != 0);
    put(Text(digits + at, sizeof digits - at));
  }

  size_t size() const { return size_; }                      // of the text, also of what has found no room
  bool fits() const { return size_ <= room_.size; }          // all that was put has found room
  Text text() const { return as_text(room_.first(size_)); }  // when it fits

 private:
  MutableBytes room_;
  size_t size_ = 0;
};

}  // namespace whit
