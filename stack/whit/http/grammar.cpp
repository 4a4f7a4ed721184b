// SPDX-License-Identifier: MIT
#include "whit/http/grammar.h"

namespace whit::http {
namespace {

// RFC 9110 section 5.6.3: white space behind a value is not part of it.
void trim_end(Text* text) {
  while (!text->empty() && is_blank((*text)[text->size - 1])) --text->size;
}

// The position in `names` of the name with which a line begins.
size_t name_position(const Text& line, const char* names) {
  size_t position = 0;
  for (; *names != '\0'; ++position) {
    Text rest = line;
    const char* pattern = names;
    if (*pattern == '@' && skip_pattern(&rest, "sec-websocket-")) ++pattern;
    if (skip_pattern(&rest, pattern)) break;
    while (*names++ != '\0') continue;
  }
  return position;
}

// Takes a token and the white space around it that RFC 2616 allows. RFC 6455 section 9.1: it may be quoted where it is
// a value; what it says, without its quotes and backslashes, must be a token all the same.
bool take_word(Text* text, bool may_be_quoted) {
  skip_class(text, kBlank);
  if (may_be_quoted && take(text, '"')) {
    do {
      take(text, '\\');
      if (skip_class(text, kTokenChar) == 0) return false;
    } while (!take(text, '"'));
  } else if (skip_class(text, kTokenChar) == 0) {
    return false;
  }
  skip_class(text, kBlank);
  return true;
}

// An extension and its parameters.
bool take_extension(Text* text) {
  if (!take_word(text, false)) return false;
  while (take(text, ';')) {
    if (!take_word(text, false)) return false;
    if (take(text, '=') && !take_word(text, true)) return false;
  }
  return true;
}

}  // namespace

LineEnd cut_line(Text* text) {
  Text rest = *text;
  text->size = skip_class(&rest, kFieldChar);
  // RFC 9112 section 2.2 lets a recipient take a bare LF for a line end. What another party on the way takes for one
  // line, or for two, is how requests are smuggled: we refuse it, and every other control byte.
  if (!rest.empty() && rest[0] != '\r') return LineEnd::kMalformed;
  if (rest.size < 2) return LineEnd::kNotYet;
  return rest[1] == '\n' ? LineEnd::kCrLf : LineEnd::kMalformed;
}

uint16_t read_request_line(Text* line, const char* method_and_space) {
  Text method = *line;
  if (skip_class(line, kTokenChar) == 0 || !take(line, ' ')) return 400;
  // RFC 9112 section 3.2: no white space in the target and no fragment, and no attempt to make sense of it.
  const char* const target = line->data;
  const size_t size = skip_class(line, kTargetChar);
  // The only versions there are: RFC 9112 section 2.3. The name is case-sensitive, with one digit on each side of the
  // dot.
  const char* const version = line->data;
  if (size == 0 || !match_all(line, " HTTP/#.#")) return 400;
  *line = {target, size};
  if (!skip_pattern(&method, method_and_space)) return 405;
  if (version[6] != '1') return 505;
  Text resource = *line;
  Text authority;
  if (!split_target(&resource, &authority)) return 400;
  return version[8] == '0' ? 426 : 0;
}

bool split_target(Text* target, Text* authority) {
  authority->size = 0;
  if (!target->empty() && (*target)[0] == '/') return true;
  Origin origin;
  if (!take_origin(target, "http", &origin)) return false;
  *authority = {origin.host.data, static_cast<size_t>(target->data - origin.host.data)};
  return true;
}

uint16_t read_status_line(Text* line) {
  if (!skip_pattern(line, "HTTP/1.# ")) return 0;
  // RFC 9112 section 4: three digits. RFC 9110 section 15: the first one is the class, 1 and up.
  const size_t left = line->size;
  const uint32_t status = take_number(line);
  if (left - line->size != 3 || status < 100) return 0;
  // RFC 9112 section 4: ignore the reason. The space before it is required, but some servers leave it out.
  return line->empty() || (*line)[0] == ' ' ? static_cast<uint16_t>(status) : 0;
}

bool take_field(Text* text, const char* names, Field* out) {
  const Text line = *text;
  // RFC 9112 section 5.1: no space before the colon. Section 5.2: a line that begins with a space continues the one
  // before it (obs-fold); HeadReader::unfold() is there for responses. In both cases the name is no token.
  const size_t size = skip_class(text, kTokenChar);
  if (size == 0 || !take(text, ':')) return false;
  out->name = line.first(size);
  out->index = name_position(line, names);
  skip_class(text, kBlank);
  out->value = *text;
  out->value.size = skip_class(text, kFieldChar);
  trim_end(&out->value);
  return true;
}

bool same_name(const Text& left, const Text& right) {
  if (left.size != right.size) return false;
  for (size_t i = 0; i < left.size; ++i) {
    // The two cases of a letter differ in bit 0x20 alone.
    const int small = left[i] | 0x20;
    const bool letter = small >= 'a' && small <= 'z';
    if (left[i] != right[i] && !(letter && small == (right[i] | 0x20))) return false;
  }
  return true;
}

bool next_element(Text* list, Text* element) {
  // RFC 9110 section 5.6.1.2: a recipient must skip a reasonable number of empty elements.
  skip_class(list, kBlank | kComma);
  *element = *list;
  element->size = skip_class(list, kElementChar);
  trim_end(element);
  return !element->empty();
}

bool list_has(Text* list, const char* pattern) {
  Text element;
  while (next_element(list, &element)) {
    if (match_all(&element, pattern)) return true;
  }
  return false;
}

bool list_has_exact(Text* list, const Text& token) {
  Text element;
  while (next_element(list, &element)) {
    if (element == token) return true;
  }
  return false;
}

bool read_extensions(Text* value) {
  // RFC 2616 section 2.1 allows empty elements, but not a list of nothing else.
  for (bool first = true;; first = false) {
    const bool separated = skip_class(value, kBlank | kComma) != 0;
    if (value->empty()) return !first;
    if ((!first && !separated) || !take_extension(value)) return false;
  }
}

}  // namespace whit::http
