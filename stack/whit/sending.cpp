// SPDX-License-Identifier: MIT
// From the application to the transport: room for a frame, replies in place, control frames, writing.
//
// Output waits in one place per connection: in a buffer of its own, or in front of the input in the receive buffer.
// The second happens for a message that is sent back from where it lies, and for answers to control frames: no second
// buffer is needed and (in a server, whose headers are shorter than its client's) nothing is moved.
#include "whit/loop.h"
#include "whit/wire/close_code.h"

namespace whit {

using session::Connection;
using session::Pool;
using session::State;

namespace {

constexpr uint32_t kWantEmpty = 0xFFFFFFFF;  // Connection::wanted: room is there when no output waits

wire::Opcode data_opcode(MessageType type, bool first) {
  return first ? static_cast<wire::Opcode>(type) : wire::Opcode::kContinuation;
}

}  // namespace

size_t LoopCore::max_send(const Connection& connection) const {
  const wire::Role role = connection.endpoint->role_;
  const size_t room = pool_.size() - session::control_reserve(role) - wire::frame_overhead(role, pool_.size());
  const uint32_t max_frame_bytes = connection.endpoint->options().max_frame_bytes;
  return max_frame_bytes != 0 && max_frame_bytes < room ? max_frame_bytes : room;
}

Status LoopCore::send_frame(Connection* connection, Bytes data, MessageType type, bool first, bool last) {
  Connection& c = *connection;
  if (c.state != State::kOpen) return Status::kNotOpen;
  if (!c.transmitter.piece_in_order(first)) return Status::kInvalidArgument;
  const bool own = is_own_piece(c, data, type, first, last);
  if (own && send_in_place(connection, data, first, last)) return Status::kOk;
  const bool fits = data.size <= max_send(c);
  if (!fits && !own) return Status::kTooLarge;
  const size_t size = wire::frame_overhead(c.endpoint->role_, data.size) + data.size;
  if (!fits || !make_room(connection, size, Room::kData)) {
    if (c.state != State::kOpen) return Status::kNotOpen;
    want(connection, fits ? size : kWantEmpty);  // too large for a copy: in place, once nothing waits
    return Status::kWouldBlock;
  }
  if (own) c.transmitter.text_checked(c.receiver.text());
  if (type == MessageType::kText && !own && !c.transmitter.text_valid(data, first, last))
    return Status::kInvalidArgument;
  if (!append(connection, data_opcode(type, first), last, data)) return Status::kNotOpen;
  c.transmitter.piece_sent(last);
  return Status::kOk;
}

// Whether it is what was handed out, as it was handed out. Its text was checked when it came; as another piece, or as a
// message of its own, it may end inside a character.
bool LoopCore::is_own_piece(const Connection& connection, Bytes data, MessageType type, bool first, bool last) const {
  const Connection& c = connection;
  const uint32_t max_frame_bytes = c.endpoint->options().max_frame_bytes;
  if (!c.message_out || c.assembled || data.empty() || (max_frame_bytes != 0 && data.size > max_frame_bytes))
    return false;
  const Bytes message = message_out(c);
  const bool same_piece = first == (c.receiver.offset() == 0) && last == c.message_last;
  return data.data == message.data && data.size == message.size && type == c.receiver.type() &&
         (same_piece || type == MessageType::kBinary);
}

// The message that is handed out, whole as it lies there: it is framed where it is, when it is taken. Until then it
// stays readable: it may be sent to others as well.
bool LoopCore::send_in_place(Connection* connection, Bytes data, bool first, bool last) {
  Connection& c = *connection;
  const bool elsewhere = c.tx_buffer != Pool::kNone && c.tx_buffer != c.rx_buffer;
  if (c.in_place || elsewhere) return false;
  const uint32_t begin = c.tx_buffer == Pool::kNone ? 0 : c.transmitter.end();
  if (c.window.message_begin < begin + wire::frame_overhead(c.endpoint->role_, data.size)) return false;
  c.in_place = true;
  c.in_place_first = first;
  c.in_place_last = last;
  c.in_place_begin = c.window.message_begin;
  c.transmitter.text_checked(c.receiver.text());
  c.transmitter.piece_sent(last);
  return true;
}

void LoopCore::settle_in_place(Connection* connection) {
  Connection& c = *connection;
  c.in_place = false;
  const uint32_t size = c.window.message_end - c.in_place_begin;
  if (c.tx_buffer == Pool::kNone) {
    c.tx_buffer = c.rx_buffer;
    c.transmitter.start_at(c.in_place_begin - static_cast<uint32_t>(wire::frame_overhead(c.endpoint->role_, size)));
  }
  const Bytes payload{pool_.data(c.rx_buffer) + c.in_place_begin, size};
  append(connection, data_opcode(c.receiver.type(), c.in_place_first), c.in_place_last, payload);
}

// Something else is to be sent behind a message that was to leave in place: now that takes a buffer.
bool LoopCore::copy_out_in_place(Connection* connection) {
  Connection& c = *connection;
  const uint32_t size = c.window.message_end - c.in_place_begin;
  if (c.tx_buffer != Pool::kNone || size > max_send(c)) return false;
  c.in_place = false;
  const size_t frame_size = wire::frame_overhead(c.endpoint->role_, size) + size;
  if (!make_room(connection, frame_size, Room::kData)) {
    c.in_place = true;
    return false;
  }
  const Bytes payload{pool_.data(c.rx_buffer) + c.in_place_begin, size};
  return append(connection, data_opcode(c.receiver.type(), c.in_place_first), c.in_place_last, payload);
}

bool LoopCore::make_room(Connection* connection, size_t size, Room room) {
  Connection& c = *connection;
  if (c.in_place && !copy_out_in_place(connection)) return false;
  if (c.tx_buffer == Pool::kNone && !place_output(connection, size, room)) return false;
  if (fits(connection, size, room)) return true;
  return c.tx_buffer == c.rx_buffer && move_output_out(connection) && fits(connection, size, room);
}

bool LoopCore::fits(Connection* connection, size_t size, Room room) {
  Connection& c = *connection;
  const bool shared = c.tx_buffer == c.rx_buffer;
  const size_t reserve = room == Room::kData ? session::control_reserve(c.endpoint->role_) : 0;
  const size_t limit = shared ? input_begin(c) : pool_.size() - reserve;
  return c.transmitter.make_room(pool_.data(c.tx_buffer), size, limit, !shared);
}

// What waits in front of the input gets a buffer of its own: more is to be sent than there is room for. (The first
// message of a server, for one: the answer to the opening handshake lies there.)
bool LoopCore::move_output_out(Connection* connection) {
  Connection& c = *connection;
  if (c.transmitter.is_blocked()) return false;
  const uint16_t buffer = pool_.take_to_write();
  if (buffer == Pool::kNone) {
    writers_.add(index_of(c));
    return false;
  }
  c.transmitter.move(pool_.data(c.tx_buffer), pool_.data(buffer));
  c.tx_buffer = buffer;
  return true;
}

// Nothing below is needed: where the input begins, and before it the payload of a ping that waits for its answer.
uint32_t LoopCore::input_begin(const Connection& connection) {
  const session::Window& window = connection.window;
  const bool ping_first = connection.waiting_ping != 0 && window.message_size() == 0;
  return window.live_begin() - (ping_first ? connection.waiting_ping - 1u : 0u);
}

// Where output is gathered that finds none waiting. Control frames and our head go in front of the input, if there is
// room: that is where what they answer was.
bool LoopCore::place_output(Connection* connection, size_t size, Room room) {
  Connection& c = *connection;
  if (room == Room::kControl && c.rx_buffer != Pool::kNone && input_begin(c) >= size) {
    c.tx_buffer = c.rx_buffer;
    c.transmitter.start_at(input_begin(c) - static_cast<uint32_t>(size));
    return true;
  }
  c.tx_buffer = pool_.take_to_write();
  if (c.tx_buffer == Pool::kNone) {
    writers_.add(index_of(c));
    return false;
  }
  c.transmitter.start_at(0);
  return true;
}

// Appends a frame for which there is room. False: no random bytes for its key, and the connection has ended.
bool LoopCore::append(Connection* connection, wire::Opcode opcode, bool fin, Bytes payload) {
  Connection& c = *connection;
  wire::MaskKey key{};
  const bool masks = c.endpoint->role_ == wire::Role::kClient;
  // RFC 6455, 5.3: a new, unpredictable key for every frame.
  if (masks && network_->random({key.bytes, sizeof key.bytes}) != Status::kOk) {
    end_and_abort(connection, {Cause::kNetwork, Cause::kRandom, 0});
    return false;
  }
  if (reserved_index_ == index_of(c)) reserved_size_ = 0;  // its place is taken
  uint8_t* buffer = pool_.data(c.tx_buffer);
  if (opcode == wire::Opcode::kPong) {
    c.transmitter.append_pong(buffer, payload, masks ? &key : nullptr);
  } else {
    c.transmitter.append(buffer, opcode, fin, payload, masks ? &key : nullptr);
  }
  output_.add(index_of(c));
  return true;
}

bool LoopCore::send_control(Connection* connection, wire::Opcode opcode, Bytes payload) {
  const size_t size = wire::frame_overhead(connection->endpoint->role_, payload.size) + payload.size;
  return make_room(connection, size, Room::kControl) && append(connection, opcode, true, payload);
}

// RFC 6455, 5.5.1: the code in network order, then the reason; an empty body stands for "no code".
bool LoopCore::send_close(Connection* connection, uint16_t code, Text reason) {
  uint8_t body[wire::kMaxControlPayload];
  size_t size = 0;
  if (code != close_code::kNoStatusReceived) {
    body[0] = static_cast<uint8_t>(code >> 8);
    body[1] = static_cast<uint8_t>(code);
    size = 2 + reason.size;
    for (size_t i = 0; i < reason.size; ++i) body[2 + i] = static_cast<uint8_t>(reason.data[i]);
  }
  return send_control(connection, wire::Opcode::kClose, {body, size});
}

// Control frames that had no room when they were due.
void LoopCore::send_waiting(Connection* connection) {
  Connection& c = *connection;
  if (c.waiting_ping != 0 && c.state != State::kDraining) answer_ping(connection);
  if (c.close_due && c.transport != nullptr && send_close(connection, c.code, {})) c.close_due = false;
}

void LoopCore::flush_all() {
  for (uint16_t left = output_.size(); left != 0; --left) flush(&connections_[output_.take()]);
}

void LoopCore::flush(Connection* connection) {
  Connection& c = *connection;
  if (c.tx_buffer == Pool::kNone || c.transport == nullptr) return;
  const uint8_t* buffer = pool_.data(c.tx_buffer);
  while (!c.transmitter.empty()) {
    const Transfer transfer = c.transport->write(c.transmitter.next_write(buffer));
    if (transfer.status == Status::kOk) {
      c.transmitter.wrote(transfer.size);
      if (c.tx_deadline == Deadline::kWrite) arm_tx(connection, Deadline::kNone, 0);
      continue;
    }
    if (transfer.status != Status::kWouldBlock) {
      transport_lost(connection, transfer.status);
      return;
    }
    c.transmitter.blocked();
    // The closing handshake has an absolute deadline, which is not put off by slow reading.
    if (c.tx_deadline == Deadline::kNone) arm_tx(connection, Deadline::kWrite, c.endpoint->options().write_timeout_ms);
    offer_room(connection);
    return;
  }
  drained(connection);
}

// All gathered output was taken by the transport.
void LoopCore::drained(Connection* connection) {
  Connection& c = *connection;
  release_tx_if_empty(connection);
  if (c.tx_deadline == Deadline::kWrite) arm_tx(connection, Deadline::kNone, 0);
  offer_room(connection);
  if (c.waits_for_output || c.waiting_ping != 0 || c.close_due || c.state == State::kDraining) ready_.add(index_of(c));
  c.waits_for_output = false;
}

// The largest of the frames refused since the last kWritable.
void LoopCore::want(Connection* connection, size_t size) {
  if (size > connection->wanted) connection->wanted = static_cast<uint32_t>(size);
}

// Whether the frame that was refused has its room now, which is then kept until its kWritable event is over.
bool LoopCore::has_wanted_room(Connection* connection) {
  Connection& c = *connection;
  const bool wanted = c.wanted != 0 && c.state == State::kOpen;
  const bool empty = c.tx_buffer == Pool::kNone;
  c.writable_due = wanted && (c.wanted == kWantEmpty ? empty : make_room(connection, c.wanted, Room::kData));
  return c.writable_due;
}

void LoopCore::offer_room(Connection* connection) {
  if (has_wanted_room(connection)) ready_.add(index_of(*connection));
}

void LoopCore::release_tx_if_empty(Connection* connection) {
  Connection& c = *connection;
  if (c.tx_buffer == Pool::kNone || !c.transmitter.empty() || c.writable_due) return;
  const uint16_t buffer = c.tx_buffer;
  c.tx_buffer = Pool::kNone;
  if (buffer != c.rx_buffer) give_back(buffer);
}

}  // namespace whit
