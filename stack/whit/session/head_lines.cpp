// SPDX-License-Identifier: MIT
#include "whit/session/head_lines.h"

#include "whit/wire/http_head.h"
#include "whit/wire/scan.h"

namespace whit::session {

namespace {

void drop(Connection* connection, size_t size) {
  connection->window.raw_begin += static_cast<uint32_t>(size);
  connection->head.bytes += static_cast<uint32_t>(size);
}

// Whether a line that begins with `raw` and fills the buffer may be passed over.
bool may_skip(const Head& head, Text raw, Text names) {
  const size_t colon = wire::find(raw, ':');
  const Text name = raw.first(colon);
  return head.started && colon != raw.size && wire::is_token(name) &&
         wire::list_position(names, name) == wire::kNotListed;
}

}  // namespace

HeadLine next_head_line(Connection* connection, uint8_t* buffer, size_t capacity, uint32_t max_bytes, Text names,
                        HeadField* out) {
  Head& head = connection->head;
  for (;;) {
    const Text raw = as_text({buffer + connection->window.raw_begin, connection->window.raw_size()});
    size_t size = raw.size;
    const wire::LineResult result = wire::find_line(as_bytes(raw), &size);
    if (result == wire::LineResult::kMalformed) return HeadLine::kMalformed;
    const bool whole = result == wire::LineResult::kLine;
    if (head.bytes + size + (whole ? 2 : 0) > max_bytes) return HeadLine::kTooLarge;
    if (!whole && !head.skipping) {
      if (size + head.kept < capacity) return HeadLine::kMore;
      if (!may_skip(head, raw, names)) return HeadLine::kTooLarge;
      head.skipping = true;
    }
    if (!whole) {
      const bool ends_in_cr = size != 0 && raw[size - 1] == '\r';
      drop(connection, size - (ends_in_cr ? 1 : 0));
      return HeadLine::kMore;
    }
    drop(connection, size + 2);
    if (head.skipping) {  // the end of a line that is not wanted
      head.skipping = false;
      continue;
    }
    out->value = raw.first(size);
    if (!head.started) return HeadLine::kFirst;
    if (size == 0) return HeadLine::kEnd;
    wire::Field field;
    if (!wire::parse_field(out->value, &field)) return HeadLine::kMalformed;
    out->value = field.value;
    out->index = wire::list_position(names, field.name);
    return HeadLine::kField;
  }
}

}  // namespace whit::session
