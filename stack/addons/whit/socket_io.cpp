// SPDX-License-Identifier: MIT
#include "whit/socket_io.h"

#include "whit/json_text.h"
#include "whit/packet_writer.h"

namespace whit {

namespace {

constexpr uint32_t kMostAttachments = 255;

bool is_digit(char c) { return c >= '0' && c <= '9'; }

// Takes the digits at the front. False: no number that fits, or with a zero in front.
bool take_number(Text* text, uint32_t* number) {
  size_t size = 0;
  while (size < text->size && is_digit((*text)[size])) ++size;
  if (!json_number(text->first(size), number)) return false;
  *text = text->from(size);
  return true;
}

bool is_event(SocketIoPacket::Type type) {
  return type == SocketIoPacket::kEvent || type == SocketIoPacket::kBinaryEvent;
}
bool is_ack(SocketIoPacket::Type type) { return type == SocketIoPacket::kAck || type == SocketIoPacket::kBinaryAck; }
bool is_binary(SocketIoPacket::Type type) {
  return type == SocketIoPacket::kBinaryEvent || type == SocketIoPacket::kBinaryAck;
}

bool is_object(Text json) {
  return !json.empty() && json[0] == '{' && take_json_value(&json).size != 0 && json.empty();
}

// The payload is what its type asks for. An event has a name, which may be a number.
bool has_valid_payload(const SocketIoPacket& packet) {
  Text elements = json_elements(packet.payload);
  Text value = packet.payload;
  switch (packet.type) {
    case SocketIoPacket::kConnect:
      return packet.payload.empty() || is_object(packet.payload);
    case SocketIoPacket::kDisconnect:
      return packet.payload.empty();
    case SocketIoPacket::kConnectError:
      return is_object(packet.payload) || (value.size > 1 && value[0] == '"' && take_json_value(&value).size != 0);
    case SocketIoPacket::kEvent:
    case SocketIoPacket::kBinaryEvent:
      return !elements.empty() && (elements[0] == '"' || is_digit(elements[0])) && !take_json_value(&elements).empty();
    default:
      return elements.data != nullptr && packet.has_id;
  }
}

void put_packet(const SocketIoPacket& head, const Text* parts, size_t count, PacketWriter* out) {
  out->put(static_cast<char>(EngineIoPacket::kMessage));
  out->put(static_cast<char>('0' + head.type));
  if (is_binary(head.type)) {
    out->put_number(head.attachments);
    out->put('-');
  }
  if (head.space != "/") {
    out->put(head.space);
    out->put(',');
  }
  if (head.has_id) out->put_number(head.id);
  for (size_t i = 0; i < count; ++i) out->put(parts[i]);
}

// The payload of an event.
struct EventParts {
  EventParts(Text name, Text arguments) : parts{"[\"", name, arguments.empty() ? "\"" : "\",", arguments, "]"} {}
  static constexpr size_t kCount = 5;

