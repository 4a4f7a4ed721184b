// SPDX-License-Identifier: MIT
// Endpoint: what Server and Client have in common towards the loop, and the only place where the roles differ: the
// opening handshake. Not for applications.
#pragma once

#include <stddef.h>
#include <stdint.h>

#include "whit/bytes.h"
#include "whit/event.h"
#include "whit/network.h"
#include "whit/options.h"
#include "whit/session/connection.h"
#include "whit/wire/frame.h"

namespace whit {

class LoopCore;

// Bytes of a buffer, at least: what every loop has, and every answer of a handshake fits.
constexpr size_t kSmallestBuffer = 256;

enum class HeadResult : uint8_t {
  kMore,      // read on
  kComplete,  // valid: open, after our own head (in a server) has been gathered
  kReview,    // valid: ask the application first
  kOver,      // not valid, and the connection has ended
};

class Endpoint {
 protected:
  friend class LoopCore;
  friend class WebSocket;

  constexpr Endpoint(LoopCore& loop, wire::Role role) : loop_(&loop), role_(role) {}
  ~Endpoint() = default;

  // Reads what is in the connection's receive buffer (`buffer`, of `capacity` bytes) of the peer's head.
  virtual HeadResult read_head(session::Connection* connection, uint8_t* buffer, size_t capacity) const = 0;
  // Writes our own head to `out` (nullptr: only measures). In a server head.status says which: 101, or a refusal.
  virtual size_t write_head(const session::Connection& connection, uint8_t* out) const = 0;
  // The peer's head is valid. True: the connection opens. In a server our answer is gathered then (RFC 6455, 4.2.2).
  virtual bool admit(session::Connection*) { return true; }
  // The key of the next frame, in a client (RFC 6455, 5.3). False: there are no random bytes, and the connection ended.
  virtual bool make_key(session::Connection*, kernels::MaskKey*) { return true; }
  // Server: takes connections that wait into free slots. Client: the first turn of a connection; false: it has ended.
  virtual void accept() {}
  virtual bool dial(session::Connection*) { return false; }

  const ConnectionOptions& options() const { return *options_; }

  LoopCore* loop_;
  const ConnectionOptions* options_ = nullptr;
  Endpoint* next_ = nullptr;
  wire::Role role_;
  uint8_t listener_ = 0;  // 1 + the listener's number; 0: not listening
};

}  // namespace whit
