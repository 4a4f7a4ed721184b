// SPDX-License-Identifier: MIT
#include "whit/json_text.h"

namespace whit {

namespace {

bool is_blank(char c) { return c == ' ' || c == '\t' || c == '\r' || c == '\n'; }
bool is_control(char c) { return static_cast<uint8_t>(c) < 0x20; }

void skip_blanks(Text* text) {
  while (!text->empty() && is_blank((*text)[0])) *text = text->from(1);
}

// The size of the string at the front of `text`, with its quotation marks; 0: it does not end, or has a control
// character (RFC 8259, 7).
size_t string_size(Text text) {
  for (size_t at = 1; at < text.size; ++at) {
    if (text[at] == '"') return at + 1;
    if (is_control(text[at])) return 0;
    if (text[at] == '\\') ++at;
  }
  return 0;
}

// The size of an array or object. The kinds of the open brackets are the bits of a number, so there is no recursion.
size_t container_size(Text text) {
  uint32_t kinds = 0;  // the last bit is the innermost one; 1: an object
  uint32_t depth = 0;
  for (size_t at = 0; at < text.size; ++at) {
    const char c = text[at];
    if (c == '"') {
      const size_t size = string_size(text.from(at));
      if (size == 0) return 0;
      at += size - 1;
    } else if (c == '[' || c == '{') {
      if (depth == kJsonDepth) return 0;
      kinds = kinds << 1 | (c == '{' ? 1 : 0);
      ++depth;
    } else if (c == ']' || c == '}') {
      if ((kinds & 1) != (c == '}' ? 1u : 0u)) return 0;
      kinds >>= 1;
      if (--depth == 0) return at + 1;
    }
  }
  return 0;
}

// A number, true, false, null.
size_t literal_size(Text text) {
  size_t size = 0;
  while (size < text.size) {
    const char c = text[size];
    const bool is_letter = c >= 'a' && c <= 'z';
    const bool of_number = (c >= '0' && c <= '9') || c == '-' || c == '+' || c == '.' || c == 'E';
    if (!is_letter && !of_number) break;
    ++size;
  }
  return size;
}

// Takes the value at the front, and nothing behind it.
Text take_value(Text* text) {
  skip_blanks(text);
  if (text->empty()) return {};
  const char c = (*text)[0];
  const size_t size = c == '"'                 ? string_size(*text)
                      : (c == '[' || c == '{') ? container_size(*text)
                                               : literal_size(*text);
  const Text value = text->first(size);
  *text = text->from(size);
  skip_blanks(text);
  return value;
}

bool take(Text* text, char wanted) {
  if (text->empty() || (*text)[0] != wanted) return false;
  *text = text->from(1);
  return true;
}

// What stands between two brackets of that kind; data == nullptr: it is not enclosed by them.
Text between(Text value, char opening, char closing) {
  const Text whole = take_value(&value);
  if (whole.empty() || !value.empty() || whole[0] != opening || whole[whole.size - 1] != closing) return {};
  return whole.from(1).first(whole.size - 2);
}

}  // namespace

Text take_json_value(Text* list) {
  const Text value = take_value(list);
  if (value.empty() || list->empty() || take(list, ',')) {
    if (value.empty()) *list = {};
    return value;
  }
  *list = {};
  return {};
}

Text json_elements(Text value) { return between(value, '[', ']'); }

Text json_member(Text object, Text name) {
  Text members = between(object, '{', '}');
  while (!members.empty()) {
    const Text found = json_plain_string(take_value(&members));
    if (!take(&members, ':')) return {};
    const Text value = take_json_value(&members);
    if (value.empty()) return {};
    if (found.data != nullptr && found == name) return value;
  }
  return {};
}

Text json_plain_string(Text value) {
  if (value.size < 2 || value[0] != '"' || value[value.size - 1] != '"') return {};
  const Text inner = value.from(1).first(value.size - 2);
  return is_json_plain(inner) ? inner : Text{};
}

bool json_number(Text value, uint32_t* number) {
  uint64_t sum = 0;
  if (value.empty() || value.size > 10) return false;
  for (size_t i = 0; i < value.size; ++i) {
    if (value[i] < '0' || value[i] > '9') return false;
    sum = sum * 10 + static_cast<uint32_t>(value[i] - '0');
  }
  if (sum > UINT32_MAX || (value.size > 1 && value[0] == '0')) return false;
  *number = static_cast<uint32_t>(sum);
  return true;
}

bool is_json_plain(Text text) {
  for (size_t i = 0; i < text.size; ++i) {
    if (text[i] == '"' || text[i] == '\\' || is_control(text[i])) return false;
  }
  return true;
}

}  // namespace whit
