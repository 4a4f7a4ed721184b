// SPDX-License-Identifier: MIT
// Transport: one byte stream, as the loop sees it. Every port implements this class; TLS, a proxy, a recorder or a
// fault injector implement it over another Transport. port/README.md is the guide, port/whit/pipe the smallest example.
//
// The contract, which the pipe port checks and every port keeps:
//  * Nothing blocks and nothing calls back. Only Loop::poll() calls a Transport.
//  * Readiness is sticky. The loop keeps a connection in its ready queue until read() and, if bytes wait, write() have
//    returned kWouldBlock; the port only adds to the queue. A layer that still holds bytes adds its connection again.
//  * Two ends. finish() is the orderly end (what was written, then the end of the stream), abort() the immediate one.
//    The loop calls abort() exactly once per transport; from then on the transport is free for another connection.
#pragma once

#include <stddef.h>
#include <stdint.h>

#include "whit/bytes.h"
#include "whit/status.h"

namespace whit {

// How a read or a write went. `size` counts only with kOk, and is then at least 1.
struct Transfer {
  Status status = Status::kWouldBlock;
  size_t size = 0;
};

// How far connection establishment is. Each layer has its own deadline.
enum class Layer : uint8_t {
  kResolve,  // the host name is being looked up
  kConnect,  // TCP is being connected
  kSecure,   // the TLS handshake is under way, as client or as server
  kOpen,     // bytes can flow
};

// The answer of Transport::progress().
struct Progress {
  Layer layer = Layer::kOpen;  // the layer it has come to
  // kOk only with kOpen; kWouldBlock: on its way; kNoSlot: waits until another connection has got further in this
  // layer, or is aborted; kFailed: ended in `layer`, see error().
  Status status = Status::kOk;
};

// An IP address and a port. `size` is 4 (IPv4), 16 (IPv6) or 0 (unknown). Bytes in network order, port in host order.
struct Address {
  uint8_t bytes[16] = {};
  uint8_t size = 0;
  uint16_t port = 0;
};

class Transport {
 public:
  // How far connection establishment is. Called when the port has announced the connection, and once right after
  // connect or accept.
  virtual Progress progress() = 0;

  // Reads at most destination.size (at least 1) bytes.
  //  kOk         1..n bytes. Fewer than asked for: the stream is empty for now, and the port announces more.
  //  kWouldBlock nothing now; the port announces more.
  //  kClosed     the peer has ended its side in order. Stays so, whatever becomes of our side.
  //  kFailed     broken (reset, timed out, ...); error() says how. Stays so.
  virtual Transfer read(MutableBytes destination) = 0;

  // Writes at most source.size (at least 1) bytes; kOk may take a part. Bytes taken may be overwritten at once.
  // kWouldBlock: nothing was taken; the port announces when to try again, and the loop repeats the write with the very
  // same address and length before any other write (a TLS record may be half on its way).
  virtual Transfer write(Bytes source) = 0;

  // The orderly end: sends what was written, then the end of the stream. kOk: done, or nothing left to do;
  // kWouldBlock: call again when announced; kFailed: broken before. Never called while a refused write is to be
  // repeated. The loop goes on reading (and discarding) until the peer's end.
  virtual Status finish() = 0;

  // How many of the bytes that write() has taken the peer's TCP has not acknowledged; the end of our stream may count
  // as one more. So the loop can tell a peer that is late from one whose answer waits behind much output of ours. A
  // port that cannot know returns 0.
  virtual uint32_t unacknowledged() const = 0;

  // The immediate end, in any state, resolving and connecting included. Never fails. Frees the transport.
  virtual void abort() = 0;

  // The platform's number of the last failure (errno, err_t, Mbed TLS code), 0 if none.
  virtual int32_t error() const = 0;

  // The peer, as far as known.
  virtual Address remote() const = 0;

 protected:
  ~Transport() = default;  // not virtual: a virtual destructor would link the heap
};

}  // namespace whit
