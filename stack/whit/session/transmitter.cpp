// SPDX-License-Identifier: MIT
#include "whit/session/transmitter.h"

#include "whit/wire/copy.h"

namespace whit::session {

bool Transmitter::make_room(uint8_t* buffer, size_t size, size_t capacity) {
  if (end_ + size <= capacity) return true;
  if (is_blocked() || this->size() + size > capacity) return false;
  move(buffer, buffer);
  return true;
}

void Transmitter::move(const uint8_t* from, uint8_t* to) {
  wire::copy(to, from + begin_, end_ - begin_);
  end_ -= begin_;
  begin_ = 0;
}

void Transmitter::append(uint8_t* buffer, wire::Role role, wire::Opcode opcode, bool fin, Bytes payload,
                         const wire::MaskKey& key) {
  const size_t overhead = wire::frame_overhead(role, payload.size);
  uint8_t* frame = buffer + end_;
  // The header goes in last: its place may still hold payload that is moved down. A server's key of zeros copies.
  if (role == wire::Role::kClient || frame + overhead != payload.data) {
    wire::mask(frame + overhead, payload.data, payload.size, key);
  }
  wire::encode_frame_header(frame, opcode, fin, payload.size, role == wire::Role::kClient ? &key : nullptr);
  extend(overhead + payload.size);
}

bool Transmitter::text_valid(Bytes piece, bool first, bool last) {
  wire::Utf8 next = first ? wire::Utf8{} : utf8_;  // a piece that is refused leaves no trace: another may be sent
  if (!next.feed(piece.data, piece.size) || (last && !next.complete())) return false;
  utf8_ = next;
  return true;
}

}  // namespace whit::session
