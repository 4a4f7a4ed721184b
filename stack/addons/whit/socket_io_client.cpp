// SPDX-License-Identifier: MIT
#include "whit/socket_io_client.h"

#include "whit/json_text.h"

namespace whit {

using socket_io::bit_of;

socket_io::Context SocketIoClient::context() {
  return {socket(), &session_, spaces_, &acks_, now_ms_, engine_.max_payload()};
}

SocketIoEvent SocketIoClient::poll(uint32_t now_ms) {
  now_ms_ = now_ms;
  engine_.poll(now_ms);
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

uint32_t SocketIoClient::wait_ms(uint32_t loop_wait_ms) const {
  return acks_.wait_ms(now_ms_, engine_.wait_ms(loop_wait_ms));
}

SocketIoEvent SocketIoClient::on_event(const Event& event) {
  SocketIoEvent result;
  result.socket = event.socket;
  const EngineIoEvent packet = engine_.on_event(event);
  switch (packet.type) {
    case EngineIoEvent::kNone:
      break;
    case EngineIoEvent::kOpen:
      result.type = SocketIoEvent::kOpen;
      break;
    case EngineIoEvent::kMessage:
      if (socket_io::receive(context(), packet.message, &result) && take_connect(&result)) break;
      (void)socket().close(close_code::kProtocolError, "Socket.IO: a bad packet");
      return {};
    case EngineIoEvent::kWritable:
      result.type = SocketIoEvent::kWritable;
      break;
    case EngineIoEvent::kClose:
      session_ = {};
      acks_.drop(event.socket, SocketIoAcks::kEverySpace);
      result.type = SocketIoEvent::kClose;
      break;
  }
  return result;
}

// The answer to join(); one that comes after leave() is passed over. False: it has no sid, as those of Socket.IO 2.
bool SocketIoClient::take_connect(SocketIoEvent* event) {
  if (event->type != SocketIoEvent::kConnect && event->type != SocketIoEvent::kConnectError) return true;
  socket_io::Session::Incoming& now = session_.now;
  if (event->space == socket_io::kNoSpace || (now.asked & bit_of(event->space)) == 0) {
    event->type = SocketIoEvent::kNone;
    return true;
  }
  const bool joined = event->type == SocketIoEvent::kConnect;
  if (joined && json_plain_string(json_member(event->payload, "sid")).empty()) return false;
  now.asked &= ~bit_of(event->space);
  if (joined) now.joined |= bit_of(event->space);
  return true;
}

Status SocketIoClient::join(Text auth, uint8_t space) {
  if (!engine_.is_open()) return Status::kNotOpen;
  if (space >= spaces_.count || (!auth.empty() && auth[0] != '{')) return Status::kInvalidArgument;
  if (((session_.now.joined | session_.now.asked) & bit_of(space)) != 0) return Status::kInvalidArgument;
  SocketIoPacket head;
  head.type = SocketIoPacket::kConnect;
  head.space = spaces_.names[space];
  const Status status = socket_io::send(context(), head, &auth, 1);
  if (status == Status::kOk) session_.now.asked |= bit_of(space);
  return status;
}

Status SocketIoClient::leave(uint8_t space) { return socket_io::leave(context(), space); }

Status SocketIoClient::emit(Text name, Text arguments, const SocketIoEmit& how) {
  return socket_io::emit(context(), name, arguments, how);
}

Status SocketIoClient::acknowledge(const SocketIoEvent& event, Text arguments, uint8_t attachments) {
  return socket_io::acknowledge(context(), event, arguments, attachments);
}

Status SocketIoClient::attach(Bytes data) {
  Message piece;
  piece.data = data;
  return attach(piece);
}

Status SocketIoClient::attach(const Message& piece) { return socket_io::attach(context(), piece); }

}  // namespace whit
