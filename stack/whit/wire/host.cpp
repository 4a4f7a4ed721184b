// SPDX-License-Identifier: MIT
#include "whit/wire/host.h"

#include "whit/wire/char_set.h"
#include "whit/wire/scan.h"

namespace whit::wire {
namespace {

// RFC 3986 section 2.3 (unreserved) and section 2.2 (sub-delims).
constexpr CharSet kPlain("-._~!$&'()*+,;=");

bool is_hex_digit(char c) {
  const char letter = static_cast<char>(c | 0x20);
  return is_decimal_digit(c) || (letter >= 'a' && letter <= 'f');
}

// RFC 3986 section 3.2.2: four decimal numbers up to 255 without leading zeros.
bool valid_ipv4(Text text) {
  size_t at = 0;
  for (int octet = 0; octet < 4; ++octet) {
    if (octet != 0 && (at == text.size || text[at++] != '.')) return false;
    const size_t start = at;
    unsigned value = 0;
    for (; at < text.size && at - start < 3 && is_decimal_digit(text[at]); ++at) {
      value = value * 10 + static_cast<unsigned>(text[at] - '0');
    }
    if (at == start || value > 255 || (text[start] == '0' && at - start > 1)) return false;
  }
  return at == text.size;
}

// RFC 3986 section 3.2.2: reg-name, but not empty. An IPv4 address is one by its characters.
bool valid_name(Text text) {
  for (size_t i = 0; i < text.size;) {
    const size_t size = url_char_size(text.from(i));
    if (size == 0) return false;
    i += size;
  }
  return !text.empty();
}

}  // namespace

size_t url_char_size(Text text) {
  if (kPlain.has(text[0])) return 1;
  return text[0] == '%' && text.size >= 3 && is_hex_digit(text[1]) && is_hex_digit(text[2]) ? 3 : 0;
}

bool valid_ipv6(Text text) {
  size_t at = 0;
  unsigned groups = 0;
  bool shortened = text.size >= 2 && text[0] == ':' && text[1] == ':';
  if (shortened) at = 2;
  while (at < text.size) {
    const size_t start = at;
    while (at < text.size && at - start < 4 && is_hex_digit(text[at])) ++at;
    if (at < text.size && text[at] == '.') {
      if (!valid_ipv4(text.from(start))) return false;
      groups += 2;
      break;
    }
    if (at == start) return false;
    ++groups;
    if (at == text.size) break;
    // One colon goes between two groups, so it cannot be the last character; two stand for groups of zeros, once.
    if (text[at++] != ':' || at == text.size) return false;
    if (text[at] != ':') continue;
    if (shortened) return false;
    shortened = true;
    ++at;
  }
  return shortened ? groups < 8 : groups == 8;
}

bool parse_authority(Text text, Authority* out) {
  out->ipv6_literal = !text.empty() && text[0] == '[';
  size_t end = find(text, out->ipv6_literal ? ']' : ':');
  out->host = text.first(end);
  if (out->ipv6_literal) {
    if (end == text.size) return false;
    out->host = out->host.from(1);
    ++end;
  }
  if (out->ipv6_literal ? !valid_ipv6(out->host) : !valid_name(out->host)) return false;
  out->written_host = text.first(end);
  out->port = 0;
  if (end == text.size) return true;
  const Text digits = text.from(end + 1);
  if (text[end] != ':' || !parse_number(digits, &out->port)) return false;
  return digits.empty() || out->port != 0;
}

bool parse_number(Text digits, uint16_t* out) {
  uint32_t value = 0;
  for (size_t i = 0; i < digits.size; ++i) {
    if (!is_decimal_digit(digits[i])) return false;
    value = value * 10 + static_cast<uint32_t>(digits[i] - '0');
    if (value > 0xFFFF) return false;
  }
  *out = static_cast<uint16_t>(value);
  return true;
}

}  // namespace whit::wire
