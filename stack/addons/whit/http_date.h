// SPDX-License-Identifier: MIT
// Dates of HTTP: IMF-fixdate, and the two older forms that a recipient has to accept (RFC 9110, 5.6.7).
#pragma once

#include <stdint.h>

#include "whit/bytes.h"

namespace whit {

// "Sun, 06 Nov 1994 08:49:37 GMT", "Sunday, 06-Nov-94 08:49:37 GMT", "Sun Nov  6 08:49:37 1994", and what servers make
// of them in cookies: a time, a day, a month and a year in any order (RFC 6265, 5.1.1). A year of two digits is one of
// 1970 to 2069. False, and nothing is set: it is no date. `seconds`: since 1970-01-01 00:00:00 UTC, leap seconds not
// counted.
bool parse_http_date(Text text, int64_t* seconds);

}  // namespace whit
