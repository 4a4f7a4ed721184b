// SPDX-License-Identifier: MIT
#include "whit/http/negotiation.h"

#include "whit/http/grammar.h"
#include "whit/http/scan.h"

namespace whit::http {

namespace {

// Takes `expected` off the front.
bool take_text(Text* text, const Text& expected) {
  if (text->size < expected.size || text->first(expected.size) != expected) return false;
  *text = text->from(expected.size);
  return true;
}

// RFC 9110, 12.4.2: the weight behind a name. 0 refuses it; so does what is no weight.
bool has_weight(Text text) {
  skip_class(&text, kBlank);
  if (text.empty()) return true;
  if (!take(&text, ';')) return false;
  skip_class(&text, kBlank);
  if (!skip_pattern(&text, "q=#") && !skip_pattern(&text, "q=")) return false;
  bool weight = text.data[-1] == '1';
  (void)take(&text, '.');
  for (; skip_pattern(&text, "#");) weight = weight || text.data[-1] != '0';
  return weight && text.empty();
}

}  // namespace

uint8_t read_codings(Text value) {
  uint8_t codings = 0;
  Text element;
  while (next_element(&value, &element)) {
    if (skip_pattern(&element, "*")) {
      if (has_weight(element)) codings |= kAnyCoding;
      continue;
    }
    (void)skip_pattern(&element, "x-");  // RFC 9110, 8.4.1.3: the old name
    if (!skip_pattern(&element, "gzip") || (!element.empty() && !is_blank(element[0]) && element[0] != ';')) continue;
    codings |= has_weight(element) ? kGzip : kNoGzip;
  }
  return codings;
}

bool has_tag(Text value, Text tag, Text suffix) {
  Text element;
  while (next_element(&value, &element)) {
    if (match_all(&element, "*")) return true;
    (void)take_text(&element, "W/");  // RFC 9110, 8.8.3.2: the weak comparison
    if (take(&element, '"') && take_text(&element, tag) && take_text(&element, suffix) && match_all(&element, "\"")) {
      return true;
    }
  }
  return false;
}

}  // namespace whit::http
