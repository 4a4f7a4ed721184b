// SPDX-License-Identifier: MIT
// Socket.IO 4 (protocol revision 5): what its client (socket_io_client.h) and its server (socket_io_server.h) share.
// Payloads are JSON texts that the application reads and writes, with a library of its choice or with json_text.h;
// looked at here are only type, namespace, number of attachments, number of the acknowledgement, and the brackets.
//
// A namespace is a position in a table of the application, which lives as long as the object: {"/"} by default.
//
// An event with attachments comes as kEvent, whose `attachments` says how many follow, and then as a kAttachment for
// each, or for each piece of a long one. Nothing is joined, so a picture or a firmware image needs no memory. What the
// arguments say of them is {"_placeholder":true,"num":0}, and so on, in their order; in what is sent, too.
#pragma once

#include <stddef.h>
#include <stdint.h>

#include "whit/bytes.h"
#include "whit/engine_io.h"
#include "whit/event.h"
#include "whit/status.h"
#include "whit/websocket.h"

namespace whit {

// ---- packets ----

struct SocketIoPacket {
  enum Type : uint8_t { kConnect, kDisconnect, kEvent, kAck, kConnectError, kBinaryEvent, kBinaryAck };

  Type type = kEvent;
  uint8_t attachments = 0;  // of the last two types
  bool has_id = false;
  uint32_t id = 0;
  Text space = "/";  // the namespace
  Text payload;      // JSON; empty: none
};

// Reads a packet. False: it breaks the protocol (an unknown type, an id that is no number up to 4,294,967,295, more
// than 255 attachments, a payload that is not what its type asks for).
bool parse_socket_io(Text text, SocketIoPacket* packet);

// The text message of an event for the namespace, as it goes over a WebSocket: for Broadcast::publish() to those that
// have joined it. `name` and `arguments` as in SocketIoServer::emit(). Empty: it does not fit, or the name is not
// plain.
Text write_socket_io_event(Text space, Text name, Text arguments, MutableBytes memory);

// ---- what the application gets ----

// The texts are valid as long as the event of the loop that it came from.
struct SocketIoEvent {
  enum Type : uint8_t {
    kNone,
    kOpen,          // client: the connection is there; namespaces can be joined
    kRequest,       // server: a request for another path; the application answers it
    kConnect,       // client: the namespace is joined, `payload` has its sid; server: to be answered by admit() or
                    // refuse(), `payload` is the authentication, empty if there is none
    kConnectError,  // client: refused; `payload` says why
    kEvent,         // `name`, `arguments`; with `has_id` to be answered by acknowledge()
    kAck,           // the answer to the event that was sent with `id`: `arguments`
    kAckTimeout,    // no answer to it came in its time; a later one is passed over
    kAttachment,    // `attachment`, of the event or the answer before it
    kDisconnect,    // the peer has left the namespace
    kWritable,      // as Event::kWritable
    kClose,         // the connection is over, with all namespaces, and no answer will come any more
  };

  Type type = kNone;        // kNone: not an event of Socket.IO
  uint8_t space = 0;        // position of the namespace
  uint8_t attachments = 0;  // kEvent, kAck: that follow
  bool has_id = false;      // kEvent: the peer waits for an answer
  uint32_t id = 0;          // of the event, or of the one that is answered
  WebSocket socket;         // the connection
  Text payload;             // all of the JSON text
  Text name;           // of an event, without quotation marks; empty: it is a number or has an escape; `payload` has it
  Text arguments;      // elements of an array, for take_json_value()
  Message attachment;  // kAttachment: its data, offset, first and last

  explicit operator bool() const { return type != kNone; }
};

// How an event is sent.
struct SocketIoEmit {
  uint8_t space = 0;
  uint8_t attachments = 0;      // calls of attach() that follow; until then nothing else is sent on the connection
  uint32_t* ack_id = nullptr;   // given: the event asks for an acknowledgement, and gets this id
  uint32_t ack_timeout_ms = 0;  // from the last poll() to kAckTimeout; 0: the end of the namespace alone
};

// ---- events that wait for their acknowledgement ----

template <size_t kAcks>
struct SocketIoAckMemory;

class SocketIoAcks {
 public:
  struct Entry {
    WebSocket socket;
    uint32_t id = 0;
    uint32_t due_ms = 0;
    uint8_t space = 0;
    bool used = false;
    bool timed = false;
  };

  template <size_t kAcks>
  constexpr explicit SocketIoAcks(SocketIoAckMemory<kAcks>& memory) : entries_(memory.entries), count_(kAcks) {}

  size_t waiting() const;

  // For the client and the server. nullptr: the table is full, there is none.
  Entry* reserve();  // free until add()
  void add(Entry* entry, WebSocket socket, const SocketIoEmit& how, uint32_t now_ms);
  uint32_t next_id() const { return next_id_; }
  Entry* take(WebSocket socket, uint8_t space, uint32_t id);
  Entry* take_expired(uint32_t now_ms);
  void drop(WebSocket socket, uint8_t space);  // kEverySpace: all of the connection
  uint32_t wait_ms(uint32_t now_ms, uint32_t longest_ms) const;

  static constexpr uint8_t kEverySpace = 0xFF;

 private:
  Entry* entries_;
  size_t count_;
  uint32_t next_id_ = 0;
};

// kAcks of 20 bytes each, on a 32-bit machine, that wait at once.
template <size_t kAcks>
struct SocketIoAckMemory {
  static_assert(kAcks > 0, "at least one");

  SocketIoAcks::Entry entries[kAcks] = {};
};

// ---- shared by client and server ----

namespace socket_io {

constexpr Text kRootSpace[] = {"/"};
constexpr uint8_t kMaxSpaces = 32;
constexpr uint8_t kNoSpace = 0xFF;

struct Spaces {
  const Text* names = kRootSpace;
  uint8_t count = 1;  // at most kMaxSpaces

  uint8_t find(Text name) const;
};

// One connection. `now` is what a packet has changed, and `before` what it was before: hold() goes back to that.
struct Session {
  struct Incoming {
    uint32_t joined = 0;  // a bit for each namespace
    uint32_t asked = 0;   // client: to be joined; server: waits for the application
    uint8_t attachments = 0;
    uint8_t space = 0;  // of the attachments; kNoSpace: they are passed over
  };
  Incoming now;
  Incoming before;
  SocketIoAcks::Entry* taken = nullptr;  // by the packet
  uint8_t outgoing = 0;                  // attachments to be sent
};

// What all functions need.
struct Context {
  WebSocket socket;
  Session* session;
  Spaces spaces;
  SocketIoAcks* acks;
  uint32_t now_ms;
  uint32_t max_payload;  // of the peer; 0: no limit
};

// False: the message breaks the protocol.
bool receive(const Context& context, const Message& message, SocketIoEvent* event);
void hold(const Context& context);

Status emit(const Context& context, Text name, Text arguments, const SocketIoEmit& how);
Status acknowledge(const Context& context, const SocketIoEvent& event, Text arguments, uint8_t attachments);
Status attach(const Context& context, const Message& piece);
Status leave(const Context& context, uint8_t space);
// Any packet: `head`, and the payload in parts.
Status send(const Context& context, const SocketIoPacket& head, const Text* parts, size_t count);

constexpr uint32_t bit_of(uint8_t space) { return uint32_t{1} << space; }

}  // namespace socket_io

}  // namespace whit
