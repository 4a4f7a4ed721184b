// SPDX-License-Identifier: MIT
#include "whit/socket_io_server.h"

#include "whit/json_text.h"

namespace whit {

using socket_io::bit_of;
using socket_io::Context;

// Of a connection that has ended nothing is found, so that all calls say kNotOpen.
Context SocketIoServerCore::context(WebSocket socket) {
  Session* const session = session_of(socket);
  const bool is_open = session != nullptr && session->engine.state == EngineIoSession::kOpen;
  return {socket, is_open ? session : nullptr, {options_.spaces, options_.space_count}, &acks_, now_ms_, 0};
}

SocketIoEvent SocketIoServerCore::poll(uint32_t now_ms) {
  now_ms_ = now_ms;
  engine_.set_time(now_ms);
  for (const WebSocket socket : server_.open()) poll_connection(socket);
  SocketIoEvent result;
  const SocketIoAcks::Entry* const late = acks_.take_expired(now_ms);
  if (late == nullptr) return result;
  result.type = SocketIoEvent::kAckTimeout;
  result.socket = late->socket;
  result.space = late->space;
  result.has_id = true;
  result.id = late->id;
  return result;
}

void SocketIoServerCore::poll_connection(WebSocket socket) {
  Session* const session = session_of(socket);
  if (session == nullptr) return;
  engine_.poll(socket, &session->engine);
  if (session->engine.state == EngineIoSession::kClosed || !session->never_joined) return;
  if (now_ms_ - session->opened_ms < options_.connect_timeout_ms) return;
  (void)engine_.fail(socket, &session->engine, close_code::kGoingAway, "Socket.IO: no namespace was joined in time");
}

uint32_t SocketIoServerCore::wait_ms(uint32_t loop_wait_ms) {
  uint32_t longest_ms = acks_.wait_ms(now_ms_, loop_wait_ms);
  for (const WebSocket socket : server_.open()) {
    const Session* const session = session_of(socket);
    if (session == nullptr || session->engine.state == EngineIoSession::kClosed) continue;
    const uint32_t due_ms = engine_.due_in_ms(session->engine);
    if (due_ms < longest_ms) longest_ms = due_ms;
    if (!session->never_joined) continue;
    const uint32_t open_ms = now_ms_ - session->opened_ms;
    const uint32_t left_ms = open_ms < options_.connect_timeout_ms ? options_.connect_timeout_ms - open_ms : 0;
    if (left_ms < longest_ms) longest_ms = left_ms;
  }
  return longest_ms;
}

SocketIoEvent SocketIoServerCore::on_event(const Event& event) {
  SocketIoEvent result;
  MutableBytes memory;
  result.socket = event.socket;
  if (event.type == Event::kRequest) {
    if (!engine_.on_request(event.socket)) {
      result.type = SocketIoEvent::kRequest;
    } else {
      (void)sessions_(this, event.socket, true, &memory);
    }
    return result;
  }
  Session* const session = sessions_(this, event.socket, false, &memory);
  return session != nullptr ? on_packet(event, session, memory) : result;
}

SocketIoEvent SocketIoServerCore::on_packet(const Event& event, Session* session, MutableBytes memory) {
  SocketIoEvent result;
  result.socket = event.socket;
  if (event.type == Event::kOpen) session->opened_ms = now_ms_;
  const EngineIoEvent packet = engine_.on_event(event, &session->engine, memory);
  switch (packet.type) {
    case EngineIoEvent::kNone:
    case EngineIoEvent::kOpen:
      break;
    case EngineIoEvent::kMessage: {
      const Context of = context(event.socket);
      if (socket_io::receive(of, packet.message, &result) && take_connect(of, &result)) break;
      (void)engine_.fail(event.socket, &session->engine, close_code::kProtocolError, "Socket.IO: a bad packet");
      return {};
    }
    case EngineIoEvent::kWritable:
      result.type = SocketIoEvent::kWritable;
      break;
    case EngineIoEvent::kClose:
      acks_.drop(event.socket, SocketIoAcks::kEverySpace);
      result.type = SocketIoEvent::kClose;
      break;
  }
  return result;
}

// A request to join. False: the protocol has no such packet here.
bool SocketIoServerCore::take_connect(const Context& of, SocketIoEvent* event) {
  if (event->type == SocketIoEvent::kConnectError) return false;
  if (event->type != SocketIoEvent::kConnect) return true;
  socket_io::Session::Incoming& now = of.session->now;
  const Text space = event->name;
  event->name = {};
  if (event->space == socket_io::kNoSpace) {
    event->type = SocketIoEvent::kNone;
    if (send_refusal(of, space, "Invalid namespace") == Status::kWouldBlock) socket_io::hold(of);
    return true;
  }
  // The JavaScript client may ask twice.
  if (((now.joined | now.asked) & bit_of(event->space)) != 0) event->type = SocketIoEvent::kNone;
  if (event->type == SocketIoEvent::kConnect) now.asked |= bit_of(event->space);
  return true;
}

Status SocketIoServerCore::send_refusal(const Context& to, Text space, Text message) {
  SocketIoPacket head;
  head.type = SocketIoPacket::kConnectError;
  head.space = space;
  const Text parts[] = {"{\"message\":\"", message, "\"}"};
  return socket_io::send(to, head, parts, 3);
}

Status SocketIoServerCore::admit(const SocketIoEvent& event) {
  const Context to = context(event.socket);
  if (to.session == nullptr || event.space >= to.spaces.count) return Status::kNotOpen;
  const uint32_t bit = bit_of(event.space);
  if ((to.session->now.asked & bit) == 0) return Status::kNotOpen;
  char sid[EngineIoServer::kSidSize];
  const Text made = engine_.make_sid(sid);
  if (made.empty()) return Status::kFailed;
  SocketIoPacket head;
  head.type = SocketIoPacket::kConnect;
  head.space = to.spaces.names[event.space];
  const Text parts[] = {"{\"sid\":\"", made, "\"}"};
  const Status status = socket_io::send(to, head, parts, 3);
  if (status != Status::kOk) return status;
  to.session->now.asked &= ~bit;
  to.session->now.joined |= bit;
  session_of(event.socket)->never_joined = false;
  return Status::kOk;
}

Status SocketIoServerCore::refuse(const SocketIoEvent& event, Text message) {
  const Context to = context(event.socket);
  if (to.session == nullptr || event.space >= to.spaces.count) return Status::kNotOpen;
  const uint32_t bit = bit_of(event.space);
  if ((to.session->now.asked & bit) == 0) return Status::kNotOpen;
  if (!is_json_plain(message)) return Status::kInvalidArgument;
  const Status status = send_refusal(to, to.spaces.names[event.space], message);
  if (status == Status::kOk) to.session->now.asked &= ~bit;
  return status;
}

Status SocketIoServerCore::leave(WebSocket socket, uint8_t space) { return socket_io::leave(context(socket), space); }

Status SocketIoServerCore::emit(WebSocket socket, Text name, Text arguments, const SocketIoEmit& how) {
  return socket_io::emit(context(socket), name, arguments, how);
}

Status SocketIoServerCore::acknowledge(const SocketIoEvent& event, Text arguments, uint8_t attachments) {
  return socket_io::acknowledge(context(event.socket), event, arguments, attachments);
}

Status SocketIoServerCore::attach(WebSocket socket, Bytes data) {
  Message piece;
  piece.data = data;
  return attach(socket, piece);
}

Status SocketIoServerCore::attach(WebSocket socket, const Message& piece) {
  return socket_io::attach(context(socket), piece);
}

void SocketIoServerCore::hold(const SocketIoEvent& event) {
  const Context of = context(event.socket);
  if (of.session != nullptr) socket_io::hold(of);
}

bool SocketIoServerCore::has_joined(WebSocket socket, uint8_t space) {
  const Context of = context(socket);
  return of.session != nullptr && space < of.spaces.count && (of.session->now.joined & bit_of(space)) != 0;
}

}  // namespace whit
