// SPDX-License-Identifier: MIT
// Engine.IO 4 (protocol revision 4) over WebSocket: the layer below Socket.IO (socket_io_client.h, socket_io_server.h).
// A server greets with an open packet, pings in an interval of its own, and a peer that has been silent for too long is
// given up. A text message is a packet, whose first character is its type; a binary message is one of type kMessage.
#pragma once

#include <stddef.h>
#include <stdint.h>

#include "whit/bytes.h"
#include "whit/event.h"

namespace whit {

// The packets of Engine.IO 4; the values are their first character.
enum class EngineIoPacket : char {
  kOpen = '0',     // the first one of a server, with EngineIoOpen
  kClose = '1',    // the session is over
  kPing = '2',     // of a server
  kPong = '3',     // its answer
  kMessage = '4',  // of Socket.IO, or of the application
  kUpgrade = '5',  // from polling, which is not spoken here
  kNoop = '6',     // nothing
};

// The open packet of a server.
struct EngineIoOpen {
  Text sid;                       // valid as long as the event
  uint32_t ping_interval_ms = 0;  // at most 2^30, like the next one
  uint32_t ping_timeout_ms = 0;
  uint32_t max_payload = 0;  // bytes of a packet that the server takes; 0: it does not say
};

// What has happened to a session.
struct EngineIoEvent {
  // The kinds of events.
  enum Type : uint8_t { kNone, kOpen, kMessage, kWritable, kClose };

  Type type = kNone;  // kNone: not an event of the session
  Message message;    // kMessage. Text is whole, and without its type; binary data may come in pieces
  EngineIoOpen open;  // kOpen, in a client
};

// What follows the type of an open packet. False: a key is missing or has a value out of its range, or it is no object.
bool parse_engine_io_open(Text json, EngineIoOpen* open);

// The URL of a Socket.IO server, put together in `memory`: "ws://host:3000" becomes
// "ws://host:3000/socket.io/?EIO=4&transport=websocket". A path or a query that `base` has stays: "ws://host/own/?a=b"
// becomes "ws://host/own/?a=b&EIO=4&transport=websocket". Empty: it does not fit. Client::connect() checks the URL.
Text engine_io_url(Text base, MutableBytes memory);

}  // namespace whit
