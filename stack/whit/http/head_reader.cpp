// SPDX-License-Identifier: MIT
#include "whit/http/head_reader.h"

namespace whit::http {

HeadLine HeadReader::next() {
  bool whole = true;
  while (whole) {
    field.value = as_text({buffer + *begin, end - *begin});
    const bool full = field.value.size + head->kept >= capacity;
    LineEnd line_end = cut_line(&field.value);
    if (line_end == LineEnd::kCrLf && unfolding != nullptr && head->started) line_end = unfolding(this);
    if (line_end == LineEnd::kMalformed) return HeadLine::kMalformed;
    const uint32_t size = static_cast<uint32_t>(field.value.size) + static_cast<uint32_t>(line_end);
    if (max_bytes != 0 && head->bytes + size > max_bytes) return HeadLine::kTooLarge;
    whole = line_end == LineEnd::kCrLf;
    const bool skipping = head->skipping;
    if (!whole && !full && !skipping) break;
    *begin += size;
    head->bytes += size;
    head->skipping = !whole;
    if (skipping) continue;
    const HeadLine kind = read_line(whole);
    if (kind == HeadLine::kMore) continue;
    if (whole) return kind;
    return shorten != nullptr ? shorten(this, kind) : HeadLine::kTooLarge;
  }
  return HeadLine::kMore;
}

// kMore: a field that is not wanted.
inline HeadLine HeadReader::read_line(bool whole) {
  if (!head->started) return HeadLine::kFirst;
  if (field.value.empty()) return HeadLine::kEnd;
  Text line = field.value;
  if (unfolding != nullptr && is_blank(line[0])) return HeadLine::kMore;
  if (!take_field(&line, names, &field)) return HeadLine::kMalformed;
  if (field.index < wanted) return HeadLine::kField;
  return other != nullptr ? other(this, whole) : HeadLine::kMore;
}

LineEnd HeadReader::unfold(HeadReader* reader) {
  Text& line = reader->field.value;
  if (line.empty() || reader->head->skipping) return LineEnd::kCrLf;
  uint8_t* const start = reader->buffer + *reader->begin;
  const size_t size = reader->end - *reader->begin;
  for (;;) {
    const size_t next = line.size + 2;
    if (next == size) return LineEnd::kNotYet;
    Text rest = as_text({start + next, size - next});
    if (!is_blank(rest[0])) return LineEnd::kCrLf;
    start[next - 2] = start[next - 1] = ' ';
    const LineEnd line_end = cut_line(&rest);
    line.size = next + rest.size;
    if (line_end != LineEnd::kCrLf) return line_end;
  }
}

}  // namespace whit::http
