// SPDX-License-Identifier: MIT
#include "whit/wire/http_head.h"

#include "whit/wire/char_set.h"
#include "whit/wire/host.h"

namespace whit::wire {
namespace {

// RFC 9110 section 5.6.2.
constexpr CharSet kTokenChars("!#$%&'*+-.^_`|~");

bool is_space(char c) { return c == ' ' || c == '\t'; }
bool is_decimal_digit(char c) { return c >= '0' && c <= '9'; }

// The position of `wanted`, or the size of the text.
size_t find(Text text, char wanted) {
  size_t at = 0;
  while (at < text.size && text[at] != wanted) ++at;
  return at;
}

void skip_space(Text* text) {
  while (!text->empty() && is_space((*text)[0])) *text = text->from(1);
}

// RFC 9110 section 5.6.3: white space around a value is not part of it.
Text trim(Text text) {
  skip_space(&text);
  while (!text.empty() && is_space(text[text.size - 1])) --text.size;
  return text;
}

// Takes `wanted` off the front, if it is there.
bool take(Text* text, char wanted) {
  if (text->empty() || (*text)[0] != wanted) return false;
  *text = text->from(1);
  return true;
}

bool take_token(Text* text) {
  size_t size = 0;
  while (size < text->size && kTokenChars.has((*text)[size])) ++size;
  *text = text->from(size);
  return size != 0;
}

// Takes `size` characters off the front if they are `wanted`, which is in lower case, without regard to case.
bool take_scheme(Text* text, Text wanted) {
  if (text->size < wanted.size || !equals_ignore_case(text->first(wanted.size), wanted)) return false;
  *text = text->from(wanted.size);
  return true;
}

// RFC 9112 section 2.3: "HTTP/" DIGIT "." DIGIT, with upper-case letters. Takes these eight characters off the front.
bool take_version(Text* text, char* major, char* minor) {
  if (text->size < 8 || text->first(5) != Text("HTTP/", 5) || (*text)[6] != '.') return false;
  *major = (*text)[5];
  *minor = (*text)[7];
  *text = text->from(8);
  return is_decimal_digit(*major) && is_decimal_digit(*minor);
}

bool list_has(Text value, Text token, bool (*equals)(Text, Text)) {
  TokenList list(value);
  Text element;
  while (list.next(&element)) {
    if (equals(element, token)) return true;
  }
  return false;
}

// RFC 6455 section 9.1: what a quoted value says, without its quotes and backslashes, must be a token.
bool take_quoted_token(Text* text) {
  for (size_t count = 0;; ++count) {
    if (take(text, '"')) return count != 0;
    take(text, '\\');
    if (text->empty() || !kTokenChars.has((*text)[0])) return false;
    *text = text->from(1);
  }
}

// RFC 6455 section 9.1: token [ "=" ( token | quoted token ) ], and the white space that RFC 2616 allows around it.
bool take_parameter(Text* text) {
  skip_space(text);
  if (!take_token(text)) return false;
  skip_space(text);
  if (!take(text, '=')) return true;
  skip_space(text);
  const bool valid = take(text, '"') ? take_quoted_token(text) : take_token(text);
  skip_space(text);
  return valid;
}

}  // namespace

LineResult find_line(Bytes data, size_t* line_size) {
  for (size_t i = 0; i < data.size; ++i) {
    // RFC 9112 section 2.2 lets a recipient take a bare LF for a line end. What another party on the way takes for one
    // line, or for two, is how requests are smuggled: we refuse it.
    if (data.data[i] == '\n') return LineResult::kMalformed;
    if (data.data[i] != '\r') continue;
    if (i + 1 == data.size) return LineResult::kNeedMore;
    if (data.data[i + 1] != '\n') return LineResult::kMalformed;
    *line_size = i;
    return LineResult::kLine;
  }
  return LineResult::kNeedMore;
}

bool parse_request_line(Text line, RequestLine* out) {
  const size_t method_end = find(line, ' ');
  if (method_end == line.size) return false;
  out->method = line.first(method_end);
  line = line.from(method_end + 1);
  const size_t target_end = find(line, ' ');
  if (target_end == line.size) return false;
  out->target = line.first(target_end);
  line = line.from(target_end + 1);
  for (size_t i = 0; i < out->target.size; ++i) {
    if (out->target[i] < '!' || out->target[i] > '~') return false;
  }
  char major = 0;
  char minor = 0;
  if (!take_version(&line, &major, &minor)) return false;
  out->http_1_1 = major == '1' && minor != '0';
  return line.empty() && !out->target.empty() && is_token(out->method);
}

bool target_resource(Text target, Text* resource) {
  if (find(target, '#') != target.size) return false;
  *resource = target;
  if (!target.empty() && target[0] == '/') return true;
  // RFC 9112 section 3.2.2: a server must accept absolute-form. The authority counts instead of the Host field.
  if (!take_scheme(&target, "http://") && !take_scheme(&target, "https://")) return false;
  const size_t query = find(target, '?');
  const size_t path = find(target.first(query), '/');
  *resource = path == target.size ? Text("/") : target.from(path);
  return valid_host_value(target.first(path));
}

bool parse_status_line(Text line, StatusLine* out) {
  char major = 0;
  char minor = 0;
  if (!take_version(&line, &major, &minor) || major != '1') return false;
  out->minor = static_cast<uint8_t>(minor - '0');
  // RFC 9112 section 4: three digits. RFC 9110 section 15: the first one is the class, 1 and up.
  if (!take(&line, ' ') || line.size < 3 || line[0] == '0') return false;
  uint32_t status = 0;
  for (size_t i = 0; i < 3; ++i) {
    if (!is_decimal_digit(line[i])) return false;
    status = status * 10 + static_cast<uint32_t>(line[i] - '0');
  }
  out->status = static_cast<uint16_t>(status);
  line = line.from(3);
  // RFC 9112 section 4: ignore the reason. The space before it is required, but some servers leave it out.
  return line.empty() || (line[0] == ' ' && valid_field_value(line));
}

bool parse_field(Text line, Field* out) {
  // RFC 9112 section 5.1: no space before the colon. Section 5.2: a line that begins with a space continues the one
  // before it (obs-fold); we refuse those in requests and responses. In both cases the name is no token.
  const size_t colon = find(line, ':');
  if (colon == line.size) return false;
  out->name = line.first(colon);
  out->value = trim(line.from(colon + 1));
  return is_token(out->name) && valid_field_value(out->value);
}

bool is_token(Text text) { return take_token(&text) && text.empty(); }

bool valid_field_value(Text value) {
  // RFC 9110 section 5.5: CR, LF and NUL are dangerous, the other control bytes are invalid.
  for (size_t i = 0; i < value.size; ++i) {
    const uint8_t byte = static_cast<uint8_t>(value[i]);
    if ((byte < 0x20 && byte != '\t') || byte == 0x7F) return false;
  }
  return true;
}

bool equals_ignore_case(Text left, Text right) {
  if (left.size != right.size) return false;
  for (size_t i = 0; i < left.size; ++i) {
    // The two cases of a letter differ in bit 0x20 alone.
    const int difference = left[i] ^ right[i];
    if (difference == 0) continue;
    const char letter = static_cast<char>(left[i] | 0x20);
    if (difference != 0x20 || letter < 'a' || letter > 'z') return false;
  }
  return true;
}

bool TokenList::next(Text* token) {
  // RFC 9110 section 5.6.1.2: a recipient must skip a reasonable number of empty elements.
  while (!rest_.empty()) {
    const size_t end = find(rest_, ',');
    const Text element = trim(rest_.first(end));
    rest_ = end == rest_.size ? Text() : rest_.from(end + 1);
    if (element.empty()) continue;
    *token = element;
    return true;
  }
  return false;
}

bool list_has_token(Text value, Text token) { return list_has(value, token, equals_ignore_case); }

bool list_has_exact(Text value, Text token) {
  return list_has(value, token, [](Text left, Text right) { return left == right; });
}

bool valid_host_value(Text value) {
  Authority authority;
  uint16_t port = 0;
  return parse_authority(value, &authority) && (authority.port.empty() || parse_port(authority.port, &port));
}

bool valid_extensions(Text value) {
  for (bool found = false;; found = true) {
    // RFC 2616 section 2.1 allows empty elements, but not a list of nothing else.
    skip_space(&value);
    while (take(&value, ',')) skip_space(&value);
    if (value.empty()) return found;
    if (!take_token(&value)) return false;
    skip_space(&value);
    while (take(&value, ';')) {
      if (!take_parameter(&value)) return false;
    }
    if (!value.empty() && value[0] != ',') return false;
  }
}

}  // namespace whit::wire
