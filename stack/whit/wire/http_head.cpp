// SPDX-License-Identifier: MIT
#include "whit/wire/http_head.h"

#include "whit/wire/char_set.h"
#include "whit/wire/host.h"
#include "whit/wire/scan.h"

namespace whit::wire {
namespace {

// RFC 9110 section 5.6.2.
constexpr CharSet kTokenChars("!#$%&'*+-.^_`|~");

// The only versions there are: RFC 9112 section 2.3. The name is case-sensitive, with one digit on each side of the
// dot.
constexpr Text kVersion(" HTTP/0.0");
constexpr Text kHttp("http");
constexpr Text kRoot("/");
constexpr Text kVersionAndStatus("HTTP/1.0 000");

bool is_space(char c) { return c == ' ' || c == '\t'; }

void skip_space(Text* text) {
  while (!text->empty() && is_space((*text)[0])) *text = text->from(1);
}

// RFC 9110 section 5.6.3: white space around a value is not part of it.
Text trim(Text text) {
  skip_space(&text);
  while (!text.empty() && is_space(text[text.size - 1])) --text.size;
  return text;
}

bool take_token(Text* text) {
  size_t size = 0;
  while (size < text->size && kTokenChars.has((*text)[size])) ++size;
  *text = text->from(size);
  return size != 0;
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
  // RFC 9112 section 3.2: no white space in the target, and no attempt to make sense of it.
  const size_t method = find(line, ' ');
  if (line.size < method + 2 + kVersion.size) return false;
  out->method = line.first(method);
  out->target = line.first(line.size - kVersion.size).from(method + 1);
  for (size_t i = 0; i < out->target.size; ++i) {
    if (out->target[i] <= ' ' || out->target[i] > '~') return false;
  }
  line = line.from(line.size - kVersion.size);
  out->http_1_1 = line[6] == '1' && line[8] != '0';
  return is_token(out->method) && begins_like(line, kVersion);
}

bool target_resource(Text target, Text* resource) {
  *resource = target;
  if (find(target, '#') != target.size) return false;
  if (!target.empty() && target[0] == '/') return true;
  // RFC 9112 section 3.2.2: a server must accept absolute-form. The authority counts instead of the Host field.
  bool secure = false;
  if (!take_scheme(&target, kHttp, &secure)) return false;
  const size_t authority = find(target.first(find(target, '?')), '/');
  *resource = authority == target.size ? kRoot : target.from(authority);
  return valid_host_value(target.first(authority));
}

bool parse_status_line(Text line, StatusLine* out) {
  // RFC 9112 section 4: three digits. RFC 9110 section 15: the first one is the class, 1 and up.
  if (!begins_like(line, kVersionAndStatus) || line[9] == '0') return false;
  out->minor = static_cast<uint8_t>(line[7] - '0');
  if (!parse_number(line.first(12).from(9), &out->status)) return false;
  line = line.from(12);
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

size_t list_position(Text value, Text token) {
  TokenList list(value);
  Text element;
  for (size_t position = 0; list.next(&element); ++position) {
    if (equals_ignore_case(element, token)) return position;
  }
  return kNotListed;
}

bool list_has_exact(Text value, Text token) {
  TokenList list(value);
  Text element;
  while (list.next(&element)) {
    if (element == token) return true;
  }
  return false;
}

bool valid_host_value(Text value) {
  Authority authority;
  return parse_authority(value, &authority);
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
