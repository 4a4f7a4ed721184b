// SPDX-License-Identifier: MIT
#include "whit/websocket.h"

#include "whit/loop.h"
#include "whit/wire/http_head.h"

namespace whit {

using session::Connection;
using session::Pool;
using session::State;

Status WebSocket::send(Text text) const { return send(as_bytes(text), MessageType::kText); }

Status WebSocket::send(Bytes data, MessageType type) const {
  Connection* connection = loop_ != nullptr ? loop_->find(*this) : nullptr;
  if (connection == nullptr) return Status::kNotOpen;
  return loop_->send_frame(connection, data, type, true, true);
}

Status WebSocket::send(const Message& piece) const {
  Connection* connection = loop_ != nullptr ? loop_->find(*this) : nullptr;
  if (connection == nullptr) return Status::kNotOpen;
  return loop_->send_frame(connection, piece.data, piece.type, piece.first, piece.last);
}

MutableBytes WebSocket::reserve(size_t size) const {
  Connection* connection = loop_ != nullptr ? loop_->find(*this) : nullptr;
  if (connection == nullptr || connection->state != State::kOpen || size > loop_->max_send(*connection)) return {};
  const size_t overhead = wire::frame_overhead(connection->endpoint->role_, size);
  if (!loop_->make_room(connection, overhead + size, LoopCore::Room::kData)) {
    LoopCore::want(connection, overhead + size);
    return {};
  }
  loop_->reserved_index_ = index_;
  loop_->reserved_size_ = static_cast<uint32_t>(size + 1);
  loop_->output_.add(index_);  // gives the buffer back if nothing is committed
  return {loop_->pool_.data(connection->tx_buffer) + connection->transmitter.end() + overhead, size};
}

Status WebSocket::commit(MessageType type, bool first, bool last) const {
  Connection* connection = loop_ != nullptr ? loop_->find(*this) : nullptr;
  if (connection == nullptr || connection->state != State::kOpen) return Status::kNotOpen;
  if (loop_->reserved_size_ == 0 || loop_->reserved_index_ != index_) return Status::kInvalidArgument;
  const size_t size = loop_->reserved_size_ - 1;
  loop_->reserved_size_ = 0;
  const size_t overhead = wire::frame_overhead(connection->endpoint->role_, size);
  const uint8_t* payload = loop_->pool_.data(connection->tx_buffer) + connection->transmitter.end() + overhead;
  return loop_->send_frame(connection, {payload, size}, type, first, last);
}

Status WebSocket::ping(Bytes payload) const {
  Connection* connection = loop_ != nullptr ? loop_->find(*this) : nullptr;
  if (connection == nullptr || connection->state != State::kOpen) return Status::kNotOpen;
  if (payload.size > wire::kMaxControlPayload) return Status::kInvalidArgument;  // RFC 6455, 5.5
  const size_t size = wire::frame_overhead(connection->endpoint->role_, payload.size) + payload.size;
  if (!loop_->make_room(connection, size, LoopCore::Room::kData)) {
    LoopCore::want(connection, size);
    return Status::kWouldBlock;
  }
  return loop_->append(connection, wire::Opcode::kPing, true, payload) ? Status::kOk : Status::kNotOpen;
}

Status WebSocket::close(uint16_t code, Text reason) const {
  Connection* connection = loop_ != nullptr ? loop_->find(*this) : nullptr;
  return connection != nullptr ? loop_->start_close(connection, code, reason) : Status::kNotOpen;
}

void WebSocket::abort() const {
  Connection* connection = loop_ != nullptr ? loop_->find(*this) : nullptr;
  if (connection == nullptr || connection->state == State::kDraining) return;
  loop_->end_and_abort(connection, {Cause::kApplication, Cause::kTransport, 0});
}

void WebSocket::hold() const {
  Connection* connection = loop_ != nullptr ? loop_->find(*this) : nullptr;
  if (connection != nullptr && connection->state == State::kOpen) connection->held = true;
}

void WebSocket::consume(size_t count) const {
  Connection* connection = loop_ != nullptr ? loop_->find(*this) : nullptr;
  if (connection == nullptr || !connection->message_out || connection->assembled) return;
  const uint32_t size = connection->window.message_size();
  connection->receiver.take(&connection->window, count < size ? static_cast<uint32_t>(count) : size);
}

void WebSocket::pause() const {
  Connection* connection = loop_ != nullptr ? loop_->find(*this) : nullptr;
  if (connection == nullptr || connection->state != State::kOpen) return;
  connection->paused = true;
  loop_->arm_rx(connection, Deadline::kNone, 0);
}

void WebSocket::resume() const {
  Connection* connection = loop_ != nullptr ? loop_->find(*this) : nullptr;
  if (connection == nullptr || connection->state != State::kOpen) return;
  connection->held = connection->paused = false;
  loop_->ready_.add(index_);
}

ReadyState WebSocket::ready_state() const {
  const Connection* connection = loop_ != nullptr ? loop_->find(*this) : nullptr;
  if (connection == nullptr) return ReadyState::kClosed;
  if (connection->state == State::kOpen) return ReadyState::kOpen;
  const bool closing = connection->state == State::kClosing || connection->state == State::kDraining;
  return closing ? ReadyState::kClosing : ReadyState::kConnecting;
}

size_t WebSocket::buffered_amount() const {
  const Connection* connection = loop_ != nullptr ? loop_->find(*this) : nullptr;
  if (connection == nullptr || connection->tx_buffer == Pool::kNone) return 0;
  return connection->transmitter.size();
}

size_t WebSocket::max_send() const {
  const Connection* connection = loop_ != nullptr ? loop_->find(*this) : nullptr;
  return connection != nullptr ? loop_->max_send(*connection) : 0;
}

Text WebSocket::protocol() const {
  const Connection* connection = loop_ != nullptr ? loop_->find(*this) : nullptr;
  if (connection == nullptr || connection->protocol == 0) return {};
  return connection->endpoint->options().protocols[connection->protocol - 1];
}

Address WebSocket::remote() const {
  const Connection* connection = loop_ != nullptr ? loop_->find(*this) : nullptr;
  return connection != nullptr && connection->transport != nullptr ? connection->transport->remote() : Address{};
}

Status WebSocket::accept(Text protocol) const {
  Connection* connection = loop_ != nullptr ? loop_->find(*this) : nullptr;
  if (connection == nullptr || connection->state != State::kAsked) return Status::kNotOpen;
  return loop_->answer_request(connection, protocol);
}

Status WebSocket::reject(uint16_t http_status) const {
  Connection* connection = loop_ != nullptr ? loop_->find(*this) : nullptr;
  if (connection == nullptr || connection->state != State::kAsked) return Status::kNotOpen;
  if (http_status < 400 || http_status > 599) return Status::kInvalidArgument;
  connection->visible = false;  // it never opened: nothing more is reported of it
  loop_->refuse(connection, http_status);
  return Status::kOk;
}

bool WebSocket::request(Request* out) const {
  const Connection* connection = loop_ != nullptr ? loop_->find(*this) : nullptr;
  if (connection == nullptr || connection->state != State::kAsked) return false;
  connection->endpoint->read_request(*connection, loop_->pool_.data(connection->rx_buffer), out);
  return true;
}

}  // namespace whit
