// SPDX-License-Identifier: MIT
// From the transport to events: borrowing a buffer, reading, parsing, handing out messages, answering control frames.
#include "whit/loop.h"
#include "whit/wire/close_code.h"

namespace whit {

using session::Connection;
using session::Receiver;
using session::State;

bool LoopCore::receive(Connection* connection, Event* event) {
  Connection& c = *connection;
  // What was owed comes before anything new: kWritable, a message held back.
  if (c.owed_room != 0 && make_room(connection, c.owed_room)) {  // the room is kept until the next poll()
    c.owed_room = 0;
    c.message_held = false;
    return emit(c, Event::kWritable, event);
  }
  if (c.message_out && !c.message_held) return hand_out(connection, event);
  while (c.state == State::kOpen || c.state == State::kClosing) {
    if (c.message_out || c.message_held || c.paused || c.waiting_ping != 0) return false;
    if (read_done_ && c.window.raw_size() == 0) return false;  // how most turns end
    if (burst_ >= config::kBurstMessages) {
      more_input_ = more_input_ || !read_done_ || !c.window.empty();
      return false;
    }
    Receiver::Result result = Receiver::Result::kNeedBytes;
    if (c.rx_buffer != nullptr) {
      const uint32_t before = c.window.message_size();
      result = c.receiver.parse(c.rx_buffer, &c.window, c.endpoint->role_, limits(c));
      c.bytes += c.window.message_size() - before;
    }
    if (result == Receiver::Result::kNeedBytes) {
      const Status status = read(connection);
      if (status == Status::kTooLarge) result = c.receiver.overflow(c.window, limiting(c));
      if (status != Status::kOk && status != Status::kTooLarge) return false;
    }
    switch (result) {
      case Receiver::Result::kNeedBytes:
        break;
      case Receiver::Result::kPiece:
      case Receiver::Result::kLastPiece:
        if (on_piece(connection, result == Receiver::Result::kLastPiece, event)) return true;
        break;
      case Receiver::Result::kControl:
        on_control(connection);
        break;
      default:
        fail(connection, Cause::kProtocol, static_cast<uint16_t>(result));
    }
  }
  return false;
}

bool LoopCore::on_piece(Connection* connection, bool last, Event* event) {
  Connection& c = *connection;
  const bool whole = last && c.receiver.offset() == 0;
  const bool skipped = !whole && c.endpoint->options().long_messages == LongMessages::kSkip;
  if (skipped || c.state != State::kOpen) {  // after our Close, what comes is not for the application any more
    c.receiver.take(&c.window, c.window.message_size());
    if (c.state != State::kOpen || !last) return false;
    ++burst_;
    event->skipped_bytes = c.receiver.offset();
    return emit(c, Event::kSkipped, event);
  }
  c.message_out = true;
  c.message_last = last;
  return hand_out(connection, event);
}

bool LoopCore::hand_out(Connection* connection, Event* event) {
  Connection& c = *connection;
  ++burst_;
  handed_out_ = true;
  event->message.data = message_out(c);
  event->message.offset = c.receiver.offset();
  event->message.type = c.receiver.type();
  event->message.first = c.receiver.offset() == 0;
  event->message.last = c.message_last;
  return emit(c, Event::kMessage, event);
}

void LoopCore::on_control(Connection* connection) {
  Connection& c = *connection;
  // RFC 6455, 5.5.3: a pong, asked for or not, needs no answer. That it came is noticed by arm_receiving().
  if (c.receiver.opcode() == wire::Opcode::kPong) return;
  const uint32_t size = c.receiver.control_size();
  if (c.receiver.opcode() == wire::Opcode::kClose) {
    on_close_frame(connection, {c.rx_buffer + c.window.raw_begin - size, size});
    return;
  }
  // RFC 6455, 5.5.2: answered also after our own Close, as long as the peer's has not come.
  c.waiting_ping = static_cast<uint8_t>(size + 1);
  answer_ping(connection);
}

// The payload of the ping lies right before the bytes not yet parsed, and stays there until it is answered.
void LoopCore::answer_ping(Connection* connection) {
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

// RFC 6455, 5.5.1, 7.1.5, 7.1.6
void LoopCore::on_close_frame(Connection* connection, Bytes payload) {
  Connection& c = *connection;
  uint16_t code = close_code::kNoStatusReceived;
  // The body stays in the buffer, as the message part of the window, until it is answered and the kClose event is over.
  const uint32_t body = static_cast<uint32_t>(payload.size);
  if (!payload.empty()) {
    if (payload.size >= 2) code = static_cast<uint16_t>(payload.data[0] << 8 | payload.data[1]);
    if (!wire::close_code_valid_on_wire(code)) return fail(connection, Cause::kProtocol, close_code::kProtocolError);
    payload = payload.from(2);
  }
  kernels::Utf8 reason;
  if (!reason.feed(payload.data, payload.size) || !reason.complete()) {
    return fail(connection, Cause::kProtocol, close_code::kInvalidPayload);
  }
  c.window.message_begin = c.window.raw_begin - body;
  c.window.message_end = c.window.raw_end = c.window.raw_begin;
  const bool ours_first = c.state == State::kClosing;
  c.code = code;
  c.closed_cleanly = true;
  c.close_due = c.close_due || !ours_first;
  end(connection, {ours_first ? Cause::kApplication : Cause::kPeer, Cause::kClosing}, code);
}

// After our Close nothing is kept, so nothing is too much.
const ConnectionOptions* LoopCore::limiting(const Connection& connection) {
  return connection.state == State::kOpen ? &connection.endpoint->options() : nullptr;
}

session::ReceiverLimits LoopCore::limits(const Connection& connection) const {
  const Connection& c = connection;
  const bool replies_before = c.tx_buffer == c.rx_buffer && c.endpoint->role_ == wire::Role::kServer;
  return {limiting(c), pool_.size() - static_cast<uint32_t>(header_room(c)),
          replies_before ? c.transmitter.end() : pool_.size()};
}

// kOk: something came. kTooLarge: the buffer is full. Else nothing came, and nothing is to be done.
Status LoopCore::read(Connection* connection) {
  Connection& c = *connection;
  if (read_done_) return Status::kWouldBlock;
  const bool fresh = c.rx_buffer == nullptr;
  if (fresh && !take_rx_buffer(connection)) return Status::kWouldBlock;
  size_t room = fresh ? pool_.size() - c.window.raw_end : make_read_room(connection);
  if (room == 0 && c.tx_buffer == c.rx_buffer) {  // it is our own output that is in the way
    flush(connection);
    if (c.state == State::kDraining || c.tx_buffer != nullptr) return Status::kWouldBlock;
    room = make_read_room(connection);
  }
  if (room == 0) return Status::kTooLarge;
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

bool LoopCore::take_rx_buffer(Connection* connection) {
  Connection& c = *connection;
  const bool handshake = c.state == State::kHandshaking;
  const bool has_share = !handshake || handshake_buffers_ < pool_.count() / 2;  // at least 1: there are at least 2
  c.rx_buffer = has_share ? take_buffer(connection, false) : lack_buffer(connection);
  if (c.rx_buffer == nullptr) {
    places_wanted_ = places_wanted_ || handshake;
    return false;
  }
  if (handshake) ++handshake_buffers_;
  c.handshake_buffer = handshake;
  // Behind the longest header of a reply, so that the payload of a frame from 126 bytes on lies at a word.
  c.window.reset(handshake ? 0 : static_cast<uint32_t>(header_room(c)));
  return true;
}

// The room behind the input. When there is none, what is still needed moves down, so far that the longest header of a
// reply has room in front.
size_t LoopCore::make_read_room(Connection* connection) {
  Connection& c = *connection;
  WHIT_ASSERT(c.window.ordered(pool_.size()));
  if (c.window.empty() || c.window.raw_end == pool_.size()) {
    size_t floor = c.state == State::kHandshaking ? c.head.kept : header_room(c);
    if (c.tx_buffer == c.rx_buffer && c.transmitter.end() > floor) floor = c.transmitter.end();
    c.window.move_down(c.rx_buffer, static_cast<uint32_t>(floor));
  }
  return pool_.size() - c.window.raw_end;
}

void LoopCore::release_rx_if_idle(Connection* connection) {
  const Connection& c = *connection;
  if (!c.window.empty() || c.message_out || c.waiting_ping != 0) return;
  // What is kept of a head is needed, and so is the buffer in which a refusal takes the place of the request.
  const bool is_open = c.state == State::kOpen || c.state == State::kClosing;
  if (!is_open && (c.head.kept != 0 || c.head.status != 0)) return;
  release_rx(connection);
}

void LoopCore::release_rx(Connection* connection) {
  Connection& c = *connection;
  uint8_t* const buffer = c.rx_buffer;
  c.rx_buffer = nullptr;
  if (buffer == nullptr) return;
  if (c.handshake_buffer) --handshake_buffers_;
  c.handshake_buffer = false;
  if (c.tx_buffer != buffer) give_back(buffer);  // else the output in it keeps it
}

uint8_t* LoopCore::take_buffer(Connection* connection, bool to_write) {
  Connection& c = *connection;
  uint8_t* const buffer = to_write ? pool_.take_to_write() : pool_.take_to_read();
  if (buffer == nullptr) return lack_buffer(connection);
  if (c.lacks_buffer) --lacking_;
  c.lacks_buffer = false;
  return buffer;
}

// Queues the connection for the next buffer that is given back. Always nullptr.
uint8_t* LoopCore::lack_buffer(Connection* connection) {
  Connection& c = *connection;
  WHIT_ASSERT(c.state != State::kFree);
  // A peer that holds a buffer without using it is under a deadline from now on: run_deadlines().
  if (lacking_ == 0) note_due(now_ms_);
  if (!c.lacks_buffer) ++lacking_;
  c.lacks_buffer = true;
  waiting_.add(c.index);
  return nullptr;
}

void LoopCore::give_back(uint8_t* buffer) {
  pool_.give_back(buffer);
  wake_waiting();
}

// A buffer is free again. In their order; who is late stands in line again.
void LoopCore::wake_waiting() {
  while (!waiting_.empty()) ready_.add(waiting_.take());
}

}  // namespace whit
