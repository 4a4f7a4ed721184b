// SPDX-License-Identifier: MIT
#include "whit/session/head_lines.h"

namespace whit::session {

HeadLine HeadReader::next() {
  Head& head = connection->head;
  for (;;) {
    const uint32_t raw_size = connection->window.raw_size();
    Text line = as_text({buffer + connection->window.raw_begin, raw_size});
    const wire::LineEnd end = wire::cut_line(&line);
    if (end == wire::LineEnd::kMalformed) return HeadLine::kMalformed;
    const bool whole = end == wire::LineEnd::kCrLf;
    const uint32_t size = static_cast<uint32_t>(line.size) + static_cast<uint32_t>(end);
    if (head.bytes + size > max_bytes) return HeadLine::kTooLarge;
    if (!whole && !head.skipping) {
      if (raw_size + head.kept < capacity) return HeadLine::kMore;
      const bool unwanted = head.started && wire::take_field(&line, names, &field) && field.index == wire::kNotListed;
      if (!unwanted) return HeadLine::kTooLarge;
      head.skipping = true;
    }
    connection->window.raw_begin += size;
    head.bytes += size;
    if (!whole) return HeadLine::kMore;
    if (head.skipping) {  // the end of a line that is not wanted
      head.skipping = false;
      continue;
    }
    field.value = line;
    if (!head.started) return HeadLine::kFirst;
    if (line.empty()) return HeadLine::kEnd;
    return wire::take_field(&line, names, &field) ? HeadLine::kField : HeadLine::kMalformed;
  }
}

}  // namespace whit::session
