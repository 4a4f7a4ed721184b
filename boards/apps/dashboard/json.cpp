// SPDX-License-Identifier: MIT
#include "json.h"

#include "board.h"

namespace dashboard {

using whit::Text;

void Json::put(char c) {
  if (size_ < room_) memory_[size_++] = c;
}

Json& Json::raw(Text text) {
  for (size_t i = 0; i < text.size; ++i) put(text[i]);
  return *this;
}

Json& Json::string(Text text) {
  put('"');
  for (size_t i = 0; i < text.size; ++i) {
    if (text[i] == '"' || text[i] == '\\') put('\\');
    put(text[i]);
  }
  put('"');
  return *this;
}

Json& Json::number(uint32_t value) {
  char digits[11];
  return raw(board::decimal(value, digits));
}

Json& Json::pair(uint32_t first, uint32_t second) {
  put('[');
  number(first);
  put(',');
  number(second);
  put(']');
  return *this;
}

}  // namespace dashboard
