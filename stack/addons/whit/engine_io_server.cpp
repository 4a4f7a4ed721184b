// SPDX-License-Identifier: MIT
#include "whit/engine_io_server.h"

#include "whit/http_service.h"
#include "whit/message_assembler.h"
#include "whit/packet_writer.h"
#include "whit/request_values.h"

namespace whit {

namespace {

// The answers of Engine.IO to a request that it refuses; empty: it is welcome.
Text refusal_of(const Request& request) {
  const Text query = query_of(request.target);
  uint8_t memory[16];
  const MutableBytes room{memory, sizeof memory};
  if (parameter(query, "transport", room) != "websocket") return "{\"code\":0,\"message\":\"Transport unknown\"}";
  uint8_t sid[EngineIoServer::kSidSize];
  if (!parameter(query, "sid", {sid, sizeof sid}).empty()) return "{\"code\":1,\"message\":\"Session ID unknown\"}";
  if (parameter(query, "EIO", room) != "4") return "{\"code\":5,\"message\":\"Unsupported protocol version\"}";
  return request.upgrade ? Text{} : Text("{\"code\":3,\"message\":\"Bad request\"}");
}

}  // namespace

bool EngineIoServer::on_request(WebSocket socket) const {
  Request request;
  if (!socket.request(&request) || path_of(request.target) != options_.path) return false;
  Response response;
  response.body = refusal_of(request);
  if (response.body.empty()) {
    if (socket.accept() != Status::kOk) (void)socket.reject(500);
    return true;
  }
  response.status = 400;
  response.type = "application/json";
  if (socket.respond(response) != Status::kOk) (void)socket.reject(400);  // a small buffer
  return true;
}

Text EngineIoServer::make_sid(char (&text)[kSidSize]) const {
  uint8_t bytes[kSidSize / 2];
  if (network_.random({bytes, sizeof bytes}) != Status::kOk) return {};
  for (size_t i = 0; i < kSidSize; ++i) {
    const uint32_t digit = static_cast<uint32_t>(bytes[i / 2]) >> (i % 2 == 0 ? 4 : 0) & 15;
    text[i] = static_cast<char>(digit < 10 ? '0' + digit : 'a' + (digit - 10));
  }
  return {text, kSidSize};
}

EngineIoEvent EngineIoServer::on_event(const Event& event, EngineIoSession* session, MutableBytes memory) const {
  EngineIoEvent result;
  switch (event.type) {
    case Event::kOpen:
      session->state = EngineIoSession::kOpening;
      return greet(event.socket, session, memory);
    case Event::kMessage:
      return on_message(event, session, memory);
    case Event::kSkipped:
      return fail(event.socket, session, close_code::kMessageTooBig, "Engine.IO: a packet is too long");
    case Event::kWritable:
      if (session->state == EngineIoSession::kOpening) return greet(event.socket, session, memory);
      if (session->owes_ping) ping(event.socket, session);
      if (session->state == EngineIoSession::kOpen) result.type = EngineIoEvent::kWritable;
      return result;
    case Event::kClose:
      session->state = EngineIoSession::kClosed;
      result.type = EngineIoEvent::kClose;
      return result;
    default:
      return result;
  }
}

// Without room the open packet is owed until kWritable.
EngineIoEvent EngineIoServer::greet(WebSocket socket, EngineIoSession* session, MutableBytes memory) const {
  char sid[kSidSize];
  const Text made = make_sid(sid);
  if (made.empty()) return fail(socket, session, close_code::kInternalError, "Engine.IO: no random bytes");
  uint8_t text[160];  // the numbers may have ten digits each
  PacketWriter packet(MutableBytes{text, sizeof text});
  const size_t max_send = socket.max_send();
  packet.put("0{\"sid\":\"");
  packet.put(made);
  packet.put("\",\"upgrades\":[],\"pingInterval\":");
  packet.put_number(options_.ping_interval_ms);
  packet.put(",\"pingTimeout\":");
  packet.put_number(options_.ping_timeout_ms);
  packet.put(",\"maxPayload\":");
  packet.put_number(static_cast<uint32_t>(max_send > memory.size ? max_send : memory.size));
  packet.put('}');
  if (socket.send(packet.text()) != Status::kOk) return {};
  session->state = EngineIoSession::kOpen;
  session->since_ms = now_ms_;
  EngineIoEvent result;
  result.type = EngineIoEvent::kOpen;
  return result;
}

void EngineIoServer::ping(WebSocket socket, EngineIoSession* session) const {
  session->owes_ping = socket.send("2") != Status::kOk;
}

void EngineIoServer::poll(WebSocket socket, EngineIoSession* session) const {
  if (session->state != EngineIoSession::kOpen) return;
  if (session->owes_ping) ping(socket, session);
  const uint32_t since_ms = now_ms_ - session->since_ms;
  if (session->awaits_pong) {
    if (since_ms >= options_.ping_timeout_ms) (void)fail(socket, session, close_code::kGoingAway, "ping timeout");
  } else if (since_ms >= options_.ping_interval_ms) {
    session->awaits_pong = true;
    session->since_ms = now_ms_;
    ping(socket, session);
  }
}

uint32_t EngineIoServer::due_in_ms(const EngineIoSession& session) const {
  if (session.state != EngineIoSession::kOpen) return UINT32_MAX;
  const uint32_t since_ms = now_ms_ - session.since_ms;
  const uint32_t time_ms = session.awaits_pong ? options_.ping_timeout_ms : options_.ping_interval_ms;
  return since_ms < time_ms ? time_ms - since_ms : 0;
}

EngineIoEvent EngineIoServer::on_message(const Event& event, EngineIoSession* session, MutableBytes memory) const {
  EngineIoEvent result;
  if (session->state == EngineIoSession::kClosed) return result;
  // Whatever comes shows that the peer is there: its pong may wait behind a long message.
  if (session->awaits_pong) session->since_ms = now_ms_;
  session->awaits_pong = false;
  if (event.message.type == MessageType::kBinary) {
    result.type = EngineIoEvent::kMessage;
    result.message = event.message;
    return result;
  }
  Message whole;
  switch (MessageAssembler(memory).add(event.message, &whole)) {
    case Status::kOk:
      return on_packet(event.socket, session, whole.text());
    case Status::kWouldBlock:
      return result;
    default:
      return fail(event.socket, session, close_code::kMessageTooBig, "Engine.IO: a packet is too long");
  }
}

EngineIoEvent EngineIoServer::on_packet(WebSocket socket, EngineIoSession* session, Text packet) const {
  EngineIoEvent result;
  switch (packet.empty() ? EngineIoPacket::kOpen : static_cast<EngineIoPacket>(packet[0])) {
    case EngineIoPacket::kMessage:
      result.type = EngineIoEvent::kMessage;
      result.message.type = MessageType::kText;
      result.message.data = as_bytes(packet.from(1));
      return result;
    case EngineIoPacket::kClose:
      session->state = EngineIoSession::kClosed;
      (void)socket.close();
      return result;
    case EngineIoPacket::kPong:
    case EngineIoPacket::kNoop:
      return result;
    default:  // a ping of Engine.IO 3, an upgrade that was not offered
      return fail(socket, session, close_code::kProtocolError, "Engine.IO: a bad packet");
  }
}

EngineIoEvent EngineIoServer::fail(WebSocket socket, EngineIoSession* session, uint16_t code, Text reason) const {
  session->state = EngineIoSession::kClosed;
  (void)socket.close(code, reason);
  return {};
}

}  // namespace whit
