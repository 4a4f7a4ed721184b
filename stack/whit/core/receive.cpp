// SPDX-License-Identifier: MIT
// From the transport to events: reading, parsing, handing out messages, answering control frames.
#include "whit/core/core.h"
#include "whit/wire/close_code.h"

namespace whit::core {

using session::Receiver;

namespace {

// After our Close nothing is kept, so nothing is too much.
const ConnectionOptions* limiting(const Connection& connection) {
  return connection.state == State::kOpen ? &connection.endpoint->options() : nullptr;
}

session::ReceiverLimits limits(const Core& core, const Connection& c) {
  const bool replies_before = c.tx_buffer == c.rx_buffer && c.endpoint->replies_in_place();
  return {limiting(c), core.pool_.size() - static_cast<uint32_t>(core.header_room(c)),
          replies_before ? c.transmitter.end() : core.pool_.size()};
}

bool hand_out(Core& core, Connection* connection, Event* event) {
  const Connection& c = *connection;
  const Receiver& receiver = c.receiver();
  ++core.burst_;
  core.handed_out_ = true;
  event->message.data = message_part(c);
  event->message.offset = receiver.offset();
  event->message.type = receiver.type();
  event->message.first = receiver.offset() == 0;
  event->message.last = c.message_last;
  return core.emit(c, Event::kMessage, event);
}

bool on_piece(Core& core, Connection* connection, bool last, Event* event) {
  Connection& c = *connection;
  Receiver& receiver = c.receiver();
  const bool whole = last && receiver.offset() == 0;
  const bool skipped = !whole && c.endpoint->options().long_messages == LongMessages::kSkip;
  if (skipped || c.state != State::kOpen) {  // after our Close, what comes is not for the application any more
    receiver.take(&c.window, c.window.message_size());
    if (c.state != State::kOpen || !last) return false;
    ++core.burst_;
    event->skipped_bytes = receiver.offset();
    return core.emit(c, Event::kSkipped, event);
  }
  c.message_out = true;
  c.message_last = last;
  return hand_out(core, connection, event);
}

// RFC 6455, 5.5.1, 7.1.5, 7.1.6
void on_close_frame(Core& core, Connection* connection, Bytes payload) {
  Connection& c = *connection;
  uint16_t code = close_code::kNoStatusReceived;
  // The body stays in the buffer, as the message part of the window, until it is answered and the kClose event is over.
  const uint32_t body = static_cast<uint32_t>(payload.size);
  if (!payload.empty()) {
    if (payload.size >= 2) code = static_cast<uint16_t>(payload.data[0] << 8 | payload.data[1]);
    if (!wire::close_code_valid_on_wire(code)) {
      return core.fail(connection, Cause::kProtocol, close_code::kProtocolError);
    }
    payload = payload.from(2);
  }
  kernels::Utf8 reason;
  if (!reason.feed(payload.data, payload.size) || !reason.complete()) {
    return core.fail(connection, Cause::kProtocol, close_code::kInvalidPayload);
  }
  c.window.message_begin = c.window.raw_begin - body;
  c.window.message_end = c.window.raw_end = c.window.raw_begin;
  const bool ours_first = c.state == State::kClosing;
  c.code = code;
  c.closed_cleanly = true;
  c.close_due = c.close_due || !ours_first;
  core.end(connection, {ours_first ? Cause::kApplication : Cause::kPeer, Cause::kClosing}, code);
}

void on_control(Core& core, Connection* connection) {
  Connection& c = *connection;
  const wire::Opcode opcode = c.receiver().opcode();
  // RFC 6455, 5.5.3: a pong, asked for or not, needs no answer. That it came is noticed by arm_receiving().
  if (opcode == wire::Opcode::kPong) return;
  const uint32_t size = c.receiver().control_size();
  if (opcode == wire::Opcode::kClose) {
    return on_close_frame(core, connection, {c.rx_buffer + c.window.raw_begin - size, size});
  }
  // RFC 6455, 5.5.2: answered also after our own Close, as long as the peer's has not come.
  c.waiting_ping = static_cast<uint8_t>(size + 1);
  core.answer_ping(connection);
}

// The room behind the input. When there is none, what is still needed moves down, so far that the longest header of a
// reply has room in front.
size_t make_read_room(const Core& core, Connection* connection) {
  Connection& c = *connection;
  const uint32_t capacity = core.pool_.size();
  WHIT_ASSERT(c.window.ordered(capacity));
  if (c.window.empty() || c.window.raw_end == capacity) {
    size_t floor = c.state == State::kHandshaking ? c.head().kept : core.header_room(c);
    if (c.tx_buffer == c.rx_buffer && c.transmitter.end() > floor) floor = c.transmitter.end();
    c.window.move_down(c.rx_buffer, static_cast<uint32_t>(floor));
  }
  return capacity - c.window.raw_end;
}

}  // namespace

bool Core::receive(Connection* connection, Event* event) {
  Connection& c = *connection;
  // Events that were owed come before anything new: kWritable, a message held back.
  if (c.owed_room != 0 && make_room(connection, c.owed_room)) {  // the room is kept until the next poll()
    c.owed_room = 0;
    c.message_held = false;
    return emit(c, Event::kWritable, event);
  }
  if (c.message_out && !c.message_held) return hand_out(*this, connection, event);
  while (c.is_receiving()) {
    if (c.message_out || c.message_held || c.paused || c.waiting_ping != 0) return false;
    if (read_done_ && c.window.raw_size() == 0) return false;  // how most turns end
    if (burst_ >= config::kBurstMessages) {
      more_input_ = more_input_ || !read_done_ || !c.window.empty();
      return false;
    }
    Receiver::Result result = Receiver::Result::kNeedBytes;
    if (c.rx_buffer != nullptr) {
      const uint32_t before = c.window.message_size();
      result = c.receiver().parse(c.rx_buffer, &c.window, c.endpoint->role(), limits(*this, c));
      c.bytes() += c.window.message_size() - before;
    }
    if (result == Receiver::Result::kNeedBytes) {
      const Status status = read(connection);
      if (status == Status::kTooLarge) result = c.receiver().overflow(c.window, limiting(c));
      if (status != Status::kOk && status != Status::kTooLarge) return false;
    }
    switch (result) {
      case Receiver::Result::kNeedBytes:
        break;
      case Receiver::Result::kPiece:
      case Receiver::Result::kLastPiece:
        if (on_piece(*this, connection, result == Receiver::Result::kLastPiece, event)) return true;
        break;
      case Receiver::Result::kControl:
        on_control(*this, connection);
        break;
      default:
        fail(connection, Cause::kProtocol, static_cast<uint16_t>(result));
    }
  }
  return false;
}

// The payload of the ping lies right before the bytes not yet parsed, and stays there until it is answered.
void Core::answer_ping(Connection* connection) {
  Connection& c = *connection;
  const uint8_t waiting_ping = c.waiting_ping;
  const size_t size = waiting_ping - 1u;
  c.waiting_ping = 0;  // the pong itself may be written over its payload
  const Bytes payload{c.rx_buffer + c.window.raw_begin - size, size};
  if (make_room(connection, frame_size(c, size))) {
    append(connection, wire::Opcode::kPong, payload);
  } else {
    c.waiting_ping = waiting_ping;
  }
}

// kOk: bytes came. kTooLarge: the buffer is full. Else nothing came, and nothing is to be done.
Status Core::read(Connection* connection) {
  Connection& c = *connection;
  if (read_done_) return Status::kWouldBlock;
  const bool fresh = c.rx_buffer == nullptr;
  if (fresh && !take_rx_buffer(connection)) return Status::kWouldBlock;
  size_t room = fresh ? pool_.size() - c.window.raw_end : make_read_room(*this, connection);
  if (room == 0 && c.tx_buffer == c.rx_buffer) {  // it is our own output that is in the way
    flush(connection);
    if (c.state == State::kDraining || c.tx_buffer != nullptr) return Status::kWouldBlock;
    room = make_read_room(*this, connection);
  }
  if (room == 0) return Status::kTooLarge;
  if (!fresh && others_lack(c) && c.is_receiving()) {
    // Others lack a buffer: what lies in this one is brought to its end, and no more is begun in it.
    more_input_ = c.window.empty();
    if (more_input_) return Status::kWouldBlock;  // it is given back, and asked for anew
    const uint64_t rest = c.receiver().frame_rest(c.endpoint->role(), c.window);
    if (rest < room) room = static_cast<size_t>(rest);
  }
  read_done_ = true;
  const Transfer transfer = c.transport->read({c.rx_buffer + c.window.raw_end, room});
  if (transfer.status == Status::kOk) {
    c.window.raw_end += static_cast<uint32_t>(transfer.size);
    received_ += transfer.size;
    more_input_ = transfer.size == room;
  } else if (transfer.status != Status::kWouldBlock) {
    transport_lost(connection, transfer.status);
  }
  return transfer.status;
}

}  // namespace whit::core
