// SPDX-License-Identifier: MIT
#include "whit/http_date.h"

#include <stddef.h>

namespace whit {

namespace {

bool is_digit(char c) { return c >= '0' && c <= '9'; }

// RFC 6265, 5.1.1: what stands between tokens.
bool is_delimiter(char c) {
  const bool letter = (c | 0x20) >= 'a' && (c | 0x20) <= 'z';
  return c == '\t' || (c >= ' ' && c <= '~' && c != ':' && !is_digit(c) && !letter);
}

// Takes a number of `least` to `most` digits, behind which there is no further one.
bool take_number(Text* text, size_t least, size_t most, uint32_t* out) {
  size_t size = 0;
  uint32_t number = 0;
  for (; size < text->size && is_digit((*text)[size]); ++size) {
    if (size == most) return false;
    number = number * 10 + static_cast<uint32_t>((*text)[size] - '0');
  }
  if (size < least) return false;
  *text = text->from(size);
  *out = number;
  return true;
}

struct Date {
  uint32_t second_of_day = 0;
  uint32_t day = 0;    // 1 to 31; here and below 0: not found yet
  uint32_t month = 0;  // 1 to 12
  uint32_t year = 0;   // 1601 and up
  bool has_time = false;

  bool read_time(Text token) {
    uint32_t parts[3];
    for (size_t i = 0; i < 3; ++i) {
      if (i != 0 && (token.empty() || token[0] != ':')) return false;
      if (i != 0) token = token.from(1);
      if (!take_number(&token, 1, 2, &parts[i]) || parts[i] > (i == 0 ? 23U : i == 1 ? 59U : 60U)) return false;
    }
    has_time = true;
    second_of_day = parts[0] * 3600 + parts[1] * 60 + parts[2];
    return true;
  }
  bool read_month(Text token) {
    constexpr char kMonths[] = "janfebmaraprmayjunjulaugsepoctnovdec";
    if (token.size < 3) return false;
    for (uint32_t i = 0; i < 12; ++i) {
      const char* name = kMonths + 3 * i;
      const bool same = (token[0] | 0x20) == name[0] && (token[1] | 0x20) == name[1] && (token[2] | 0x20) == name[2];
      if (same) month = i + 1;
    }
    return month != 0;
  }
  bool read_year(Text token) {
    if (!take_number(&token, 2, 4, &year)) return false;
    if (year < 100) year += year < 70 ? 2000 : 1900;
    return true;
  }
  bool is_valid() const {
    constexpr uint8_t kDays[] = {31, 29, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
    const bool leap = year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);
    return has_time && day != 0 && month != 0 && year >= 1601 && day <= kDays[month - 1] &&
           (month != 2 || day < 29 || leap);
  }
};

// Days from 1970-01-01, in years that begin in March so that the day of a leap year is the last one.
int32_t days_from_1970(const Date& date) {
  const uint32_t year = date.month > 2 ? date.year : date.year - 1;
  const uint32_t month = date.month > 2 ? date.month - 3 : date.month + 9;
  const uint32_t days = year * 365 + year / 4 - year / 100 + year / 400 + (month * 153 + 2) / 5 + date.day - 1;
  return static_cast<int32_t>(days) - 719468;
}

}  // namespace

bool parse_http_date(Text text, int64_t* seconds) {
  Date date;
  while (!text.empty()) {
    if (is_delimiter(text[0])) {
      text = text.from(1);
      continue;
    }
    size_t size = 1;
    while (size < text.size && !is_delimiter(text[size])) ++size;
    const Text token = text.first(size);
    text = text.from(size);
    Text digits = token;
    if (!date.has_time && date.read_time(token)) continue;
    if (date.day == 0 && take_number(&digits, 1, 2, &date.day)) continue;
    if (date.month == 0 && date.read_month(token)) continue;
    if (date.year == 0) (void)date.read_year(token);
  }
  if (!date.is_valid()) return false;
  *seconds = int64_t{days_from_1970(date)} * 86400 + date.second_of_day;
  return true;
}

}  // namespace whit
