// SPDX-License-Identifier: MIT
// Small steps over a text, of which all grammars of HTTP heads and URLs are made. Each takes something off the front of
// a text, so that a grammar is read from left to right, and no byte is looked at twice. No step goes beyond the end.
#pragma once

#include <stddef.h>
#include <stdint.h>

#include "whit/bytes.h"

namespace whit::http {

// Classes of characters, as bits: a character may be in several, and a run may be of several.
enum CharClass : uint32_t {
  kTokenChar = 1 << 0,    // RFC 9110, 5.6.2
  kHostChar = 1 << 1,     // RFC 3986, 2.2 and 2.3: unreserved and sub-delims
  kDelimiter = 1 << 2,    // "/?:@": what paths and queries may have besides (RFC 3986, 3.3 and 3.4)
  kHexDigit = 1 << 3,     // of either case
  kBase64Digit = 1 << 4,  // RFC 4648, 4
  kBlank = 1 << 5,        // RFC 9110, 5.6.3: space and tab
  kComma = 1 << 6,
  kVisible = 1 << 7,  // all other visible ASCII characters but "#"
  kOpaque = 1 << 8,   // bytes from 0x80 up
};
constexpr uint32_t kUrlChar = kHostChar | kDelimiter;
constexpr uint32_t kTargetChar = kVisible | kComma;                          // visible, and no "#"
constexpr uint32_t kElementChar = kVisible | kTokenChar | kBlank | kOpaque;  // of a list; "#" is a token character
constexpr uint32_t kFieldChar = kElementChar | kComma;                       // RFC 9110, 5.5: no control byte but tab

// The position of `wanted`, or the size of the text when it is not there.
size_t find(const Text& text, char wanted);

// Takes the longest run of characters of these classes, and says how long it was.
size_t skip_class(Text* text, uint32_t classes);

// Takes `wanted`. Here and below: false, and nothing is taken, when something else is there.
bool take(Text* text, char wanted);

// Takes what `pattern` describes: "#" in it is any digit, a small letter is that letter in either case, everything else
// is itself.
bool skip_pattern(Text* text, const char* pattern);

// The same, and nothing must be left.
bool match_all(Text* text, const char* pattern);

// RFC 9110, 5.6.3: space and tab.
inline bool is_blank(char c) { return c == ' ' || c == '\t'; }

// Takes a decimal number with any number of leading zeros; no digits are 0. What is more than kNumberTooLarge is
// kNumberTooLarge.
constexpr uint32_t kNumberTooLarge = 0x10000;
uint32_t take_number(Text* text);

}  // namespace whit::http
