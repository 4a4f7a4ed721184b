// SPDX-License-Identifier: MIT
#include "whit/request_values.h"

#include <stdint.h>

namespace whit {

namespace {

bool is_blank(char c) { return c == ' ' || c == '\t'; }

size_t find(Text text, char wanted) {
  size_t at = 0;
  while (at < text.size && text[at] != wanted) ++at;
  return at;
}

// Takes what stands before the first `mark`, or all, and the mark.
Text take_until(Text* text, char mark) {
  const Text before = text->first(find(*text, mark));
  *text = text->from(before.size == text->size ? before.size : before.size + 1);
  return before;
}

Text trimmed(Text text) {
  while (!text.empty() && is_blank(text[0])) text = text.from(1);
  while (!text.empty() && is_blank(text[text.size - 1])) --text.size;
  return text;
}

// 16: it is no hexadecimal digit.
uint32_t digit_value(char c) {
  if (c >= '0' && c <= '9') return static_cast<uint32_t>(c - '0');
  const char small = static_cast<char>(c | 0x20);
  return small >= 'a' && small <= 'f' ? static_cast<uint32_t>(small - 'a') + 10 : 16;
}

// Takes one byte of an encoded text that is not empty. False: "%" without two digits.
bool take_byte(Text* text, uint8_t* byte) {
  const char c = (*text)[0];
  *byte = static_cast<uint8_t>(c == '+' ? ' ' : c);
  size_t size = 1;
  if (c == '%') {
    const uint32_t high = text->size > 2 ? digit_value((*text)[1]) : 16;
    const uint32_t low = text->size > 2 ? digit_value((*text)[2]) : 16;
    if (high == 16 || low == 16) return false;
    *byte = static_cast<uint8_t>(high << 4 | low);
    size = 3;
  }
  *text = text->from(size);
  return true;
}

bool decodes_to(Text encoded, Text plain) {
  for (size_t i = 0; i < plain.size; ++i) {
    uint8_t byte = 0;
    if (encoded.empty() || !take_byte(&encoded, &byte) || byte != static_cast<uint8_t>(plain[i])) return false;
  }
  return encoded.empty();
}

}  // namespace

Text path_of(Text target) { return take_until(&target, '?'); }

Text query_of(Text target) {
  (void)take_until(&target, '?');
  return target;
}

Text cookie_value(Text cookies, Text name) {
  while (!cookies.empty()) {
    Text value = take_until(&cookies, ';');
    const size_t size = find(value, '=');
    if (size == value.size || trimmed(value.first(size)) != name) continue;
    value = trimmed(value.from(size + 1));
    const bool quoted = value.size >= 2 && value[0] == '"' && value[value.size - 1] == '"';
    return quoted ? value.from(1).first(value.size - 2) : value;
  }
  return {};
}

Text parameter(Text form, Text name, MutableBytes memory) {
  while (!form.empty()) {
    Text value = take_until(&form, '&');
    if (!decodes_to(take_until(&value, '='), name)) continue;
    size_t size = 0;
    for (; !value.empty(); ++size) {
      if (size == memory.size || !take_byte(&value, &memory.data[size])) return {};
    }
    return as_text(memory.first(size));
  }
  return {};
}

}  // namespace whit