  Text parts[kCount];
};

}  // namespace

bool parse_socket_io(Text text, SocketIoPacket* packet) {
  *packet = {};
  if (text.empty() || text[0] < '0' || text[0] > '6') return false;
  packet->type = static_cast<SocketIoPacket::Type>(text[0] - '0');
  text = text.from(1);
  if (is_binary(packet->type)) {
    uint32_t attachments = 0;
    if (!take_number(&text, &attachments) || attachments > kMostAttachments || text.empty() || text[0] != '-') {
      return false;
    }
    packet->attachments = static_cast<uint8_t>(attachments);
    text = text.from(1);
  }
  if (!text.empty() && text[0] == '/') {
    size_t size = 0;
    while (size < text.size && text[size] != ',') ++size;
    packet->space = text.first(size);
    text = text.from(size == text.size ? size : size + 1);
  }
  if (!text.empty() && is_digit(text[0])) {
    if (!take_number(&text, &packet->id)) return false;
    packet->has_id = true;
  }
  packet->payload = text;
  return has_valid_payload(*packet);
}

Text write_socket_io_event(Text space, Text name, Text arguments, MutableBytes memory) {
  SocketIoPacket head;
  head.space = space;
  PacketWriter out(memory);
  put_packet(head, EventParts(name, arguments).parts, EventParts::kCount, &out);
  return out.fits() && is_json_plain(name) ? out.text() : Text{};
}

// ---- acknowledgements ----

size_t SocketIoAcks::waiting() const {
  size_t waiting = 0;
  for (size_t i = 0; i < count_; ++i) waiting += entries_[i].used ? 1 : 0;
  return waiting;
}

SocketIoAcks::Entry* SocketIoAcks::reserve() {
  for (size_t i = 0; i < count_; ++i) {
    if (!entries_[i].used) return &entries_[i];
  }
  return nullptr;
}

void SocketIoAcks::add(Entry* entry, WebSocket socket, const SocketIoEmit& how, uint32_t now_ms) {
  entry->socket = socket;
  entry->id = *how.ack_id = next_id_++;
  entry->due_ms = now_ms + how.ack_timeout_ms;
  entry->space = how.space;
  entry->used = true;
  entry->timed = how.ack_timeout_ms != 0;
}

SocketIoAcks::Entry* SocketIoAcks::take(WebSocket socket, uint8_t space, uint32_t id) {
  for (size_t i = 0; i < count_; ++i) {
    Entry& entry = entries_[i];
    if (!entry.used || entry.id != id || entry.space != space || entry.socket != socket) continue;
    entry.used = false;
    return &entry;
  }
  return nullptr;
}

SocketIoAcks::Entry* SocketIoAcks::take_expired(uint32_t now_ms) {
  for (size_t i = 0; i < count_; ++i) {
    Entry& entry = entries_[i];
    if (!entry.used || !entry.timed || static_cast<int32_t>(now_ms - entry.due_ms) < 0) continue;
    entry.used = false;
    return &entry;
  }
  return nullptr;
}

void SocketIoAcks::drop(WebSocket socket, uint8_t space) {
  for (size_t i = 0; i < count_; ++i) {
    Entry& entry = entries_[i];
    if (entry.socket == socket && (space == kEverySpace || entry.space == space)) entry.used = false;
  }
}

uint32_t SocketIoAcks::wait_ms(uint32_t now_ms, uint32_t longest_ms) const {
  for (size_t i = 0; i < count_; ++i) {
    const Entry& entry = entries_[i];
    if (!entry.used || !entry.timed) continue;
    const int32_t left_ms = static_cast<int32_t>(entry.due_ms - now_ms);
    if (left_ms <= 0) return 0;
    if (static_cast<uint32_t>(left_ms) < longest_ms) longest_ms = static_cast<uint32_t>(left_ms);
  }
  return longest_ms;
}

// ---- shared by client and server ----

namespace socket_io {

namespace {

bool has_joined(const Context& context, uint8_t space) {
  return space < context.spaces.count && (context.session->now.joined & bit_of(space)) != 0;
}

// An attachment, or a piece of one.
bool take_attachment(const Context& context, const Message& piece, SocketIoEvent* event) {
  Session::Incoming& now = context.session->now;
  if (now.attachments == 0) return false;
  if (piece.last) --now.attachments;
  if (now.space == kNoSpace) return true;
  event->type = SocketIoEvent::kAttachment;
  event->space = now.space;
  event->attachment = piece;
  return true;
}

// An event or an answer; what is of no namespace of ours any more, or answers nothing, is passed over.
void take_payload(const Context& context, const SocketIoPacket& packet, SocketIoEvent* event) {
  Session& session = *context.session;
  session.now.attachments = packet.attachments;
  session.now.space = kNoSpace;
  if (!has_joined(context, event->space)) return;
  event->arguments = json_elements(packet.payload);
  if (is_ack(packet.type)) {
    session.taken = context.acks->take(context.socket, event->space, packet.id);
    if (session.taken == nullptr) return;
    event->type = SocketIoEvent::kAck;
  } else {
    event->type = SocketIoEvent::kEvent;
    event->name = json_plain_string(take_json_value(&event->arguments));
  }
  session.now.space = event->space;
}

}  // namespace

uint8_t Spaces::find(Text name) const {
  for (uint8_t i = 0; i < count; ++i) {
    if (names[i] == name) return i;
  }
  return kNoSpace;
}

bool receive(const Context& context, const Message& message, SocketIoEvent* event) {
  Session& session = *context.session;
  session.before = session.now;
  session.taken = nullptr;
  event->socket = context.socket;
  if (message.type == MessageType::kBinary) return take_attachment(context, message, event);
  SocketIoPacket packet;
  if (session.now.attachments != 0 || !parse_socket_io(message.text(), &packet)) return false;
  event->space = context.spaces.find(packet.space);
  event->attachments = packet.attachments;
  event->has_id = packet.has_id;
  event->id = packet.id;
  event->payload = packet.payload;
  if (is_event(packet.type) || is_ack(packet.type)) {
    take_payload(context, packet, event);
  } else if (packet.type == SocketIoPacket::kDisconnect) {
    if (!has_joined(context, event->space)) return true;
    session.now.joined &= ~bit_of(event->space);
    context.acks->drop(context.socket, event->space);
    event->type = SocketIoEvent::kDisconnect;
  } else {
    // Which of the two may come, and when, is a matter of the role. So is a namespace that is not in the table.
    event->type = packet.type == SocketIoPacket::kConnect ? SocketIoEvent::kConnect : SocketIoEvent::kConnectError;
    event->name = packet.space;
  }
  return true;
}

void hold(const Context& context) {
  Session& session = *context.session;
  session.now = session.before;
  if (session.taken != nullptr) session.taken->used = true;
  session.taken = nullptr;
  context.socket.hold();
}

Status send(const Context& context, const SocketIoPacket& head, const Text* parts, size_t count) {
  if (context.session == nullptr || context.socket.ready_state() != ReadyState::kOpen) return Status::kNotOpen;
  if (context.session->outgoing != 0) return Status::kInUse;
  PacketWriter counter;
  put_packet(head, parts, count, &counter);
  const size_t size = counter.size();
  if (size > context.socket.max_send() || (context.max_payload != 0 && size > context.max_payload)) {
    return Status::kTooLarge;
  }
  const MutableBytes room = context.socket.reserve(size);
  if (room.data == nullptr) return Status::kWouldBlock;
  PacketWriter out(room);
  put_packet(head, parts, count, &out);
  const Status status = context.socket.commit(MessageType::kText);
  if (status == Status::kOk) context.session->outgoing = head.attachments;
  return status;
}

Status emit(const Context& context, Text name, Text arguments, const SocketIoEmit& how) {
  if (context.session == nullptr || !has_joined(context, how.space)) return Status::kNotOpen;
  if (!is_json_plain(name)) return Status::kInvalidArgument;
  SocketIoPacket head;
  head.type = how.attachments != 0 ? SocketIoPacket::kBinaryEvent : SocketIoPacket::kEvent;
  head.attachments = how.attachments;
  head.space = context.spaces.names[how.space];
  head.has_id = how.ack_id != nullptr;
  head.id = context.acks->next_id();
  SocketIoAcks::Entry* const entry = head.has_id ? context.acks->reserve() : nullptr;
  if (head.has_id && entry == nullptr) return Status::kNoSlot;
  const Status status = send(context, head, EventParts(name, arguments).parts, EventParts::kCount);
  if (status == Status::kOk && entry != nullptr) context.acks->add(entry, context.socket, how, context.now_ms);
  return status;
}

Status acknowledge(const Context& context, const SocketIoEvent& event, Text arguments, uint8_t attachments) {
  if (context.session == nullptr || !has_joined(context, event.space)) return Status::kNotOpen;
  if (event.type != SocketIoEvent::kEvent || !event.has_id) return Status::kInvalidArgument;
  SocketIoPacket head;
  head.type = attachments != 0 ? SocketIoPacket::kBinaryAck : SocketIoPacket::kAck;
  head.attachments = attachments;
  head.space = context.spaces.names[event.space];
  head.has_id = true;
  head.id = event.id;
  const Text parts[] = {"[", arguments, "]"};
  return send(context, head, parts, 3);
}

Status attach(const Context& context, const Message& piece) {
  Session* const session = context.session;
  if (session == nullptr || context.socket.ready_state() != ReadyState::kOpen) return Status::kNotOpen;
  if (session->outgoing == 0 || piece.type != MessageType::kBinary) return Status::kInvalidArgument;
  if (context.max_payload != 0 && piece.data.size > context.max_payload) return Status::kTooLarge;
  const Status status = context.socket.send(piece);
  if (status == Status::kOk && piece.last) --session->outgoing;
  return status;
}

Status leave(const Context& context, uint8_t space) {
  Session* const session = context.session;
  if (session == nullptr || space >= context.spaces.count) return Status::kNotOpen;
  if (((session->now.joined | session->now.asked) & bit_of(space)) == 0) return Status::kNotOpen;
  SocketIoPacket head;
  head.type = SocketIoPacket::kDisconnect;
  head.space = context.spaces.names[space];
  const Status status = send(context, head, nullptr, 0);
  if (status != Status::kOk) return status;
  session->now.joined &= ~bit_of(space);
  session->now.asked &= ~bit_of(space);
  context.acks->drop(context.socket, space);
  return Status::kOk;
}

}  // namespace socket_io

}  // namespace whit
