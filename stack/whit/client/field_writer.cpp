// SPDX-License-Identifier: MIT
#include "whit/field_writer.h"

#include "whit/client/handshake_fields.h"
#include "whit/http/grammar.h"
#include "whit/http/head_writer.h"

namespace whit {

namespace {

// Whether the application may write a field of this name.
bool is_free(const Text& name) {
  char line[32];  // longer than all names of the handshake, and than "Sec-WebSocket-"
  size_t size = 0;
  for (; size < name.size && size < sizeof line - 1; ++size) line[size] = name[size];
  line[size++] = ':';
  Text start(line, size);
  http::Field field;
  return http::is_token(name) && http::take_field(&start, kHandshakeFields, &field) &&
         field.index == kHandshakeFieldCount;
}

}  // namespace

// What is refused is never written, so that a function that writes another thing than before cannot inject either.
void FieldWriter::begin(Text name) const {
  head_->in_field = is_free(name);
  if (!head_->in_field) return refuse();
  head_->put("\r\n\1: ", &name);
}

void FieldWriter::add(Text piece) const {
  if (!head_->in_field || !http::is_field_value(piece)) return refuse();
  head_->put("\1", &piece);
}

void FieldWriter::refuse() const { head_->valid = false; }

}  // namespace whit
