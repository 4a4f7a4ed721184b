// SPDX-License-Identifier: MIT
#include "whit/websocket.h"

#include "whit/core/core.h"

namespace whit {

using session::Connection;
using session::State;

// nullptr: not a connection of the application any more.
Connection* WebSocket::connection() const {
  if (core_ == nullptr || index_ >= core_->slots_) return nullptr;
  Connection* c = &core_->connections_[index_];
  return c->known_to_application && c->generation == generation_ ? c : nullptr;
}

Status WebSocket::send(Text text) const { return send(as_bytes(text), MessageType::kText); }

Status WebSocket::send(Bytes data, MessageType type) const {
  Message message;
  message.data = data;
  message.type = type;
  return send(message);
}

Status WebSocket::send(const Message& piece) const {
  Connection* c = connection();
  return c != nullptr ? core_->send_frame(c, piece) : Status::kNotOpen;
}

MutableBytes WebSocket::reserve(size_t size) const {
  Connection* c = connection();
  return c != nullptr ? core_->reserve(c, size) : MutableBytes{};
}

Status WebSocket::commit(MessageType type, bool first, bool last) const {
  Connection* c = connection();
  return c != nullptr ? core_->commit(c, type, first, last) : Status::kNotOpen;
}

Status WebSocket::ping(Bytes payload) const {
  Connection* c = connection();
  return c != nullptr ? core_->send_ping(c, payload) : Status::kNotOpen;
}

Status WebSocket::close(uint16_t code, Text reason) const {
  Connection* c = connection();
  return c != nullptr ? core_->start_close(c, code, reason) : Status::kNotOpen;
}

void WebSocket::abort() const {
  Connection* c = connection();
  if (c == nullptr || c->state == State::kDraining) return;
  core_->end_and_abort(c, {Cause::kApplication, Cause::kTransport}, 0);
}

void WebSocket::hold() const {
  Connection* c = connection();
  if (c != nullptr && (c->state == State::kOpen || c->message_out)) c->message_held = true;
}

void WebSocket::consume(size_t count) const {
  Connection* c = connection();
  if (c == nullptr || !c->message_out) return;
  const uint32_t size = c->window.message_size();
  const uint32_t taken = count < size ? static_cast<uint32_t>(count) : size;
  if (c->is_receiving()) return c->receiver().take(&c->window, taken);
  c->window.message_begin += taken;  // of the body of a request
  c->head().exchange.body.taken += taken;
}

void WebSocket::pause() const {
  Connection* c = connection();
  if (c == nullptr || (c->state != State::kOpen && !c->message_out)) return;
  c->paused = true;
  c->deadlines[session::kFromPeer] = Deadline::kNone;
}

void WebSocket::resume() const {
  Connection* c = connection();
  if (c == nullptr || (c->state != State::kOpen && !c->message_held && !c->paused)) return;
  // The body of a request goes on, and its time begins with the turn that follows, like that of a new connection.
  if (c->state != State::kOpen) c->state = State::kConnecting;
  c->message_held = c->paused = false;
  core_->make_ready(*c);
}

ReadyState WebSocket::ready_state() const {
  const Connection* c = connection();
  if (c == nullptr) return ReadyState::kClosed;
  if (c->state == State::kOpen) return ReadyState::kOpen;
  const bool closing = c->state == State::kClosing || c->state == State::kDraining;
  return closing ? ReadyState::kClosing : ReadyState::kConnecting;
}

size_t WebSocket::buffered_amount() const {
  const Connection* c = connection();
  if (c == nullptr || c->tx_buffer == nullptr) return 0;
  return c->transmitter.size();
}

size_t WebSocket::max_send() const {
  const Connection* c = connection();
  return c != nullptr ? core_->max_send(*c) : 0;
}

Text WebSocket::protocol() const {
  const Connection* c = connection();
  if (c == nullptr || c->protocol == 0) return {};
  return c->endpoint->options().protocols[c->protocol - 1];
}

Address WebSocket::remote() const {
  const Connection* c = connection();
  return c != nullptr && c->transport != nullptr ? c->transport->remote() : Address{};
}

}  // namespace whit
