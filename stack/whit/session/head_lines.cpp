// SPDX-License-Identifier: MIT
#include "whit/session/head_lines.h"

#include "whit/wire/http_head.h"

namespace whit::session {

namespace {

Text name_of(Text line) {
  for (size_t i = 0; i < line.size; ++i) {
    if (line[i] == ':') return line.first(i);
  }
  return {};
}

void drop(Connection* connection, size_t size) {
  connection->window.raw_begin += static_cast<uint32_t>(size);
  connection->head.bytes += static_cast<uint32_t>(size);
}

}  // namespace

HeadLine next_head_line(Connection* connection, uint8_t* buffer, size_t capacity, uint32_t max_bytes,
                        bool (*wanted)(Text name), Text* line) {
  Connection& c = *connection;
  for (;;) {
    const Bytes raw{buffer + c.window.raw_begin, c.window.raw_size()};
    size_t size = 0;
    const wire::LineResult result = wire::find_line(raw, &size);
    if (result == wire::LineResult::kMalformed) return HeadLine::kMalformed;
    if (c.head.bytes + (result == wire::LineResult::kLine ? size + 2 : raw.size) > max_bytes)
      return HeadLine::kTooLarge;
    if (result == wire::LineResult::kLine) {
      const bool skipped = c.head.skipping;
      c.head.skipping = false;
      *line = as_text(raw.first(size));
      drop(connection, size + 2);
      if (skipped) continue;  // the end of a line that is not wanted
      return HeadLine::kLine;
    }
    const bool full = raw.size + c.head.kept == capacity;
    if (!c.head.skipping && !full) return HeadLine::kMore;
    const Text name = name_of(as_text(raw));
    if (!c.head.skipping && (!c.head.started || !wire::is_token(name) || wanted(name))) return HeadLine::kTooLarge;
    c.head.skipping = true;
    const bool ends_in_cr = !raw.empty() && raw.data[raw.size - 1] == '\r';
    drop(connection, raw.size - (ends_in_cr ? 1 : 0));
    return HeadLine::kMore;
  }
}

}  // namespace whit::session
