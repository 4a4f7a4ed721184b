// SPDX-License-Identifier: MIT
// From the transport to events: borrowing a buffer, reading, parsing, handing out messages, answering control frames.
#include "whit/loop.h"
#include "whit/wire/close_code.h"
#include "whit/wire/copy.h"

namespace whit {

using session::Connection;
using session::Pool;
using session::Receiver;
using session::State;

bool LoopCore::receive(Connection* connection, Event* event) {
  Connection& c = *connection;
  if (deliver_waiting(connection, event)) return true;
  while (c.state == State::kOpen || c.state == State::kClosing) {
    if (c.message_out || c.held || c.paused || c.waiting_ping != 0) return false;
    if (burst_ >= config::kBurstMessages) {
      more_input_ = true;
      return false;
    }
    Receiver::Outcome outcome;
    if (c.rx_buffer != Pool::kNone) {
      outcome = c.receiver.parse(pool_.data(c.rx_buffer), &c.window, c.endpoint->role_, limits(c));
    }
    if (outcome.result == Receiver::Result::kNeedBytes) {
      if (read_done_) return false;
      const Status status = read(connection);
      if (status == Status::kOk) continue;
      if (status != Status::kTooLarge) return false;
      outcome = c.receiver.overflow(&c.window, limits(c));
    }
    if (on_outcome(connection, outcome, event)) return true;
  }
  return false;
}

// What was owed before anything new is read: answers that waited for room, kWritable, a message held back.
bool LoopCore::deliver_waiting(Connection* connection, Event* event) {
  Connection& c = *connection;
  send_waiting(connection);
  if (c.state != State::kOpen) return false;
  if (has_wanted_room(connection)) {  // asked again: what was sent meanwhile may have taken it
    c.writable_due = false;
    c.wanted = 0;
    c.held = false;
    event->type = Event::kWritable;
    event->socket = handle(c);
    return true;
  }
  if (!c.message_out || c.held) return false;
  fill_message(connection, event);
  return true;
}

bool LoopCore::on_outcome(Connection* connection, const Receiver::Outcome& outcome, Event* event) {
  switch (outcome.result) {
    case Receiver::Result::kNeedBytes:
      return false;
    case Receiver::Result::kPiece:
      return on_piece(connection, outcome.last, event);
    case Receiver::Result::kControl:
      on_control(connection, outcome.opcode, outcome.control);
      return false;
    case Receiver::Result::kSkipped:
      if (connection->state != State::kOpen) return false;
      ++burst_;
      event->type = Event::kSkipped;
      event->socket = handle(*connection);
      event->skipped_bytes = outcome.skipped;
      return true;
    case Receiver::Result::kFailed:
      fail(connection, outcome.close_code, Cause::kProtocol, outcome.close_code);
      return false;
  }
  return false;
}

bool LoopCore::on_piece(Connection* connection, bool last, Event* event) {
  Connection& c = *connection;
  const bool whole = last && c.receiver.offset() == 0;
  if (c.state != State::kOpen) {  // our Close is on its way: what comes now is not for the application any more
    c.receiver.take(&c.window, c.window.message_size());
    return false;
  }
  c.assembled = !whole && c.endpoint->options().assemble != nullptr;
  if (c.assembled && (!assemble(connection) || !last)) {
    c.assembled = false;
    return false;
  }
  c.message_out = true;
  c.message_last = last;
  fill_message(connection, event);
  return true;
}

bool LoopCore::assemble(Connection* connection) {
  Connection& c = *connection;
  const MutableBytes storage = c.endpoint->options().assemble(index_of(c));
  const uint64_t offset = c.receiver.offset();
  const uint32_t size = c.window.message_size();
  if (offset + size > storage.size) {
    fail(connection, close_code::kMessageTooBig, Cause::kProtocol, close_code::kMessageTooBig);
    return false;
  }
  wire::copy(storage.data + offset, pool_.data(c.rx_buffer) + c.window.message_begin, size);
  c.receiver.take(&c.window, size);
  return true;
}

Bytes LoopCore::message_out(const Connection& connection) const {
  const Connection& c = connection;
  if (!c.message_out) return {};
  if (c.assembled) return c.endpoint->options().assemble(index_of(c)).first(static_cast<size_t>(c.receiver.offset()));
  return {pool_.data(c.rx_buffer) + c.window.message_begin, c.window.message_size()};
}

void LoopCore::fill_message(Connection* connection, Event* event) {
  Connection& c = *connection;
  ++burst_;
  handed_out_ = true;
  event->type = Event::kMessage;
  event->socket = handle(c);
  event->message.data = message_out(c);
  event->message.offset = c.assembled ? 0 : c.receiver.offset();
  event->message.type = c.receiver.type();
  event->message.first = event->message.offset == 0;
  event->message.last = c.message_last;
}

void LoopCore::on_control(Connection* connection, wire::Opcode opcode, Bytes payload) {
  // RFC 6455, 5.5.3: a pong, asked for or not, needs no answer. That it came is noticed by arm_receiving().
  if (opcode == wire::Opcode::kPong) return;
  if (opcode == wire::Opcode::kClose) {
    on_close_frame(connection, payload);
    return;
  }
  // RFC 6455, 5.5.2: answered also after our own Close, as long as the peer's has not come.
  connection->waiting_ping = static_cast<uint8_t>(payload.size + 1);
  answer_ping(connection);
}

// The payload of the ping lies right before the bytes not yet parsed, and stays there until it is answered.
void LoopCore::answer_ping(Connection* connection) {
  Connection& c = *connection;
  const size_t payload_size = c.waiting_ping - 1u;
  const size_t size = wire::frame_overhead(c.endpoint->role_, payload_size) + payload_size;
  const size_t replaced = c.tx_buffer != Pool::kNone ? c.transmitter.replaceable_pong() : 0;
  const uint8_t waiting_ping = c.waiting_ping;
  c.waiting_ping = 0;  // the pong itself may be written over its payload
  if (!make_room(connection, size > replaced ? size - replaced : 0, Room::kControl)) {
    c.waiting_ping = waiting_ping;
    return;
  }
  const Bytes payload{pool_.data(c.rx_buffer) + c.window.raw_begin - payload_size, payload_size};
  append(connection, wire::Opcode::kPong, true, payload);
}

// RFC 6455, 5.5.1, 7.1.5, 7.1.6
void LoopCore::on_close_frame(Connection* connection, Bytes payload) {
  Connection& c = *connection;
  uint16_t code = close_code::kNoStatusReceived;
  if (payload.size >= 2) code = static_cast<uint16_t>(payload.data[0] << 8 | payload.data[1]);
  wire::Utf8 reason;
  const bool valid = payload.empty() || (payload.size >= 2 && wire::close_code_valid_on_wire(code));
  const bool text = payload.size <= 2 || (reason.feed(payload.data + 2, payload.size - 2) && reason.complete());
  if (!valid || !text) {
    const uint16_t failure = valid ? close_code::kInvalidPayload : close_code::kProtocolError;
    fail(connection, failure, Cause::kProtocol, failure);
    return;
  }
  // The reason stays in the buffer, as the message part of the window, until the kClose event is over.
  c.window.message_begin = c.window.raw_begin - static_cast<uint32_t>(payload.size > 2 ? payload.size - 2 : 0);
  c.window.message_end = c.window.raw_end = c.window.raw_begin;
  const bool ours_first = c.state == State::kClosing;
  c.code = code;
  if (!ours_first) c.close_due = true;
  end(connection, {ours_first ? Cause::kApplication : Cause::kPeer, Cause::kClosing, code}, true);
}

session::ReceiverLimits LoopCore::limits(const Connection& connection) const {
  const ConnectionOptions& options = connection.endpoint->options();
  const size_t header_room = wire::frame_overhead(connection.endpoint->role_, pool_.size());
  const uint32_t whole_bytes = pool_.size() - static_cast<uint32_t>(header_room);
  if (connection.state != State::kOpen) return {0, whole_bytes, LongMessages::kStream};
  const bool stream = options.assemble != nullptr;
  return {options.max_message_bytes, whole_bytes, stream ? LongMessages::kStream : options.long_messages};
}

// kOk: something came. kTooLarge: the buffer is full. Else nothing came, and nothing is to be done.
Status LoopCore::read(Connection* connection) {
  Connection& c = *connection;
  if (!take_rx_buffer(connection)) return Status::kWouldBlock;
  make_read_room(connection);
  MutableBytes room{pool_.data(c.rx_buffer) + c.window.raw_end, pool_.size() - c.window.raw_end};
  if (room.empty() && c.tx_buffer == c.rx_buffer) {  // it is our own output that is in the way
    flush(connection);
    if (c.state == State::kDraining) return Status::kFailed;
    c.waits_for_output = c.tx_buffer == c.rx_buffer;
    if (c.waits_for_output) return Status::kWouldBlock;
    make_read_room(connection);
    room = {pool_.data(c.rx_buffer) + c.window.raw_end, pool_.size() - c.window.raw_end};
  }
  if (room.empty()) return Status::kTooLarge;
  read_done_ = true;
  const Transfer transfer = c.transport->read(room);
  if (transfer.status == Status::kOk) {
    c.window.raw_end += static_cast<uint32_t>(transfer.size);
    received_ += transfer.size;
    more_input_ = transfer.size == room.size;
  } else if (transfer.status != Status::kWouldBlock) {
    transport_lost(connection, transfer.status);
  }
  return transfer.status;
}

bool LoopCore::take_rx_buffer(Connection* connection) {
  Connection& c = *connection;
  if (c.rx_buffer != Pool::kNone) return true;
  const bool handshake = c.state == State::kOpening;
  const uint16_t handshake_share = static_cast<uint16_t>(pool_.count() / 2);  // at least 1: there are at least 2
  uint16_t buffer = Pool::kNone;
  if (!handshake || handshake_buffers_ < handshake_share) {
    buffer = pool_.take_to_read();
    if (buffer == Pool::kNone && !output_.empty()) {
      flush_all();  // buffers run short: what was gathered leaves now
      if (c.state == State::kDraining) return false;
      buffer = pool_.take_to_read();
    }
  }
  if (buffer == Pool::kNone) {
    readers_.add(index_of(c));
    return false;
  }
  if (handshake) ++handshake_buffers_;
  c.handshake_buffer = handshake;
  c.rx_buffer = buffer;
  c.window.reset(0);
  return true;
}

// Moves what is still needed down, when the room behind it is too small for what is expected.
void LoopCore::make_read_room(Connection* connection) {
  Connection& c = *connection;
  const bool opening = c.state == State::kOpening;
  uint32_t floor = static_cast<uint32_t>(wire::frame_overhead(c.endpoint->role_, pool_.size()));
  if (opening) floor = c.head.kept;
  if (!opening && c.tx_buffer == c.rx_buffer && c.transmitter.end() > floor) floor = c.transmitter.end();
  if (c.window.empty()) {
    c.window.reset(floor);
    return;
  }
  const uint64_t expected = opening || c.receiver.frame_left() == 0 ? 1 : c.receiver.frame_left() - c.window.raw_size();
  const uint32_t tail = pool_.size() - c.window.raw_end;
  if (tail >= expected || c.window.raw_end <= floor + c.window.message_size() + c.window.raw_size()) return;
  uint8_t* buffer = pool_.data(c.rx_buffer);
  const uint32_t message_size = c.window.message_size();
  const uint32_t raw_size = c.window.raw_size();
  wire::copy(buffer + floor, buffer + c.window.message_begin, message_size);
  wire::copy(buffer + floor + message_size, buffer + c.window.raw_begin, raw_size);
  c.window = {floor, floor + message_size, floor + message_size, floor + message_size + raw_size};
}

void LoopCore::release_rx_if_idle(Connection* connection) {
  const Connection& c = *connection;
  if (c.rx_buffer == Pool::kNone || !c.window.empty() || c.message_out || c.waiting_ping != 0) return;
  if (c.state == State::kOpening && c.head.kept != 0) return;
  release_rx(connection);
}

void LoopCore::release_rx(Connection* connection) {
  Connection& c = *connection;
  const uint16_t buffer = c.rx_buffer;
  c.rx_buffer = Pool::kNone;
  if (buffer == Pool::kNone) return;
  if (c.handshake_buffer) --handshake_buffers_;
  c.handshake_buffer = false;
  if (c.tx_buffer != buffer) give_back(buffer);  // else the output in it keeps it
}

// A buffer is free again. To write, one is enough; to read, another must stay free (session/pool.h).
void LoopCore::give_back(uint16_t buffer) {
  pool_.give_back(buffer);
  while (!writers_.empty()) ready_.add(writers_.take());
  if (pool_.free_count() >= 2) wake_readers();
}

// In their order; who is late stands in line again.
void LoopCore::wake_readers() {
  while (!readers_.empty()) ready_.add(readers_.take());
}

}  // namespace whit
