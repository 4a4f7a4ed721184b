// SPDX-License-Identifier: MIT
#include "whit/http/scan.h"

namespace whit::http {
namespace {

// The classes of ASCII characters, all but kOpaque.
class Table {
 public:
  constexpr Table() : classes_{} {
    for (int c = '!'; c <= '~'; ++c) classes_[c - ' '] = kVisible;
    constexpr uint32_t alphanumeric = kTokenChar | kHostChar | kBase64Digit;
    add("0123456789abcdefABCDEF", alphanumeric | kHexDigit);
    add("ghijklmnopqrstuvwxyzGHIJKLMNOPQRSTUVWXYZ", alphanumeric);
    add("!#$%&'*+-.^_`|~", kTokenChar);
    add("-._~!$&'()*+,;=", kHostChar);
    add("/?:@", kDelimiter);
    add("+/", kBase64Digit);
    add(" ", kBlank);
    add(",", kComma);
    classes_['#' - ' '] &= static_cast<uint8_t>(~kVisible);
    classes_[',' - ' '] &= static_cast<uint8_t>(~kVisible);
  }

  constexpr uint32_t operator[](char c) const {
    const int code = static_cast<signed char>(c);
    if (code >= ' ') return classes_[code - ' '];
    if (code < 0) return kOpaque;
    return code == '\t' ? uint32_t{kBlank} : 0;
  }

 private:
  constexpr void add(const char* characters, uint32_t classes) {
    for (; *characters != '\0'; ++characters) classes_[*characters - ' '] |= static_cast<uint8_t>(classes);
  }

  uint8_t classes_[0x80 - ' '];
};

constexpr Table kClasses;

bool is_alike(char c, char pattern) {
  if (pattern == '#') return c >= '0' && c <= '9';
  // The two cases of a letter differ in bit 0x20 alone.
  const bool small = pattern >= 'a' && pattern <= 'z';
  return (small ? c | 0x20 : c) == pattern;
}

}  // namespace

size_t find(const Text& text, char wanted) {
  size_t at = 0;
  while (at < text.size && text[at] != wanted) ++at;
  return at;
}

size_t skip_class(Text* text, uint32_t classes) {
  size_t size = 0;
  while (size < text->size && (kClasses[(*text)[size]] & classes) != 0) ++size;
  *text = text->from(size);
  return size;
}

bool take(Text* text, char wanted) {
  if (text->empty() || (*text)[0] != wanted) return false;
  *text = text->from(1);
  return true;
}

bool skip_pattern(Text* text, const char* pattern) {
  size_t size = 0;
  for (; pattern[size] != '\0'; ++size) {
    if (size == text->size || !is_alike((*text)[size], pattern[size])) return false;
  }
  *text = text->from(size);
  return true;
}

bool match_all(Text* text, const char* pattern) { return skip_pattern(text, pattern) && text->empty(); }

uint32_t take_number(Text* text) {
  uint32_t value = 0;
  for (; !text->empty() && is_alike((*text)[0], '#'); *text = text->from(1)) {
    value = value * 10 + static_cast<uint32_t>((*text)[0] - '0');
    if (value > kNumberTooLarge) value = kNumberTooLarge;
  }
  return value;
}

}  // namespace whit::http
