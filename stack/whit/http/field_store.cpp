// SPDX-License-Identifier: MIT
#include "whit/http/field_store.h"

#include "whit/copy.h"

namespace whit::http {

namespace {

constexpr size_t kPrefix = 3;

}  // namespace

bool keep(Head* head, uint8_t* buffer, RequestField field, const Text& value) {
  if (head->kept + kPrefix + value.size > kMaxKeptSize) return false;
  uint8_t* record = buffer + head->kept;
  // The name, the colon and the line end of a field are longer than the prefix: the value moves down, if at all.
  copy(record + kPrefix, as_bytes(value).data, value.size);
  record[0] = static_cast<uint8_t>(field);
  record[1] = static_cast<uint8_t>(value.size);
  record[2] = static_cast<uint8_t>(value.size >> 8);
  head->kept = static_cast<uint16_t>(head->kept + kPrefix + value.size);
  return true;
}

Text kept(const Head& head, const uint8_t* buffer, RequestField field, size_t skipped) {
  const uint8_t* record = buffer;
  const uint8_t* end = buffer + head.kept;
  while (record < end) {
    const size_t size = record[1] + (size_t{record[2]} << 8);
    if (record[0] == static_cast<uint8_t>(field) && skipped-- == 0) return as_text({record + kPrefix, size});
    record += kPrefix + size;
  }
  return {};
}

}  // namespace whit::http
