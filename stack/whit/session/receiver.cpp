// SPDX-License-Identifier: MIT
#include "whit/session/receiver.h"

#include "whit/wire/close_code.h"

namespace whit::session {

using wire::Opcode;

namespace {

bool fail(Receiver::Outcome* outcome, uint16_t code) {
  outcome->result = Receiver::Result::kFailed;
  outcome->close_code = code;
  return true;
}

}  // namespace

void Receiver::reset() {
  offset_ = 0;
  header_fill_ = 0;
  in_frame_ = in_message_ = streaming_ = skipping_ = frame_begun_ = false;
}

Receiver::Outcome Receiver::parse(uint8_t* buffer, Window* window, wire::Role role, const ReceiverLimits& limits) {
  Outcome outcome;
  bool decided = false;
  while (!decided) {
    if (!in_frame_) {
      if (!gather_header(buffer, window, role, &outcome)) break;
      decided = outcome.result == Result::kFailed || start_frame(window, limits, &outcome);
    } else if (wire::is_control(opcode_)) {
      if (window->raw_size() < left_.frame) break;
      decided = read_control(buffer, window, &outcome);
    } else {
      if (window->raw_size() == 0 && left_.frame != 0) break;
      decided = read_data(buffer, window, &outcome);
    }
  }
  if (!decided && streaming_ && window->message_size() != 0) outcome.result = Result::kPiece;
  return outcome;
}

// True when the header is complete, or wrong (the outcome says so).
bool Receiver::gather_header(const uint8_t* buffer, Window* window, wire::Role role, Outcome* outcome) {
  while (window->raw_size() != 0) {
    header_[header_fill_++] = buffer[window->raw_begin++];
    if (header_fill_ <= 2 && !wire::frame_start_valid(role, header_, header_fill_)) {
      return fail(outcome, close_code::kProtocolError);
    }
    if (header_fill_ >= 2 && header_fill_ == wire::frame_header_size(header_[1])) return true;
  }
  return false;
}

bool Receiver::start_frame(Window* window, const ReceiverLimits& limits, Outcome* outcome) {
  wire::FrameHeader header;
  if (!wire::decode_frame_header(header_, &header)) return fail(outcome, close_code::kProtocolError);
  header_fill_ = 0;
  left_.frame = header.length;
  left_.key = header.key;
  phase_ = 0;
  opcode_ = header.opcode;
  in_frame_ = frame_begun_ = true;
  if (wire::is_control(opcode_)) return false;  // RFC 6455, 5.4: may come between the fragments of a message
  fin_ = header.fin;
  return start_data(window, limits, outcome);
}

bool Receiver::start_data(Window* window, const ReceiverLimits& limits, Outcome* outcome) {
  const bool continues = opcode_ == Opcode::kContinuation;
  // RFC 6455, 5.4: a continuation continues something, and messages are not interleaved.
  if (continues != in_message_) return fail(outcome, close_code::kProtocolError);
  if (!continues) {
    type_ = static_cast<uint8_t>(opcode_);
    offset_ = 0;
    utf8_.reset();
    streaming_ = skipping_ = false;
  }
  in_message_ = true;
  const uint64_t gathered = window->message_size() + left_.frame;  // below 2^63 + 2^32
  const uint64_t total = offset_ + gathered;
  // RFC 6455, 10.4: refused by its header, before a byte of it is stored.
  if (limits.max_message_bytes != 0 && total > limits.max_message_bytes) {
    return fail(outcome, close_code::kMessageTooBig);
  }
  if (streaming_ || skipping_ || total <= limits.whole_bytes) return false;
  if (limits.long_messages == LongMessages::kRefuse) return fail(outcome, close_code::kMessageTooBig);
  if (limits.long_messages == LongMessages::kSkip) {
    skip_message(window);
  } else {
    streaming_ = true;
  }
  return false;
}

bool Receiver::read_control(uint8_t* buffer, Window* window, Outcome* outcome) {
  const uint32_t size = static_cast<uint32_t>(left_.frame);
  uint8_t* payload = buffer + window->raw_begin;
  wire::mask(payload, payload, size, left_.key, 0);
  window->raw_begin += size;
  in_frame_ = false;
  outcome->result = Result::kControl;
  outcome->opcode = opcode_;
  outcome->control = {payload, size};
  return true;
}

bool Receiver::read_data(uint8_t* buffer, Window* window, Outcome* outcome) {
  const uint32_t raw = window->raw_size();
  const uint32_t size = left_.frame < raw ? static_cast<uint32_t>(left_.frame) : raw;
  if (window->message_size() == 0) window->message_begin = window->message_end = window->raw_begin;  // nothing to move
  uint8_t* destination = buffer + window->message_end;
  wire::mask(destination, buffer + window->raw_begin, size, left_.key, phase_);
  phase_ = (phase_ + size) & 3;
  window->raw_begin += size;
  left_.frame -= size;
  // RFC 6455, 8.1: invalid text fails at its first impossible byte, wherever frames and reads are split.
  if (type() == MessageType::kText && !utf8_.feed(destination, size)) {
    return fail(outcome, close_code::kInvalidPayload);
  }
  if (skipping_) {
    offset_ += size;
  } else {
    window->message_end += size;
  }
  return left_.frame == 0 && end_data_frame(window, outcome);
}

bool Receiver::end_data_frame(Window* window, Outcome* outcome) {
  in_frame_ = false;
  if (!fin_) return false;
  in_message_ = false;
  if (type() == MessageType::kText && !utf8_.complete()) return fail(outcome, close_code::kInvalidPayload);
  outcome->last = true;
  outcome->result = skipping_ ? Result::kSkipped : Result::kPiece;
  outcome->skipped = offset_;
  if (window->message_size() == 0) window->message_begin = window->message_end = window->raw_begin;
  return true;
}

Receiver::Outcome Receiver::overflow(Window* window, const ReceiverLimits& limits) {
  Outcome outcome;
  // A control frame between fragments needs room of its own; without any message part in the way it always has it,
  // because a product's buffers hold 125 bytes.
  if (window->message_size() == 0 || limits.long_messages == LongMessages::kRefuse) {
    fail(&outcome, close_code::kMessageTooBig);
  } else if (limits.long_messages == LongMessages::kSkip) {
    skip_message(window);
  } else {
    streaming_ = true;
    outcome.result = Result::kPiece;
  }
  return outcome;
}

void Receiver::skip_message(Window* window) {
  skipping_ = true;
  offset_ += window->message_size();
  window->message_begin = window->message_end = window->raw_begin;
}

void Receiver::take(Window* window, uint32_t count) {
  window->message_begin += count;
  offset_ += count;
}

}  // namespace whit::session
