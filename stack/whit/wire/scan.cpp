// SPDX-License-Identifier: MIT
#include "whit/wire/scan.h"

#include "whit/wire/http_head.h"

namespace whit::wire {
namespace {

constexpr Text kAfterScheme("://");

}  // namespace

size_t find(Text text, char wanted) {
  size_t at = 0;
  while (at < text.size && text[at] != wanted) ++at;
  return at;
}

bool take(Text* text, char wanted) {
  if (text->empty() || (*text)[0] != wanted) return false;
  *text = text->from(1);
  return true;
}

bool begins_like(Text text, Text pattern) {
  if (text.size < pattern.size) return false;
  for (size_t i = 0; i < pattern.size; ++i) {
    const bool alike = pattern[i] == '0' ? is_decimal_digit(text[i]) : text[i] == pattern[i];
    if (!alike) return false;
  }
  return true;
}

bool take_scheme(Text* text, Text scheme, bool* secure) {
  if (text->size < scheme.size || !equals_ignore_case(text->first(scheme.size), scheme)) return false;
  *text = text->from(scheme.size);
  *secure = take(text, 's') || take(text, 'S');
  if (!begins_like(*text, kAfterScheme)) return false;
  *text = text->from(kAfterScheme.size);
  return true;
}

}  // namespace whit::wire
