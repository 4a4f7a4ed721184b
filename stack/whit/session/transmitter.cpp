// SPDX-License-Identifier: MIT
#include "whit/session/transmitter.h"

#include "whit/wire/copy.h"

namespace whit::session {

void Transmitter::reset() {
  begin_ = end_ = blocked_size_ = 0;
  pong_size_ = 0;
  in_message_ = false;
  utf8_.reset();
}

bool Transmitter::make_room(uint8_t* buffer, size_t size, size_t limit, bool may_move) {
  if (end_ + size <= limit) return true;
  if (!may_move || is_blocked() || end_ - begin_ + size > limit) return false;
  move(buffer, buffer);
  return true;
}

void Transmitter::move(const uint8_t* from, uint8_t* to) {
  wire::copy(to, from + begin_, end_ - begin_);
  end_ -= begin_;
  begin_ = 0;
}

void Transmitter::append(uint8_t* buffer, wire::Opcode opcode, bool fin, Bytes payload, const wire::MaskKey* key) {
  uint8_t header[wire::kMaxFrameHeader];
  const size_t header_size = wire::encode_frame_header(header, opcode, fin, payload.size, key);
  uint8_t* destination = buffer + end_ + header_size;
  // The header goes in last: its place may still hold payload that is moved down.
  if (key != nullptr) {
    wire::mask(destination, payload.data, payload.size, *key, 0);
  } else if (destination != payload.data) {
    wire::copy(destination, payload.data, payload.size);
  }
  wire::copy(buffer + end_, header, header_size);
  end_ += static_cast<uint32_t>(header_size + payload.size);
  pong_size_ = 0;
}

void Transmitter::append_pong(uint8_t* buffer, Bytes payload, const wire::MaskKey* key) {
  end_ -= pong_size_;
  const uint32_t frame_begin = end_;
  append(buffer, wire::Opcode::kPong, true, payload, key);
  pong_size_ = static_cast<uint8_t>(end_ - frame_begin);
}

void Transmitter::extend(size_t size) {
  end_ += static_cast<uint32_t>(size);
  pong_size_ = 0;
}

void Transmitter::wrote(size_t size) {
  begin_ += static_cast<uint32_t>(size);
  blocked_size_ = 0;
  if (end_ - begin_ < pong_size_) pong_size_ = 0;  // half of it is on its way: it is finished first
}

void Transmitter::blocked() {
  if (is_blocked()) return;
  blocked_size_ = end_ - begin_;
  pong_size_ = 0;  // part of what is repeated: a layer below may have taken a copy
}

bool Transmitter::text_valid(Bytes piece, bool first, bool last) {
  wire::Utf8 next =
      first ? wire::Utf8{} : utf8_;  // a piece that is refused leaves no trace: another may be sent instead
  if (!next.feed(piece.data, piece.size) || (last && !next.complete())) return false;
  utf8_ = next;
  return true;
}

}  // namespace whit::session
