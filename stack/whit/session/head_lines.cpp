// SPDX-License-Identifier: MIT
#include "whit/session/head_lines.h"

namespace whit::session {

HeadLine HeadReader::next() {
  Connection& c = *connection;
  Head& head = c.head;
  for (;;) {
    const uint32_t raw_size = c.window.raw_size();
    Text line = as_text({buffer + c.window.raw_begin, raw_size});
    const wire::LineEnd end = wire::cut_line(&line);
    if (end == wire::LineEnd::kMalformed) return HeadLine::kMalformed;
    const bool whole = end == wire::LineEnd::kCrLf;
    const uint32_t size = static_cast<uint32_t>(line.size) + static_cast<uint32_t>(end);
    if (head.bytes + size > max_bytes) return HeadLine::kTooLarge;
    if (!whole && !head.skipping) {
      if (raw_size + head.kept < capacity) return HeadLine::kMore;
      const bool unwanted = head.started && wire::take_field(&line, names, &field) && field.index >= wanted;
      if (!unwanted) return HeadLine::kTooLarge;
      head.skipping = true;
    }
    c.window.raw_begin += size;
    head.bytes += size;
    if (!whole) return HeadLine::kMore;
    if (head.skipping) {  // the end of a line that is not wanted
      head.skipping = false;
      continue;
    }
    field.value = line;
    if (!head.started) return HeadLine::kFirst;
    if (line.empty()) return HeadLine::kEnd;
    if (!wire::take_field(&line, names, &field)) return HeadLine::kMalformed;
    if (field.index < wanted) return HeadLine::kField;
  }
}

}  // namespace whit::session
