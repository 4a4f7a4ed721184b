// SPDX-License-Identifier: MIT
#include "whit/http/long_line.h"

#include "whit/http/grammar.h"
#include "whit/http/scan.h"

namespace whit::http {
namespace {

// Leaves `front` bytes of the line and all from `rest` on, side by side at the end of what was read.
void drop_between(HeadReader* reader, const char* line, size_t front, const char* rest) {
  uint8_t* const end = reader->buffer + *reader->begin;
  const size_t left = front + static_cast<size_t>(as_text({end, 0}).data - rest);
  uint8_t* to = end - left;
  // Upwards and over itself: from the last byte to the first.
  for (size_t i = front; i != 0; --i) to[i - 1] = static_cast<uint8_t>(line[i - 1]);
  *reader->begin -= static_cast<uint32_t>(left);
  reader->head->bytes -= static_cast<uint32_t>(left);
  reader->head->skipping = false;
}

// RFC 9112, 3.2: the bytes of a path and a query follow no grammar that matters here, so all but one may go.
HeadLine shorten_target(HeadReader* reader) {
  const Text line = reader->field.value;
  Text rest = line;
  if (!skip_pattern(&rest, "GET ")) return HeadLine::kTooLarge;
  Text resource = rest;
  skip_class(&rest, kTargetChar);
  resource.size -= rest.size;
  Text authority;
  // An authority that is not over yet may be longer than any buffer.
  if (!split_target(&resource, &authority) || resource.size < 2) return HeadLine::kTooLarge;
  drop_between(reader, line.data, static_cast<size_t>(resource.data + 1 - line.data), rest.data);
  return HeadLine::kMore;
}

}  // namespace

HeadLine shorten_line(HeadReader* reader, HeadLine kind) {
  if (kind == HeadLine::kFirst) return shorten_target(reader);
  if (kind != HeadLine::kField || (reader->lists >> reader->field.index & 1) == 0) return HeadLine::kTooLarge;
  Text& value = reader->field.value;
  uint8_t* const end = reader->buffer + *reader->begin;
  size_t whole = value.size;  // bytes of the elements that have come whole, with the comma behind them
  while (whole != 0 && value[whole - 1] != ',') --whole;
  const char* rest = value.data + whole;
  const Text& name = reader->field.name;
  if (rest == name.data + name.size + 1) {  // no blanks before the element that could go
    end[-1] = '"';  // no token begins like this
    rest = as_text({end - 1, 1}).data;
  }
  reader->rest = rest;
  value.size = whole;
  if (whole != 0) return HeadLine::kField;
  continue_line(reader);
  return HeadLine::kMore;
}

void continue_line(HeadReader* reader) {
  if (reader->rest == nullptr) return;
  const Text& name = reader->field.name;
  drop_between(reader, name.data, name.size + 1, reader->rest);  // the colon follows the name
  reader->rest = nullptr;
}

}  // namespace whit::http
