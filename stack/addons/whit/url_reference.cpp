// SPDX-License-Identifier: MIT
#include "whit/url_reference.h"

namespace whit {

namespace {

// The position of the first of several characters, or the size of the text.
size_t find_any(Text text, Text wanted) {
  for (size_t at = 0; at < text.size; ++at) {
    for (size_t i = 0; i < wanted.size; ++i) {
      if (text[at] == wanted[i]) return at;
    }
  }
  return text.size;
}

// Takes the first `size` bytes.
Text take_first(Text* text, size_t size) {
  const Text first = text->first(size);
  *text = text->from(size);
  return first;
}

char small(char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c | 0x20) : c; }

}  // namespace

UrlReference split_reference(Text text) {
  UrlReference parts;
  text.size = find_any(text, "#");
  const size_t colon = find_any(text, ":/?");
  if (colon != 0 && colon < text.size && text[colon] == ':') {
    parts.scheme = take_first(&text, colon);
    text = text.from(1);
  }
  parts.has_authority = text.size >= 2 && text[0] == '/' && text[1] == '/';
  if (parts.has_authority) {
    text = text.from(2);
    parts.authority = take_first(&text, find_any(text, "/?"));
  }
  parts.path = take_first(&text, find_any(text, "?"));
  parts.query = text;
  parts.has_query = !text.empty();
  return parts;
}

// A colon inside brackets is part of an IPv6 literal.
Text UrlReference::host() const {
  const size_t bracket = find_any(authority, "]");
  const size_t from = bracket == authority.size ? 0 : bracket;
  return authority.first(from + find_any(authority.from(from), ":"));
}

uint32_t UrlReference::port() const {
  uint32_t number = 0;
  for (size_t i = host().size + 1; i < authority.size; ++i) {
    number = number * 10 + static_cast<uint32_t>(authority[i] - '0');
  }
  const uint32_t usual = is_secure() ? 443 : 80;
  return number != 0 ? number : usual;
}

bool same_but_for_case(Text left, Text right) {
  if (left.size != right.size) return false;
  for (size_t i = 0; i < left.size; ++i) {
    if (small(left[i]) != small(right[i])) return false;
  }
  return true;
}

}  // namespace whit
