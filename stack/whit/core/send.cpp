// SPDX-License-Identifier: MIT
// From the application to the transport: room for a frame, replies in place, control frames, writing.
//
// Output waits in one place per connection: in a buffer of its own, or in front of the input in the receive buffer.
// The second happens for a message that a server sends back from where it lies, and for answers to control frames: no
// second buffer is needed and nothing is moved.
#include "whit/core/core.h"
#include "whit/wire/close_code.h"

namespace whit::core {

namespace {

// Whether the piece is what was handed out, as it was handed out. Its text was checked when it came; as another piece,
// or as a message of its own, it may end inside a character.
bool is_own_piece(const Connection& c, const Message& piece) {
  if (!c.message_out) return false;
  const Bytes message = message_part(c);
  return piece.data.data == message.data && piece.data.size == message.size && piece.type == c.receiver().type() &&
         piece.first == (c.receiver().offset() == 0) && piece.last == c.message_last;
}

// Bytes between the output that waits in the receive buffer, or the start of that buffer, and the input. None while the
// message that is handed out is part of the output, because it was sent back in place.
size_t room_in_front(const Connection& c) {
  const uint32_t output_end = c.tx_buffer == c.rx_buffer ? c.transmitter.end() : 0;
  return output_end < input_begin(c) ? input_begin(c) - output_end : 0;
}

// The output begins `size` bytes before the input. There is room.
void start_in_front(Connection* connection, size_t size) {
  Connection& c = *connection;
  WHIT_ASSERT(c.tx_buffer == nullptr && size <= input_begin(c));
  c.tx_buffer = c.rx_buffer;
  c.transmitter.start_at(input_begin(c) - static_cast<uint32_t>(size));
}

// Starts a reply in front of the message it sends back, which stays where it lies. The reply needs room for its header
// alone, and all output that waits lies right before it.
bool start_in_place(Connection* connection, size_t overhead) {
  Connection& c = *connection;
  if (!c.endpoint->replies_in_place() || (c.tx_buffer != nullptr && c.tx_buffer != c.rx_buffer)) return false;
  const size_t room = room_in_front(c);
  if (c.tx_buffer != nullptr) return room == overhead;
  if (room < overhead) return false;
  start_in_front(connection, overhead);
  return true;
}

// RFC 6455, 5.5.1: the answer repeats the code. It repeats the reason too, which browsers show, unless there is no room
// for it.
bool answer_close(Core& core, Connection* connection) {
  const Connection& c = *connection;
  const Bytes body = c.rx_buffer != nullptr ? message_part(c) : Bytes{};
  const size_t size = frame_size(c, body.size);
  if (body.size > 2 && (start_in_place(connection, size - body.size) || core.make_room(connection, size))) {
    return core.append(connection, wire::Opcode::kClose, body);
  }
  return !c.transmitter.is_blocked() && core.send_close(connection, c.code, {});
}

}  // namespace

size_t Core::max_send(const Connection& connection) const {
  const size_t room = pool_.size() - header_room(connection);
  const uint32_t max_frame_bytes = connection.endpoint->options().max_frame_bytes;
  return max_frame_bytes != 0 && max_frame_bytes < room ? max_frame_bytes : room;
}

Status Core::send_frame(Connection* connection, const Message& piece) {
  Connection& c = *connection;
  if (c.state != State::kOpen) return Status::kNotOpen;
  if (piece.first == c.mid_message_out) return Status::kInvalidArgument;  // RFC 6455, 5.4: in order, not interleaved
  if (piece.data.size > max_send(c)) return Status::kTooLarge;
  const bool own = is_own_piece(c, piece);
  kernels::Utf8 text = c.receiver().text();
  if (!own && piece.type == MessageType::kText &&
      !c.transmitter.text_valid(piece.data, piece.first, piece.last, &text)) {
    return Status::kInvalidArgument;
  }
  const size_t size = frame_size(c, piece.data.size);
  if (!(own && start_in_place(connection, size - piece.data.size)) && !make_room(connection, size)) {
    return owe_writable(connection, size);
  }
  c.transmitter.text_checked(text);
  const auto opcode = piece.first ? static_cast<wire::Opcode>(piece.type) : wire::Opcode::kContinuation;
  if (!append(connection, wire::first_byte(opcode, piece.last), piece.data)) return Status::kNotOpen;
  c.mid_message_out = !piece.last;
  return Status::kOk;
}

MutableBytes Core::reserve(Connection* connection, size_t size) {
  Connection& c = *connection;
  if (c.state != State::kOpen || size > max_send(c)) return {};
  const size_t frame = frame_size(c, size);
  if (!make_room(connection, frame)) {
    (void)owe_writable(connection, frame);
    return {};
  }
  reserved_ = connection;
  reserved_place_ = {c.tx_buffer + c.transmitter.end() + (frame - size), size};
  output_.add(c.index);  // gives the buffer back if nothing is committed
  return reserved_place_;
}

Status Core::commit(Connection* connection, MessageType type, bool first, bool last) {
  if (connection->state != State::kOpen) return Status::kNotOpen;
  if (reserved_ != connection) return Status::kInvalidArgument;
  reserved_ = nullptr;
  // Output before the place may have moved since, for a frame that found no room after all. The payload has not.
  Message message;
  message.data = reserved_place_;
  message.type = type;
  message.first = first;
  message.last = last;
  return send_frame(connection, message);
}

Status Core::send_ping(Connection* connection, Bytes payload) {
  if (connection->state != State::kOpen) return Status::kNotOpen;
  if (payload.size > wire::kMaxControlPayload) return Status::kInvalidArgument;  // RFC 6455, 5.5
  const size_t size = frame_size(*connection, payload.size);
  if (!make_room(connection, size)) return owe_writable(connection, size);
  return append(connection, wire::Opcode::kPing, payload) ? Status::kOk : Status::kNotOpen;
}

// Reserves `size` bytes after the output that waits. With none waiting, the gap before the input is used if it is large
// enough. Output that outgrows the gap moves to a buffer of its own. False: no buffer is free, or a write is blocked;
// the connection is ready again when that has changed.
bool Core::make_room(Connection* connection, size_t size) {
  Connection& c = *connection;
  session::Transmitter& output = c.transmitter;
  const bool in_front = c.rx_buffer != nullptr && (c.tx_buffer == c.rx_buffer || c.tx_buffer == nullptr);
  if (!in_front && c.tx_buffer != nullptr) return output.make_room(c.tx_buffer, size, pool_.size());
  if (in_front) {
    const bool fits = room_in_front(c) >= size;
    if (fits && c.tx_buffer == nullptr) start_in_front(connection, size);
    if (fits) return true;
    if (output.is_blocked()) return false;
  }
  uint8_t* const buffer = take_tx_buffer(connection);
  if (buffer == nullptr) return false;
  if (c.tx_buffer != nullptr) {
    output.move(c.tx_buffer, buffer);
  } else {
    output.start_at(0);
  }
  c.tx_buffer = buffer;
  return output.end() + size <= pool_.size();
}

// Appends a frame for which there is room. False: no random bytes for its key, and the connection has ended.
bool Core::append(Connection* connection, uint8_t first, Bytes payload) {
  Connection& c = *connection;
  kernels::MaskKey key{};
  if (!c.endpoint->make_key(connection, &key)) return false;
  if (reserved_ == connection) reserved_ = nullptr;  // its place is taken
  WHIT_ASSERT(c.transmitter.end() + frame_size(c, payload.size) <=
              (c.tx_buffer == c.rx_buffer ? input_begin(c) + payload.size : pool_.size()));
  c.transmitter.append(c.tx_buffer, c.endpoint->role(), first, payload, key);
  output_.add(c.index);
  return true;
}

// RFC 6455, 5.5.1: the code in network order, then the reason; an empty body stands for "no code".
bool Core::send_close(Connection* connection, uint16_t code, Text reason) {
  const Connection& c = *connection;
  const size_t size = code != close_code::kNoStatusReceived ? 2 + reason.size : 0;
  const size_t frame = frame_size(c, size);
  if (!make_room(connection, frame)) return false;
  // The body is put together where it belongs.
  uint8_t* body = c.tx_buffer + c.transmitter.end() + (frame - size);
  if (size != 0) {
    body[0] = static_cast<uint8_t>(code >> 8);
    body[1] = static_cast<uint8_t>(code);
    for (size_t i = 0; i < reason.size; ++i) body[2 + i] = static_cast<uint8_t>(reason.data[i]);
  }
  return append(connection, wire::Opcode::kClose, {body, size});
}

// Control frames that had no room when they were due.
void Core::send_waiting(Connection* connection) {
  Connection& c = *connection;
  if (c.waiting_ping != 0) answer_ping(connection);
  if (!c.close_due) return;
  const bool sent = c.closed_cleanly ? answer_close(*this, connection) : send_close(connection, c.code, {});
  if (sent) c.close_due = false;
}

void Core::flush_all() {
  for (uint16_t left = output_.size(); left != 0; --left) flush(&connections_[output_.take()]);
}

void Core::flush(Connection* connection) {
  Connection& c = *connection;
  if (c.tx_buffer == nullptr) return;
  while (!c.transmitter.empty()) {
    const Transfer transfer = c.transport->write(c.transmitter.next_write(c.tx_buffer));
    if (transfer.status == Status::kWouldBlock) {
      c.transmitter.blocked();
      if (c.deadlines[session::kToPeer] == Deadline::kNone) {
        arm(connection, Deadline::kWrite);
        count_acknowledged(connection);
      }
      return;
    }
    if (transfer.status != Status::kOk) return transport_lost(connection, transfer.status);
    c.transmitter.wrote(transfer.size);
    c.unacknowledged += static_cast<uint32_t>(transfer.size);
  }
  if (c.deadlines[session::kToPeer] == Deadline::kWrite) c.deadlines[session::kToPeer] = Deadline::kNone;
  // All that waited for this can go on: input behind it, a control frame, the application, the end.
  const bool waits = c.tx_buffer == c.rx_buffer || c.waiting_ping != 0 || c.close_due || c.owed_room != 0;
  release_tx_if_empty(connection);  // those that wait for the buffer come first
  if (waits || c.state == State::kDraining) ready_.add(c.index);
}

}  // namespace whit::core
