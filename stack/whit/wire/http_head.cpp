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
constexpr Text kSchemes("http,https");
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

// Takes what is in front of the first `separator` off the list, without the white space around it. The list is null
// when nothing is left, not even an empty part.
Text take_part(Text* list, char separator) {
  const size_t end = find(*list, separator);
  const Text part = trim(list->first(end));
  *list = end == list->size ? Text() : list->from(end + 1);
  return part;
}

// RFC 6455 section 9.1: what a quoted value says, without its quotes and backslashes, must be a token. `text` begins
// after the first quote. So no comma, semicolon or "=" hides in one, and lists can be taken apart without looking.
bool is_quoted_token(const Text& text) {
  if (text.size < 2 || text[text.size - 1] != '"') return false;
  for (size_t i = 0; i < text.size - 1; ++i) {
    if (text[i] == '\\') ++i;
    if (!kTokenChars.has(text[i])) return false;
  }
  return true;
}

// RFC 6455 section 9.1: token [ "=" ( token | quoted token ) ], and the white space that RFC 2616 allows around it.
bool is_parameter(Text text) {
  if (!is_token(take_part(&text, '='))) return false;
  if (text.data == nullptr) return true;
  Text value = trim(text);
  return take(&value, '"') ? is_quoted_token(value) : is_token(value);
}

}  // namespace

LineResult find_line(const Text& text, size_t* line_size) {
  const size_t size = field_value_size(text);
  *line_size = size;
  if (size == text.size) return LineResult::kNeedMore;
  // RFC 9112 section 2.2 lets a recipient take a bare LF for a line end. What another party on the way takes for one
  // line, or for two, is how requests are smuggled: we refuse it, and every other control byte.
  if (text[size] != '\r') return LineResult::kMalformed;
  if (size + 1 == text.size) return LineResult::kNeedMore;
  if (text[size + 1] != '\n') return LineResult::kMalformed;
  return LineResult::kLine;
}

bool parse_request_line(const Text& line, RequestLine* out) {
  const size_t method = find(line, ' ');
  if (line.size < method + 2 + kVersion.size) return false;
  out->method = line.first(method);
  const Text version = line.from(line.size - kVersion.size);
  out->target = line.first(line.size - kVersion.size).from(method + 1);
  // RFC 9112 section 3.2: no white space in the target and no fragment, and no attempt to make sense of it.
  for (size_t i = 0; i < out->target.size; ++i) {
    const char c = out->target[i];
    if (c <= ' ' || c > '~' || c == '#') return false;
  }
  out->http_1_1 = version[6] == '1' && version[8] != '0';
  return is_token(out->method) && begins_like(version, kVersion);
}

bool target_resource(Text target, Text* resource) {
  *resource = target;
  if (!target.empty() && target[0] == '/') return true;
  // RFC 9112 section 3.2.2: a server must accept absolute-form. The authority counts instead of the Host field.
  bool secure = false;
  if (!take_scheme(&target, kSchemes, &secure)) return false;
  const size_t authority = authority_size(target);
  *resource = authority == target.size ? kRoot : target.from(authority);
  return valid_host_value(target.first(authority));
}

bool parse_status_line(const Text& line, uint16_t* status) {
  // RFC 9112 section 4: three digits. RFC 9110 section 15: the first one is the class, 1 and up.
  if (!begins_like(line, kVersionAndStatus) || line[7] == '0' || line[9] == '0') return false;
  // RFC 9112 section 4: ignore the reason. The space before it is required, but some servers leave it out.
  const size_t size = kVersionAndStatus.size;
  return (line.size == size || line[size] == ' ') && parse_number(line.first(size).from(9), status);
}

bool parse_field(const Text& line, const Text& names, Field* out) {
  // RFC 9112 section 5.1: no space before the colon. Section 5.2: a line that begins with a space continues the one
  // before it (obs-fold); we refuse those in requests and responses. In both cases the name is no token.
  const size_t colon = find(line, ':');
  const Text name = line.first(colon);
  if (colon == line.size || !is_token(name)) return false;
  out->index = list_position(names, name);
  out->value = trim(line.from(colon + 1));
  return true;
}

bool is_token(const Text& text) {
  for (size_t i = 0; i < text.size; ++i) {
    if (!kTokenChars.has(text[i])) return false;
  }
  return !text.empty();
}

size_t field_value_size(const Text& text) {
  // RFC 9110 section 5.5: CR, LF and NUL are dangerous, the other control bytes are invalid.
  size_t size = 0;
  for (; size < text.size; ++size) {
    const uint8_t byte = static_cast<uint8_t>(text[size]);
    if ((byte < 0x20 && byte != '\t') || byte == 0x7F) break;
  }
  return size;
}

bool equals_ignore_case(const Text& left, const Text& right) {
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
  while (rest_.data != nullptr) {
    const Text element = take_part(&rest_, ',');
    if (element.empty()) continue;
    *token = element;
    return true;
  }
  return false;
}

size_t list_position(const Text& value, const Text& token) {
  TokenList list(value);
  Text element;
  for (size_t position = 0; list.next(&element); ++position) {
    if (equals_ignore_case(element, token)) return position;
  }
  return kNotListed;
}

bool list_has_exact(const Text& value, const Text& token) {
  TokenList list(value);
  Text element;
  while (list.next(&element)) {
    if (element == token) return true;
  }
  return false;
}

bool valid_host_value(const Text& value) {
  Authority authority;
  return parse_authority(value, &authority);
}

bool valid_extensions(const Text& value) {
  // RFC 2616 section 2.1 allows empty elements, but not a list of nothing else.
  bool found = false;
  TokenList list(value);
  for (Text extension; list.next(&extension); found = true) {
    if (!is_token(take_part(&extension, ';'))) return false;
    while (extension.data != nullptr) {
      if (!is_parameter(take_part(&extension, ';'))) return false;
    }
  }
  return found;
}

}  // namespace whit::wire
