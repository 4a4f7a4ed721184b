// SPDX-License-Identifier: MIT
// Receiver: turns received bytes into messages and control frames, in the buffer into which they were read.
// RFC 6455, sections 5.2 to 5.7, 6.2, 8.1, 10.4. No input or output, no clock, no numbers of its own.
//
// A Window says what lies where in a buffer:
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

#include "whit/bytes.h"
#include "whit/event.h"
#include "whit/options.h"
#include "whit/wire/frame.h"
#include "whit/wire/mask.h"
#include "whit/wire/utf8.h"

namespace whit::session {

// Offsets into a buffer.
struct Window {
  uint32_t message_begin;
  uint32_t message_end;
  uint32_t raw_begin;
  uint32_t raw_end;

  uint32_t message_size() const { return message_end - message_begin; }
  uint32_t raw_size() const { return raw_end - raw_begin; }
  bool empty() const { return message_size() == 0 && raw_size() == 0; }
  uint32_t live_begin() const { return message_size() != 0 ? message_begin : raw_begin; }  // nothing below is needed
  void reset(uint32_t at) { message_begin = message_end = raw_begin = raw_end = at; }
};

// What the owner of the receiver decides.
struct ReceiverLimits {
  uint64_t max_message_bytes;  // 0: none
  uint32_t whole_bytes;        // a message up to this size is gathered and handed out whole
  LongMessages long_messages;
};

class Receiver {
 public:
  enum class Result : uint8_t {
    kNeedBytes,  // all is parsed; go on with more bytes
    kPiece,      // the window's message part is to be handed out; `last` tells whether the message ends with it
    kControl,    // a whole control frame: `opcode`, `control` (unmasked, in the buffer, valid until the next read)
    kSkipped,    // a message was passed over; `skipped` is its size
    kFailed,     // the peer broke a rule or a limit; `close_code` says which. Nothing may be parsed any more.
  };

  struct Outcome {
    Result result = Result::kNeedBytes;
    wire::Opcode opcode = wire::Opcode::kContinuation;
    bool last = false;
    uint16_t close_code = 0;
    uint64_t skipped = 0;
    MutableBytes control;
  };

  void reset();

  // Parses until there is something to say. `role` is ours.
  Outcome parse(uint8_t* buffer, Window* window, wire::Role role, const ReceiverLimits& limits);

  // The buffer is full and parse() says kNeedBytes: hands out what has been gathered of a message (kPiece), starts to
  // skip it (kNeedBytes), or refuses it (kFailed), as the limits say.
  Outcome overflow(Window* window, const ReceiverLimits& limits);

  // The first `count` bytes of the message part were taken.
  void take(Window* window, uint32_t count);

  // Of the message that is being received or handed out.
  MessageType type() const { return static_cast<MessageType>(type_); }
  uint64_t offset() const { return offset_; }
  const wire::Utf8& text() const { return utf8_; }  // how far a text is checked: to the end of what is handed out

  bool in_header() const { return header_fill_ != 0; }
  bool in_frame() const { return in_frame_; }
  bool in_control() const { return in_frame_ && wire::is_control(opcode_); }
  bool in_message() const { return in_message_ || (in_frame_ && !in_control()); }
  uint64_t frame_left() const { return in_frame_ ? left_.frame : 0; }

  // Whether a frame has begun since the last call.
  bool take_frame_begun() {
    const bool begun = frame_begun_;
    frame_begun_ = false;
    return begun;
  }

 private:
  bool gather_header(const uint8_t* buffer, Window* window, wire::Role role, Outcome* outcome);
  bool start_frame(Window* window, const ReceiverLimits& limits, Outcome* outcome);
  bool start_data(Window* window, const ReceiverLimits& limits, Outcome* outcome);
  bool read_control(uint8_t* buffer, Window* window, Outcome* outcome);
  bool read_data(uint8_t* buffer, Window* window, Outcome* outcome);
  bool end_data_frame(Window* window, Outcome* outcome);
  void skip_message(Window* window);

  // Either a header is being gathered or a frame is being read.
  union {
    uint8_t header_[wire::kMaxFrameHeader];
    struct {
      uint64_t frame;  // payload bytes not yet parsed
      wire::MaskKey key;
    } left_;
  };
  uint64_t offset_;  // bytes of the message that were taken (or skipped) before those in the window
  wire::Utf8 utf8_;
  uint8_t header_fill_;
  uint8_t type_;  // MessageType
  wire::Opcode opcode_;
  uint8_t phase_ : 2;  // of the key
  bool fin_ : 1;
  bool in_frame_ : 1;
  bool in_message_ : 1;  // a data frame without FIN was seen
  bool streaming_ : 1;   // the message does not fit: pieces are handed out as they come
  bool skipping_ : 1;
  bool frame_begun_ : 1;
};

}  // namespace whit::session
