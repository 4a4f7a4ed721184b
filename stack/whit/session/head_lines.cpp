// SPDX-License-Identifier: MIT
#include "whit/session/head_lines.h"

namespace whit::session {

HeadLine HeadReader::next() {
  Window& window = connection->window;
  Head& head = connection->head;
  bool whole = true;
  while (whole) {
    field.value = as_text({buffer + window.raw_begin, window.raw_size()});
    const bool full = field.value.size + head.kept >= capacity;
    const wire::LineEnd end = wire::cut_line(&field.value);
    if (end == wire::LineEnd::kMalformed) return HeadLine::kMalformed;
    const uint32_t size = static_cast<uint32_t>(field.value.size) + static_cast<uint32_t>(end);
    if (head.bytes + size > max_bytes) return HeadLine::kTooLarge;
    whole = end == wire::LineEnd::kCrLf;
    const bool skipping = head.skipping;
    if (!whole && !full && !skipping) break;
    window.raw_begin += size;
    head.bytes += size;
    head.skipping = !whole;
    if (skipping) continue;
    const HeadLine kind = read_line();
    // Only of a field that nobody wants may the rest come later.
    if (kind != HeadLine::kMore) return whole ? kind : HeadLine::kTooLarge;
  }
  return HeadLine::kMore;
}

// kMore: it is a field that is not wanted.
inline HeadLine HeadReader::read_line() {
  if (!connection->head.started) return HeadLine::kFirst;
  if (field.value.empty()) return HeadLine::kEnd;
  Text line = field.value;
  if (!wire::take_field(&line, names, &field)) return HeadLine::kMalformed;
  return field.index < wanted ? HeadLine::kField : HeadLine::kMore;
}

}  // namespace whit::session
