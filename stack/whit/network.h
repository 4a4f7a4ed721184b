// SPDX-License-Identifier: MIT
// Network: what a port gives to the loop besides the byte streams: listening, accepting, resolving and connecting,
// the pump of the TCP/IP stack, and random bytes. port/README.md is the guide.
//
// A network owns one Transport per connection index, 0..capacity()-1, and the loop chooses the index. So a port needs
// no look-up: what it announces carries the index it was given.
#pragma once

#include <stddef.h>
#include <stdint.h>

#include "whit/bytes.h"
#include "whit/index_queue.h"
#include "whit/status.h"
#include "whit/transport.h"

namespace whit {

class Network {
 public:
  // The number of transports.
  virtual uint16_t capacity() const = 0;

  // Called once per turn of the loop, and nowhere else: moves the TCP/IP stack (drivers, timers, epoll) and adds
  // every connection that has something new to the ready queue. Other calls of Network and Transport may add to it too.
  virtual void poll(uint32_t now_ms) = 0;

  // The ready queue, to which the port adds. Loop::start() gives it once, before any other call.
  virtual void attach(IndexQueue* ready) = 0;

  // Listens on `port` (host order; 0: the system chooses) at `address` (a literal; empty: every address).
  // `listener` is the caller's number for it, 0..kMaxListeners-1. `secure`: connections speak TLS.
  //  kOk, kInUse, kInvalidArgument (not an address of this machine, listener number taken or too large, `secure`
  //  without TLS), kFailed.
  virtual Status listen(uint8_t listener, Text address, uint16_t port, bool secure) = 0;
  virtual uint16_t listening_port(uint8_t listener) const = 0;  // 0: not listening
  virtual void unlisten(uint8_t listener) = 0;

  // Takes a waiting connection into the transport `index` (which is free). nullptr: none waits, or it cannot be taken
  // now (out of descriptors). The call is cheap when none waits: the loop makes it in every turn in which it has a
  // slot.
  virtual Transport* accept(uint8_t listener, uint16_t index) = 0;

  // Whether accept() would hand out a connection that may have something to say. Called only when a silent peer would
  // have to give way for it (WHIT_SILENT_GRACE_MS). A port that cannot tell says true as long as it might.
  virtual bool waiting(uint8_t listener) = 0;

  // Starts to resolve and connect into the transport `index` (which is free). `host` is a name or a literal without
  // brackets and is read only during the call. Transport::progress() tells how far it is, and each failure, also
  // one that is known at once. nullptr: nothing was begun, error() says why, and *status is
  //  kInvalidArgument  `secure` without TLS: wss never runs in the clear
  //  kFailed           `host` cannot be looked up here: empty, too long, no resolver is built in, or it is out of room;
  //                    or `port` is 0
  // A client reports the first as Cause::kSecure, and the second as Cause::kResolve.
  virtual Transport* connect(uint16_t index, Text host, uint16_t port, bool secure, Status* status) = 0;

  // Fills `destination` with unpredictable bytes (masks, handshake keys). kFailed fails the connection. No default.
  virtual Status random(MutableBytes destination) = 0;

  // Ends a wait of the platform early. The only call that is legal in an interrupt or another task.
  virtual void wake() = 0;

  // The platform's number of the last failure of listen or connect, also of one that the arguments alone caused.
  virtual int32_t error() const = 0;

  // The most bytes that layers with memory of their own (TLS) held for the connection in this slot. Stays until the
  // slot is used again.
  virtual uint32_t memory_peak(uint16_t) const { return 0; }

  static constexpr uint8_t kMaxListeners = 4;  // listeners of one network

 protected:
  ~Network() = default;
};

}  // namespace whit
