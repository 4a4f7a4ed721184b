// SPDX-License-Identifier: MIT
// Endpoint: what a role, Server or Client, is to the core: its side of the opening handshake, and the few choices in
// which the roles differ later. Not for applications.
#pragma once

#include <stddef.h>
#include <stdint.h>

#include "whit/event.h"
#include "whit/http/head_reader.h"
#include "whit/kernels/mask.h"
#include "whit/options.h"
#include "whit/session/connection.h"
#include "whit/wire/frame.h"

namespace whit::core {

struct Core;
using session::Connection;

// Bytes of a buffer, at least: what every loop has, and every answer of a handshake fits.
constexpr size_t kSmallestBuffer = 256;

enum class HeadResult : uint8_t {
  kMore,      // read on
  kComplete,  // valid, and our own head has been gathered: open
  kEvent,     // an event is to be handed out
  kWait,      // our own head, or an answer, waits for room; or the connection has ended
};

class Endpoint {
 public:
  Endpoint(const Endpoint&) = delete;
  Endpoint& operator=(const Endpoint&) = delete;

  // Reads what is in the connection's receive buffer of the peer's head. In a server a valid one is answered then (RFC
  // 6455, 4.2.2): the status of the head is not 0 from then on, and the call that follows goes on with the answer.
  virtual HeadResult read_head(Connection* connection, Event* event) = 0;
  // Writes what is left of our own head to `out`, as far as there is room (0: only measures); the bytes that are left.
  // In a server the status of the head says which: 101, or a refusal.
  virtual size_t write_head(const Connection& connection, uint8_t* out, size_t room) const = 0;
  // The key of the next frame, in a client (RFC 6455, 5.3). False: there are no random bytes, and the connection ended.
  virtual bool make_key(Connection*, kernels::MaskKey*) { return true; }
  // Server: takes peers that wait into free slots.
  virtual void accept() {}
  // Client: the first turn of a connection. False: it has ended.
  virtual bool dial(Connection*) { return false; }

  wire::Role role() const { return role_; }
  // A reply in place leaves the message readable. A client would have to mask what its application may still read.
  bool replies_in_place() const { return role_ == wire::Role::kServer; }
  // RFC 6455, 7.1.1: the server ends TCP first, so that the port stays in TIME_WAIT at the client.
  bool ends_tcp_first() const { return role_ == wire::Role::kServer; }
  // A connection that a server has accepted gives way to a peer that waits; one that an application asked for does not.
  bool may_give_way() const { return role_ == wire::Role::kServer; }

  const ConnectionOptions& options() const { return *options_; }

  // Of the core: the next in its list of servers; 1 + the number of the listener, 0 when not listening.
  Endpoint* next = nullptr;
  uint8_t listener = 0;

 protected:
  constexpr Endpoint(Core& core, wire::Role role) : core_(&core), role_(role) {}
  ~Endpoint() = default;

  // A reader of the peer's head, but for what depends on the role: names, wanted, unfolding, other, more_names.
  inline http::HeadReader start_reader(Connection* connection) const;

  Core* core_;
  const ConnectionOptions* options_ = nullptr;

 private:
  wire::Role role_;
};

}  // namespace whit::core
