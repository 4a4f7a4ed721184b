// SPDX-License-Identifier: MIT
// Receiver: turns received bytes into messages and control frames, in the buffer into which they were read.
// RFC 6455, sections 5.2 to 5.7, 6.2, 8.1, 10.4. It does no input or output, and has no clock and no numbers of its
// own.
//
// A Window tells what lies where in a buffer:
//
//    0 ........ floor ..... message_begin ... message_end ..... raw_begin ... raw_end ..... capacity
//      (output in place)     [message, unmasked]        (gap)     [not parsed]      [room]
//
// Payload is unmasked while it is moved down behind the message part before it (which closes the gaps left by the
// headers of its fragments), so a message is always one span. Headers are decoded into the state, so that a lone byte
// of a header occupies no buffer. Every byte is looked at once, however the stream is split.
#pragma once

#include <stddef.h>
#include <stdint.h>

#include "whit/assert.h"
#include "whit/bytes.h"
#include "whit/copy.h"
#include "whit/event.h"
#include "whit/kernels/mask.h"
#include "whit/kernels/utf8.h"
#include "whit/options.h"
#include "whit/wire/close_code.h"
#include "whit/wire/frame.h"

namespace whit::session {

// Offsets into a buffer, in ascending order.
struct Window {
  uint32_t message_begin;
  uint32_t message_end;
  uint32_t raw_begin;
  uint32_t raw_end;

  uint32_t message_size() const { return message_end - message_begin; }
  uint32_t raw_size() const { return raw_end - raw_begin; }
  bool empty() const { return message_size() == 0 && raw_size() == 0; }
  bool ordered(size_t capacity) const {
    return message_begin <= message_end && message_end <= raw_begin && raw_begin <= raw_end && raw_end <= capacity;
  }
  // The first byte that is needed; the bytes before it are free.
  uint32_t begin() const { return message_size() != 0 ? message_begin : raw_begin; }
  void reset(uint32_t at) { message_begin = message_end = raw_begin = raw_end = at; }
  // Moves what is needed down to `floor`, or only together where it begins below `floor`: a copy never goes up.
  void move_down(uint8_t* buffer, uint32_t floor) {
    const uint32_t message = message_size();
    const uint32_t raw = raw_size();
    if (message + raw == 0) return reset(floor);
    const uint32_t first = begin() < floor ? begin() : floor;
    WHIT_ASSERT(first <= begin());
    if (raw_end == first + message + raw) return;
    copy(buffer + first, buffer + message_begin, message);
    copy(buffer + first + message, buffer + raw_begin, raw);
    reset(first + message);
    message_begin = first;
    raw_end += raw;
  }
};

// The limits that the owner of the receiver decides on.
struct ReceiverLimits {
  const ConnectionOptions* options;  // nullptr: no limit counts any more, because what comes is thrown away
  uint32_t whole_bytes;              // a message up to this size is gathered and handed out whole
  uint32_t floor;                    // where, in the buffer, a reply to the next message would begin
};

class Receiver {
 public:
  enum class Result : uint16_t {
    kNeedBytes,  // all is parsed; go on with more bytes
    kPiece,      // the window's message part is to be handed out, and the message goes on ...
    kLastPiece,  // ... or ends with it
    kControl,  // a whole control frame: its payload, unmasked, is the control_size() bytes before the window's raw part
    // The peer broke a rule or a limit, and the value is the close code. Nothing may be parsed any more.
    kProtocolError = close_code::kProtocolError,
    kInvalidPayload = close_code::kInvalidPayload,
    kMessageTooBig = close_code::kMessageTooBig,
  };

  void reset();

  // Parses until there is a result. `role` is ours.
  Result parse(uint8_t* buffer, Window* window, wire::Role role, const ReceiverLimits& limits);

  // The buffer is full and parse() says kNeedBytes: from now on the message comes in pieces (kNeedBytes: parse() again
  // has one), or is refused (kMessageTooBig), as the options say (nullptr: as in the limits).
  Result overflow(const Window& window, const ConnectionOptions* options) {
    // A control frame between fragments needs room of its own; without any message part in the way it always has it,
    // because a product's buffers hold 125 bytes.
    return window.message_size() == 0 ? Result::kMessageTooBig : outgrow(options);
  }

  // The first `count` bytes of the message part were taken.
  void take(Window* window, uint32_t count) {
    WHIT_ASSERT(count <= window->message_size());
    window->message_begin += count;
    offset_ += count;
  }

  // Of the message that is being received or handed out.
  MessageType type() const { return static_cast<MessageType>(type_); }
  uint64_t offset() const { return offset_; }
  const kernels::Utf8& text() const { return utf8_; }  // the check of a text, up to the end of what is handed out

  wire::Opcode opcode() const { return header_.opcode(); }  // of the frame last begun
  uint32_t control_size() const { return static_cast<uint32_t>(header_.length); }
  bool in_control_or_header() const { return header_.begun() && (wire::is_control(opcode()) || !header_.complete()); }
  bool in_message() const { return in_message_; }
  // Bytes up to the end of the frame that has begun, as far as its header has told; never 0 after parse() asked for
  // more. `role` is ours.
  uint64_t frame_rest(wire::Role role, const Window& window) const {
    return header_.complete() ? header_.length - window.raw_size() : header_.missing(role);
  }

  // Whether a frame has begun since the last call.
  bool take_frame_begun() {
    const bool begun = frame_begun_;
    frame_begun_ = false;
    return begun;
  }

 private:
  Result start_data(const Window& window, const ReceiverLimits& limits);
  Result outgrow(const ConnectionOptions* options);
  Result read_data(uint8_t* buffer, Window* window, const ReceiverLimits& limits);

  wire::FrameHeader header_;  // its length: payload bytes of a message not yet parsed
  uint64_t offset_;           // bytes of the message that were taken before those in the window
  kernels::Utf8 utf8_;
  uint8_t type_;     // MessageType
  bool in_message_;  // a data frame has begun, and the message has not ended
  bool streaming_;   // the message does not fit: pieces are handed out as they come
  bool frame_begun_;
};

}  // namespace whit::session
