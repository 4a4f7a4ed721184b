// SPDX-License-Identifier: MIT
// Small steps over a text, shared by the parsers of HTTP heads and URLs. No step goes beyond the end of its text.
#pragma once

#include <stddef.h>

#include "whit/bytes.h"

namespace whit::wire {

constexpr bool is_decimal_digit(char c) { return c >= '0' && c <= '9'; }

// The position of `wanted`, or the size of the text when it is not there.
size_t find(Text text, char wanted);

// Takes `wanted` off the front. False, and nothing is taken, when something else is there.
bool take(Text* text, char wanted);

// Does the text begin like the pattern, in which "0" stands for any digit?
bool begins_like(Text text, Text pattern);

// Takes `scheme` or `scheme` followed by "s", and "://", off the front; `scheme` without regard to case (RFC 3986
// section 3.1). `*secure` says whether the "s" was there. False when the text begins with something else; `text` is
// then undefined.
bool take_scheme(Text* text, Text scheme, bool* secure);

}  // namespace whit::wire
