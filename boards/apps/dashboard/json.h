// SPDX-License-Identifier: MIT
// Writes a JSON text into memory that its owner has made large enough: names, numbers, arrays of numbers, strings.
// Nothing is written behind the end.
#pragma once

#include <stddef.h>
#include <stdint.h>

#include "whit/bytes.h"

namespace dashboard {

class Json {
 public:
  template <size_t kSize>
  explicit Json(char (&memory)[kSize]) : memory_(memory), room_(kSize) {}

  Json& raw(whit::Text text);     // as it is
  Json& string(whit::Text text);  // quoted; of what RFC 8259, section 7, wants escaped it has no control characters
  Json& number(uint32_t value);
  Json& pair(uint32_t first, uint32_t second);  // [first,second]

  whit::Text text() const { return {memory_, size_}; }

 private:
  void put(char c);

  char* memory_;
  size_t room_;
  size_t size_ = 0;
};

}  // namespace dashboard
