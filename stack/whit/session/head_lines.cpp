// SPDX-License-Identifier: MIT
#include "whit/session/head_lines.h"

#include "whit/wire/http_head.h"

namespace whit::session {

namespace {

void drop(Connection* connection, size_t size) {
  connection->window.raw_begin += static_cast<uint32_t>(size);
  connection->head.bytes += static_cast<uint32_t>(size);
}

}  // namespace

HeadLine next_head_line(Connection* connection, uint8_t* buffer, size_t capacity, uint32_t max_bytes, const Text& names,
                        wire::Field* out) {
  Head& head = connection->head;
  for (;;) {
    const Text raw = as_text({buffer + connection->window.raw_begin, connection->window.raw_size()});
    size_t size = 0;
    const wire::LineResult result = wire::find_line(raw, &size);
    if (result == wire::LineResult::kMalformed) return HeadLine::kMalformed;
    const bool whole = result == wire::LineResult::kLine;
    if (head.bytes + size + (whole ? 2 : 0) > max_bytes) return HeadLine::kTooLarge;
    if (!whole) {
      if (!head.skipping) {
        if (raw.size + head.kept < capacity) return HeadLine::kMore;
        const bool unwanted = head.started && wire::parse_field(raw, names, out) && out->index == wire::kNotListed;
        if (!unwanted) return HeadLine::kTooLarge;
        head.skipping = true;
      }
      drop(connection, size);
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
    return wire::parse_field(raw.first(size), names, out) ? HeadLine::kField : HeadLine::kMalformed;
  }
}

}  // namespace whit::session
