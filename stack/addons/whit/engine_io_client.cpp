// SPDX-License-Identifier: MIT
#include "whit/engine_io_client.h"

#include "whit/message_assembler.h"
#include "whit/packet_writer.h"

namespace whit {

void EngineIoClient::poll(uint32_t now_ms) {
  now_ms_ = now_ms;
  if (owes_pong_) answer_ping();
  if (state_ != State::kClosed && now_ms - heard_ms_ >= silence_ms_) {
    (void)fail(close_code::kGoingAway, "ping timeout");
  }
}

uint32_t EngineIoClient::wait_ms(uint32_t loop_wait_ms) const {
  if (state_ == State::kClosed) return loop_wait_ms;
  const uint32_t silent_ms = now_ms_ - heard_ms_;
  const uint32_t left_ms = silent_ms < silence_ms_ ? silence_ms_ - silent_ms : 0;
  return left_ms < loop_wait_ms ? left_ms : loop_wait_ms;
}

EngineIoEvent EngineIoClient::on_event(const Event& event) {
  EngineIoEvent result;
  if (event.socket != socket()) return result;
  switch (event.type) {
    case Event::kOpen:
      state_ = State::kOpening;
      owes_pong_ = false;
      heard_ms_ = now_ms_;
      silence_ms_ = open_timeout_ms;
      return result;
    case Event::kMessage:
      return on_message(event.message);
    case Event::kSkipped:
      return fail(close_code::kMessageTooBig, "Engine.IO: a packet is too long");
    case Event::kWritable:
      if (owes_pong_) answer_ping();
      if (is_open()) result.type = EngineIoEvent::kWritable;
      return result;
    case Event::kClose:
      state_ = State::kClosed;
      result.type = EngineIoEvent::kClose;
      return result;
    default:
      return result;
  }
}

// Whatever comes shows that the server is there: a ping may wait behind a long message.
EngineIoEvent EngineIoClient::on_message(const Message& message) {
  EngineIoEvent result;
  if (state_ == State::kClosed) return result;
  if (is_open()) heard_ms_ = now_ms_;
  if (message.type == MessageType::kBinary) {
    if (!is_open()) return fail(close_code::kProtocolError, "Engine.IO: no open packet");
    result.type = EngineIoEvent::kMessage;
    result.message = message;
    return result;
  }
  Message whole;
  switch (MessageAssembler(memory_).add(message, &whole)) {
    case Status::kOk:
      break;
    case Status::kWouldBlock:
      return result;
    default:
      return fail(close_code::kMessageTooBig, "Engine.IO: a packet is too long");
  }
  return on_packet(whole.text());
}

EngineIoEvent EngineIoClient::on_packet(Text packet) {
  EngineIoEvent result;
  const char type = packet.empty() ? '\0' : packet[0];
  const Text rest = packet.from(packet.empty() ? 0 : 1);
  const bool opens = static_cast<EngineIoPacket>(type) == EngineIoPacket::kOpen;
  if (opens != (state_ == State::kOpening)) return fail(close_code::kProtocolError, "Engine.IO: no open packet");
  switch (static_cast<EngineIoPacket>(type)) {
    case EngineIoPacket::kOpen:
      if (!parse_engine_io_open(rest, &result.open)) break;
      state_ = State::kOpen;
      heard_ms_ = now_ms_;
      silence_ms_ = result.open.ping_interval_ms + result.open.ping_timeout_ms;
      max_payload_ = result.open.max_payload;
      result.type = EngineIoEvent::kOpen;
      return result;
    case EngineIoPacket::kClose:
      state_ = State::kClosed;
      (void)socket().close();
      return result;
    case EngineIoPacket::kPing:
      answer_ping();
      return result;
    case EngineIoPacket::kMessage:
      result.type = EngineIoEvent::kMessage;
      result.message.type = MessageType::kText;
      result.message.data = as_bytes(rest);
      return result;
    case EngineIoPacket::kNoop:
      return result;
    default:
      break;
  }
  return fail(close_code::kProtocolError, "Engine.IO: a bad packet");
}

EngineIoEvent EngineIoClient::fail(uint16_t code, Text reason) {
  state_ = State::kClosed;
  (void)socket().close(code, reason);
  return {};
}

// Without room it is owed, and tried again in each turn: inside a message that the application sends in pieces no
// kWritable says when its time has come.
void EngineIoClient::answer_ping() {
  const Status status = socket().send("3");
  owes_pong_ = status != Status::kOk && status != Status::kNotOpen;
}

Status EngineIoClient::send(Text text) const {
  if (!is_open()) return Status::kNotOpen;
  const size_t size = text.size + 1;
  if (size > socket().max_send() || (max_payload_ != 0 && size > max_payload_)) return Status::kTooLarge;
  const MutableBytes room = socket().reserve(size);
  if (room.data == nullptr) {
    return socket().ready_state() == ReadyState::kOpen ? Status::kWouldBlock : Status::kNotOpen;
  }
  PacketWriter packet(room);
  packet.put(static_cast<char>(EngineIoPacket::kMessage));
  packet.put(text);
  return socket().commit(MessageType::kText);
}

}  // namespace whit
