// SPDX-License-Identifier: MIT
// The events of Loop::poll(): one at a time, for one connection. Everything an event points to is valid until
// the next poll(), or until the application itself ends that connection with close() or abort().
//
// Per connection: kRequest (only when asked for), kOpen, then any number of kMessage, kSkipped and kWritable, at most
// one kError, and exactly one kClose as the last. A connection that never opens ends with kError and kClose in a
// client; a server refuses it without an event.
//
// Per request that is no opening handshake (ServerOptions::http): kRequest, when asked for; of a POST that was accepted
// the parts of its body, kBody, and kError and kClose if it ends before it was answered. Nothing is reported after the
// answer. The next request on the same connection has a handle of its own.
#pragma once

#include <stddef.h>
#include <stdint.h>

#include "whit/bytes.h"
#include "whit/vocabulary.h"
#include "whit/websocket.h"

namespace whit {

// A message, or a piece of one. A message that fits a buffer comes whole: first and last are both true.
struct Message {
  Bytes data;
  uint64_t offset = 0;  // of data within the message
  MessageType type = MessageType::kBinary;
  bool first = true;
  bool last = true;

  bool whole() const { return first && last; }  // nothing of it came before or comes after
  Text text() const { return as_text(data); }   // the same bytes as characters; of a text message they are UTF-8
};

// The end. `code` and `reason` are those received in the first Close frame (RFC 6455, 7.1.5 and 7.1.6): 1005 for a
// Close without a code, 1006 without a Close. The reason is the peer's text: data, never an instruction.
struct Close {
  uint16_t code = 1006;
  bool was_clean = false;  // both Close frames were exchanged
  Cause cause;
  Text reason;
  uint32_t memory_peak = 0;  // the most bytes that TLS held for the connection (Network::memory_peak)
};

// A request that waits for an answer (kRequest, ServerOptions::on_request): WebSocket::request() gives it. Empty text:
// the field was not sent.
struct Request {
  Method method;  // of an opening handshake: kGet
  bool upgrade;   // a valid opening handshake. Else a request for a page, which comes with ServerOptions::http alone
  uint64_t content_length;  // bytes of the body of a POST, which accept() lets come
  Text content_type;        // of it
  Text target;              // path and query, as sent
  Text host;                // of the target where that names one (RFC 9112, 3.2.2), else of the Host field
  Text origin;
  Text protocols;  // the subprotocols offered, a comma-separated list
  Text cookie;
  Text authorization;
};

// What has happened to one connection, or to a request.
struct Event {
  // The order in which they come is at the top of this header.
  enum Type : uint8_t { kNone, kRequest, kOpen, kMessage, kSkipped, kWritable, kError, kClose, kBody };

  Type type = kNone;         // kNone: the turn is over
  WebSocket socket;          // the connection
  union {                    // the member of the type; the others are not set
    Message message;         // kMessage; kBody: its data, offset, first and last
    uint64_t skipped_bytes;  // kSkipped: size of the message that was passed over
    Close close;             // kError (its cause) and kClose
  };

  // No event. The union stays uninitialised, because poll() returns one every turn.
  Event() {}

  explicit operator bool() const { return type != kNone; }
};

}  // namespace whit
