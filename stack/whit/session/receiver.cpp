// SPDX-License-Identifier: MIT
#include "whit/session/receiver.h"

#include "whit/copy.h"

namespace whit::session {

using wire::Opcode;

void Receiver::reset() { *this = {}; }

// inline, as read_data() is: called in one place, they need no stack frame of their own.
inline Receiver::Result Receiver::start_data(const Window& window, const ReceiverLimits& limits) {
  const bool continues = opcode() == Opcode::kContinuation;
  // RFC 6455, 5.4: a continuation continues something, and messages are not interleaved.
  if (continues != in_message_) return Result::kProtocolError;
  if (!continues) {
    type_ = static_cast<uint8_t>(opcode());
    offset_ = 0;
    utf8_.reset();
    streaming_ = false;
  }
  in_message_ = true;
  const uint64_t total = offset_ + window.message_size() + header_.length;  // below 2^64: the first two are real bytes
  // RFC 6455, 10.4: refused by its header, before a byte of it is stored.
  const uint64_t most = limits.options != nullptr ? limits.options->max_message_bytes : 0;
  if (most != 0 && total > most) return Result::kMessageTooBig;
  return total > limits.whole_bytes ? outgrow(limits.options) : Result::kNeedBytes;
}

Receiver::Result Receiver::outgrow(const ConnectionOptions* options) {
  if (options != nullptr && options->long_messages == LongMessages::kRefuse) return Result::kMessageTooBig;
  streaming_ = true;
  return Result::kNeedBytes;
}

inline Receiver::Result Receiver::read_data(uint8_t* buffer, Window* window, const ReceiverLimits& limits) {
  const uint32_t raw = window->raw_size();
  const uint32_t size = header_.length < raw ? static_cast<uint32_t>(header_.length) : raw;
  const uint8_t* source = buffer + window->raw_begin;
  if (window->message_size() == 0) {
    // The first bytes: behind the header of the reply that may follow the replies already there, so that all leave in
    // one write; with none there, they need not move.
    const size_t overhead = wire::frame_overhead(wire::Role::kServer, static_cast<size_t>(header_.length));
    const uint32_t behind = limits.floor + static_cast<uint32_t>(overhead);
    window->message_end = behind < window->raw_begin ? behind : window->raw_begin;
    window->message_begin = window->message_end;
  }
  WHIT_ASSERT(window->message_end <= window->raw_begin);
  uint8_t* destination = buffer + window->message_end;
  header_.key = kernels::mask(destination, source, size, header_.key);
  window->raw_begin += size;
  window->message_end += size;
  header_.length -= size;
  // RFC 6455, 8.1: invalid text fails at its first impossible byte, wherever frames and reads are split.
  const bool text = type() == MessageType::kText;
  if (text && !utf8_.feed(destination, size)) return Result::kInvalidPayload;
  if (header_.length != 0) return Result::kNeedBytes;
  header_.restart();
  if (!header_.fin()) return Result::kNeedBytes;
  in_message_ = false;
  return text && !utf8_.complete() ? Result::kInvalidPayload : Result::kLastPiece;
}

Receiver::Result Receiver::parse(uint8_t* buffer, Window* window, wire::Role role, const ReceiverLimits& limits) {
  Result result = Result::kNeedBytes;
  while (result == Result::kNeedBytes) {
    if (!header_.complete()) {
      if (window->raw_size() == 0) break;
      const size_t taken = header_.take(role, buffer + window->raw_begin, window->raw_size());
      if (taken == 0) return Result::kProtocolError;
      window->raw_begin += static_cast<uint32_t>(taken);
      if (!header_.complete()) continue;
      frame_begun_ = true;
      // RFC 6455, 5.4: control frames may come between the fragments of a message.
      if (!wire::is_control(opcode())) result = start_data(*window, limits);
    } else if (wire::is_control(opcode())) {
      if (window->raw_size() < control_size()) break;
      uint8_t* payload = buffer + window->raw_begin;
      kernels::mask(payload, payload, control_size(), header_.key);
      window->raw_begin += control_size();
      header_.restart();
      return Result::kControl;
    } else {
      if (window->raw_size() == 0 && header_.length != 0) break;
      result = read_data(buffer, window, limits);
    }
  }
  if (result == Result::kNeedBytes && streaming_ && window->message_size() != 0) return Result::kPiece;
  return result;
}

}  // namespace whit::session
