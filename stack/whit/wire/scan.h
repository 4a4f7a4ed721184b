// SPDX-License-Identifier: MIT
// Small steps over a text, shared by the parsers of HTTP heads and URLs. No step goes beyond the end of its text.
#pragma once

#include <stddef.h>

#include "whit/bytes.h"

namespace whit::wire {

constexpr bool is_decimal_digit(char c) { return c >= '0' && c <= '9'; }

// The position of `wanted`, or the size of the text when it is not there.
size_t find(const Text& text, char wanted);

// Takes `wanted` off the front. False, and nothing is taken, when something else is there.
bool take(Text* text, char wanted);

// Does the text begin like the pattern, in which "0" stands for any digit?
bool begins_like(const Text& text, const Text& pattern);

// Takes one of the two schemes and "://" off the front; without regard to case (RFC 3986 section 3.1). `*secure` says
// whether it was the second. False when the text begins with something else; `text` is then undefined.
bool take_scheme(Text* text, const Text& schemes, bool* secure);

// The size of the authority at the front of `text`, up to the path or the query: RFC 3986 section 3.2.
size_t authority_size(const Text& text);

}  // namespace whit::wire
