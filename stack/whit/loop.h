// SPDX-License-Identifier: MIT
// Loop: owns the connections and the buffers, and is the only one that touches the network.
//
//   static whit::Loop<4, 6, 512> loop;            // connections, buffers, bytes of each
//   ...
//   for (;;) {
//     const uint32_t now_ms = board::wait(loop.wait_ms());
//     while (const whit::Event event = loop.poll(now_ms)) { ... }
//   }
//
// One turn: the network is pumped once; each connection that was ready reads at most one buffer and hands out its
// messages, or its last events, one per poll(); then everything gathered is written, each connection with one write
// (much of it at once); then deadlines are looked at; then poll() returns no event, even if work is left
// (wait_ms() is then 0). So the inner loop always ends.
//
// All memory is in this object: sizeof is the RAM. At rest it is all zero bits (.bss) and needs no constructor.
#pragma once

#include <stddef.h>
#include <stdint.h>

#include "whit/core/core.h"
#include "whit/event.h"
#include "whit/network.h"
#include "whit/open_sockets.h"
#include "whit/options.h"
#include "whit/status.h"
#include "whit/websocket.h"

namespace whit {

// A loop of any size.
class LoopCore {
 public:
  static constexpr uint32_t kForeverMs = core::kForeverMs;  // wait_ms() never says more: 2^30

  // The next event, or one without a type when the turn is over. `now_ms`: a free-running clock in milliseconds that
  // wraps at 2^32; the same value for all calls of one turn. Before start() there is never an event.
  Event poll(uint32_t now_ms) { return core_.poll(now_ms); }

  // The longest sleep before the next turn, counted from its `now_ms`, in milliseconds: 0 (work is left) to kForeverMs.
  // To be asked last, just before sleeping. An interrupt or another task ends the sleep by Network::wake().
  uint32_t wait_ms() const { return core_.wait_ms(); }

  // Closes every connection with `code` and stops listening; what is still opening is aborted.
  void stop(uint16_t code = close_code::kGoingAway) { core_.stop(code); }

  // The open connections of all its servers and clients: for (const WebSocket socket : loop.open()).
  OpenSockets open() { return {&core_, nullptr}; }

  Usage connections() const { return core_.open_; }      // open, and not yet over
  Usage handshakes() const { return core_.opening_; }    // accepted, not open
  Usage buffers() const { return core_.pool_.usage(); }  // lent to connections

  // For servers, clients and Whit's own tests.
  constexpr core::Core& core() { return core_; }

 protected:
  constexpr LoopCore() = default;
  ~LoopCore() = default;

  core::Core core_;
};

// kConnections: that may be open at once. kBuffers of kBufferBytes each are shared by all. kHandshakes: slots, besides
// the connections, for peers that are not open yet or are being refused.
template <uint16_t kConnections, uint16_t kBuffers, uint32_t kBufferBytes,
          uint16_t kHandshakes = static_cast<uint16_t>(config::kHandshakes)>
class Loop : public LoopCore {
 public:
  static_assert(kBuffers >= 2, "one buffer to read and one to answer: with fewer nobody can read (session/pool.h)");
  static_assert(kBufferBytes >= core::kSmallestBuffer, "a control frame and its answer must fit (RFC 6455, 5.5)");
  static_assert(kConnections >= 1 && kHandshakes >= 1 && kConnections + kHandshakes < 0xFFFF,
                "slots are numbered by 16 bits");

  static constexpr uint16_t kSlots = kConnections + kHandshakes;  // transports that the network must have

  constexpr Loop() = default;
  Loop(const Loop&) = delete;
  Loop& operator=(const Loop&) = delete;

  // Starts to use the network, which must live as long as the loop.
  //  kOk
  //  kInvalidArgument  the network has fewer than kSlots transports
  //  kInUse            started already
  Status start(Network& network) {
    return core_.start(network,
                       {connections_, links_, kSlots, kConnections, buffers_[0].bytes, kBuffers, kBufferBytes});
  }

 private:
  session::Connection connections_[kSlots] = {};
  uint16_t links_[core::Core::kQueues * kSlots] = {};
  session::Buffer<kBufferBytes> buffers_[kBuffers] = {};
};

}  // namespace whit
