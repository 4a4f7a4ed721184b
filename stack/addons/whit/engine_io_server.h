// SPDX-License-Identifier: MIT
// EngineIoServer: what an Engine.IO 4 server does besides WebSocket, for the transport "websocket" alone: it answers
// the requests, greets with an open packet, pings, and gives up peers that have been silent for too long. It keeps
// nothing of a connection itself: each has an EngineIoSession, which SocketIoServer (socket_io_server.h) keeps for its
// own.
//
// Requests for another transport, or that belong to a session, get what servers of Engine.IO answer:
// 400 and {"code":0,"message":"Transport unknown"}. So do those for polling, if ServerOptions::http lets the
// application see them, and 426 if not.
#pragma once

#include <stddef.h>
#include <stdint.h>

#include "whit/bytes.h"
#include "whit/engine_io.h"
#include "whit/event.h"
#include "whit/network.h"
#include "whit/status.h"
#include "whit/websocket.h"

namespace whit {

// Read, never copied.
struct EngineIoServerOptions {
  Text path = "/socket.io/";          // of the requests that it takes
  uint32_t ping_interval_ms = 25000;  // between a pong and the next ping
  uint32_t ping_timeout_ms = 20000;   // for anything that the peer sends, after a ping
};

// One connection, kept by the owner of the server; a new one for each.
struct EngineIoSession {
  // The states of a session.
  enum State : uint8_t { kClosed, kOpening, kOpen };

  State state = kClosed;     // where it stands
  bool owes_ping = false;    // there was no room
  bool awaits_pong = false;  // a ping has left
  uint32_t since_ms = 0;     // of the last ping or of the last answer
};

class EngineIoServer {
 public:
  // `network` gives the random bytes of the sid; both must live as long as this object.
  constexpr EngineIoServer(Network& network, const EngineIoServerOptions& options)
      : network_(network), options_(options) {}
  EngineIoServer(const EngineIoServer&) = delete;
  EngineIoServer& operator=(const EngineIoServer&) = delete;

  static constexpr size_t kSidSize = 32;  // characters of an identifier

  // Answers a kRequest for its path; false: it is for another one.
  bool on_request(WebSocket socket) const;
  // For the events of one connection that come after that. `memory`: for texts longer than a buffer, of this
  // connection.
  EngineIoEvent on_event(const Event& event, EngineIoSession* session, MutableBytes memory) const;
  // For each connection, once per turn.
  void poll(WebSocket socket, EngineIoSession* session) const;
  // The time until something is due for the connection, in milliseconds.
  uint32_t due_in_ms(const EngineIoSession& session) const;
  // A new sid of random characters; empty: the network has none.
  Text make_sid(char (&text)[kSidSize]) const;
  // Ends a connection whose peer breaks the protocol.
  EngineIoEvent fail(WebSocket socket, EngineIoSession* session, uint16_t code, Text reason) const;

  // The clock of Loop::poll(), once per turn, before all others.
  void set_time(uint32_t now_ms) { now_ms_ = now_ms; }

 private:
  EngineIoEvent on_message(const Event& event, EngineIoSession* session, MutableBytes memory) const;
  EngineIoEvent on_packet(WebSocket socket, EngineIoSession* session, Text packet) const;
  EngineIoEvent greet(WebSocket socket, EngineIoSession* session, MutableBytes memory) const;
  void ping(WebSocket socket, EngineIoSession* session) const;

  Network& network_;
  const EngineIoServerOptions& options_;
  uint32_t now_ms_ = 0;
};

}  // namespace whit
