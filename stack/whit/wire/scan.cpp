// SPDX-License-Identifier: MIT
#include "whit/wire/scan.h"

#include "whit/wire/http_head.h"

namespace whit::wire {
namespace {

constexpr Text kAfterScheme("://");

}  // namespace

size_t find(const Text& text, char wanted) {
  size_t at = 0;
  while (at < text.size && text[at] != wanted) ++at;
  return at;
}

bool take(Text* text, char wanted) {
  if (text->empty() || (*text)[0] != wanted) return false;
  *text = text->from(1);
  return true;
}

bool begins_like(const Text& text, const Text& pattern) {
  if (text.size < pattern.size) return false;
  for (size_t i = 0; i < pattern.size; ++i) {
    const bool alike = pattern[i] == '0' ? is_decimal_digit(text[i]) : text[i] == pattern[i];
    if (!alike) return false;
  }
  return true;
}

bool take_scheme(Text* text, const Text& schemes, bool* secure) {
  const size_t size = find(*text, ':');
  const size_t position = list_position(schemes, text->first(size));
  *text = text->from(size);
  *secure = position == 1;
  if (position == kNotListed || !begins_like(*text, kAfterScheme)) return false;
  *text = text->from(kAfterScheme.size);
  return true;
}

size_t authority_size(const Text& text) { return find(text.first(find(text, '?')), '/'); }

}  // namespace whit::wire
