// SPDX-License-Identifier: MIT
// Transmitter: gathers outgoing frames in a buffer until the transport takes them. RFC 6455,
// sections 5.2, 5.4, 5.5, 6.1. It does no input or output, and has no clock and no source of random bytes: the key of a
// client's frame is an argument.
//
// The output that waits is one span, [begin, end). It lies in a buffer of its own, or in front of the unparsed bytes of
// the connection's receive buffer (a reply "in place"); the caller knows which, and gives the limits.
#pragma once

#include <stddef.h>
#include <stdint.h>

#include "whit/assert.h"
#include "whit/bytes.h"
#include "whit/copy.h"
#include "whit/event.h"
#include "whit/kernels/mask.h"
#include "whit/kernels/utf8.h"
#include "whit/transport.h"
#include "whit/wire/frame.h"

namespace whit::session {

class Transmitter {
 public:
  void reset() { *this = {}; }

  // The span starts (and ends) at `at`. Only when nothing waits.
  void start_at(uint32_t at) {
    WHIT_ASSERT(empty() && !is_blocked());
    begin_ = end_ = at;
  }

  // Whether a frame of `size` bytes, header included, fits into a buffer of `capacity` that holds nothing else; moves
  // what waits down to its start if that helps (never while a write is blocked).
  bool make_room(uint8_t* buffer, size_t size, size_t capacity) {
    if (end_ + size <= capacity) return true;
    if (is_blocked() || this->size() + size > capacity) return false;
    move(buffer, buffer);
    return true;
  }

  // Moves what waits to the start of another buffer. Not while a write is blocked.
  void move(const uint8_t* from, uint8_t* to) {
    WHIT_ASSERT(!is_blocked());
    copy(to, from + begin_, end_ - begin_);
    end_ -= begin_;
    begin_ = 0;
  }

  // Appends a frame, for which there is room. `payload` may lie in the same buffer, above its place in the frame.
  // `role` is ours, `key` that of a client's frame, zeros in a server.
  void append(uint8_t* buffer, wire::Role role, wire::Opcode opcode, bool fin, Bytes payload,
              const kernels::MaskKey& key) {
    append(buffer, role, wire::first_byte(opcode, fin), payload, key);
  }
  void append(uint8_t* buffer, wire::Role role, uint8_t first, Bytes payload, const kernels::MaskKey& key) {
    const size_t overhead = wire::frame_overhead(role, payload.size);
    uint8_t* frame = buffer + end_;
    // The header goes in last: its place may still hold payload that is moved down. A server's key of zeros copies.
    if (role == wire::Role::kClient || frame + overhead != payload.data) {
      kernels::mask(frame + overhead, payload.data, payload.size, key);
    }
    wire::encode_frame_header(frame, first, payload.size, role == wire::Role::kClient ? &key : nullptr);
    extend(overhead + payload.size);
  }

  // Bytes that the caller has written at end(): an opening handshake.
  void extend(size_t size) { end_ += static_cast<uint32_t>(size); }

  // The next write. After a blocked one it is the very same span, whatever was gathered since (transport.h).
  Bytes next_write(const uint8_t* buffer) const {
    return {buffer + begin_, blocked_size_ != 0 ? blocked_size_ : end_ - begin_};
  }
  void wrote(size_t size) {
    WHIT_ASSERT(size != 0 && size <= (is_blocked() ? blocked_size_ : this->size()));
    begin_ += static_cast<uint32_t>(size);
    blocked_size_ = 0;
  }
  void blocked() {
    if (blocked_size_ == 0) blocked_size_ = size();
  }
  bool is_blocked() const { return blocked_size_ != 0; }

  bool empty() const { return begin_ == end_; }
  bool ordered(size_t capacity) const { return begin_ <= end_ && end_ <= capacity && blocked_size_ <= size(); }
  uint32_t begin() const { return begin_; }
  uint32_t end() const { return end_; }
  uint32_t size() const { return end_ - begin_; }

  // Outgoing text is UTF-8 as a whole (RFC 6455, 5.6): checks the next piece; `state` is what is unfinished at its end.
  // A piece that is not sent after all leaves no trace: text_checked() takes over the state for one that is.
  bool text_valid(Bytes piece, bool first, bool last, kernels::Utf8* state) const {
    *state = first ? kernels::Utf8{} : utf8_;
    return state->feed(piece.data, piece.size) && (!last || state->complete());
  }
  void text_checked(const kernels::Utf8& state) { utf8_ = state; }

 private:
  uint32_t begin_ = 0;
  uint32_t end_ = 0;
  uint32_t blocked_size_ = 0;  // 0: the next write is all that waits
  kernels::Utf8 utf8_;
};

}  // namespace whit::session
