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
bool valid_ipv4(const Text& text) {
  int octets = 0;
  size_t digits = 0;
  int value = 0;
  for (size_t i = 0; i <= text.size; ++i) {
    if (i == text.size || text[i] == '.') {
      if (digits == 0) return false;
      ++octets;
      digits = 0;
      value = 0;
      continue;
    }
    if (!is_decimal_digit(text[i]) || (digits != 0 && value == 0)) return false;
    value = value * 10 + (text[i] - '0');
    if (value > 255) return false;
    ++digits;
  }
  return octets == 4;
}

}  // namespace

bool are_url_chars(const Text& text, const Text& others) {
  for (size_t i = 0; i < text.size; ++i) {
    const char c = text[i];
    if (c == '%') {
      if (text.size - i < 3 || !is_hex_digit(text[i + 1]) || !is_hex_digit(text[i + 2])) return false;
    } else if (!kPlain.has(c) && find(others, c) == others.size) {
      return false;
    }
  }
  return true;
}

bool valid_ipv6(const Text& text) {
  int groups = 0;
  bool shortened = false;
  size_t digits = 0;  // of the group so far
  int colons = 0;     // since the last group: one between groups, two for groups of zeros, once
  for (size_t i = 0; i < text.size; ++i) {
    if (text[i] == ':') {
      digits = 0;
      if (++colons == 1) continue;
      if (shortened) return false;
      shortened = true;
    } else if (is_hex_digit(text[i])) {
      if (digits == 0 && groups++ == 0 && colons == 1) return false;
      if (++digits > 4) return false;
      colons = 0;
    } else {
      // What may follow is an IPv4 address, which began with this group and is worth two.
      if (!valid_ipv4(text.from(i - digits))) return false;
      ++groups;
      break;
    }
  }
  return colons != 1 && (shortened ? groups < 8 : groups == 8);
}

bool parse_authority(const Text& text, Authority* out) {
  Text rest = text;
  const bool literal = take(&rest, '[');
  out->host = rest.first(find(rest, literal ? ']' : ':'));
  rest = rest.from(out->host.size);
  if (literal) {
    if (!take(&rest, ']') || !valid_ipv6(out->host)) return false;
  } else if (out->host.empty() ||
             !are_url_chars(out->host, {})) {  // reg-name; an IPv4 address is one by its characters
    return false;
  }
  out->written_host = text.first(text.size - rest.size);
  out->port = 0;
  if (!take(&rest, ':')) return rest.empty();
  return parse_number(rest, &out->port) && (rest.empty() || out->port != 0);
}

bool parse_number(const Text& digits, uint16_t* out) {
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
