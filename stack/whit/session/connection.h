// SPDX-License-Identifier: MIT
// Connection: the state of one connection, and nothing else: what an idle connection costs. A plain struct that is all
// zero bits when free; stack/README.md has the table of its fields and the diagram of its states.
#pragma once

#include <stdint.h>

#include "whit/assert.h"
#include "whit/event.h"
#include "whit/http/head.h"
#include "whit/session/receiver.h"
#include "whit/session/transmitter.h"
#include "whit/transport.h"

namespace whit {

namespace core {
class Endpoint;
}

namespace session {

enum class State : uint8_t {
  kFree,
  kConnecting,   // the transport resolves, connects, or secures; a client's is first asked for
  kHandshaking,  // the opening handshake
  kReview,       // the application is to answer a request
  kOpen,
  kClosing,   // our Close frame was first; messages are discarded until the peer's
  kDraining,  // over for the application: what is gathered leaves, then the ends of the stream
};

// The one of the loop's counts that a connection is part of.
enum class Counted : uint8_t { kNot, kOpening, kOpen };

// A deadline is about what the peer owes us, or about what it takes from us.
enum Direction { kFromPeer, kToPeer, kDirections };

// Small fields first: an instruction reaches 32 bytes, halfwords or words (Thumb), and all code touches these.
struct Connection {
  State state;
  Deadline deadlines[kDirections];
  uint8_t protocol;      // 1 + index of the subprotocol in the options; 0: none
  uint8_t waiting_ping;  // 1 + payload size of a ping whose pong has no room yet; 0: none
  uint8_t events_due;    // kDraining: 2: kError and kClose, 1: kClose

  bool message_out;  // the window's message part is (or is to be) handed out
  bool message_held;
  bool paused;
  bool close_due;             // a Close frame waits for room
  bool known_to_application;  // the application has a handle of it, and is owed a kClose
  bool mid_message_out;       // a piece of a message was sent, and not yet its last one
  Counted counted : 2;
  bool closed_cleanly : 1;    // both Close frames were seen
  bool finished : 1;          // finish() is done
  bool peer_ended : 1;        // the transport said kClosed
  bool handshake_buffer : 1;  // its receive buffer counts among those of handshakes
  bool lacks_buffer : 1;      // it asked for a buffer and none was free ...
  bool message_last : 1;      // what is handed out ends the message
  bool lacks_to_write : 1;    // ... to write, not to read
  bool wanted : 1;            // when kWrite or kClose was armed, others lacked buffers
  bool close_counted : 1;     // a count of what is acknowledged began since kClose was armed

  uint16_t index;  // of the slot
  uint16_t generation;
  uint16_t code;  // kOpen, kClosing: of our Close frame; kDraining: for the kClose event
  Transport* transport;
  core::Endpoint* endpoint;
  uint8_t* rx_buffer;  // of the pool; the same one for both: output lies in place, before the input
  uint8_t* tx_buffer;
  Window window;  // of the receive buffer
  Transmitter transmitter;
  uint32_t due_ms[kDirections];  // of the deadlines
  uint32_t unacknowledged;       // by the peer's TCP, when a count began, and all that was written since
  uint32_t owed_room;            // size of the frame that was refused and for which kWritable is owed; 0: none

  // kConnecting, kHandshaking, kReview: the opening handshake
  bool is_opening() const { return state >= State::kConnecting && state <= State::kReview; }
  // kOpen, kClosing: frames are received
  bool is_receiving() const { return state == State::kOpen || state == State::kClosing; }

  // Members that share their memory, each with states of its own.

  http::Head& head() { return WHIT_ASSERT(is_opening()), head_; }
  const http::Head& head() const { return WHIT_ASSERT(is_opening()), head_; }
  Receiver& receiver() { return WHIT_ASSERT(is_receiving()), receiver_; }
  const Receiver& receiver() const { return WHIT_ASSERT(is_receiving()), receiver_; }
  Cause& cause() { return WHIT_ASSERT(state == State::kDraining), cause_; }

  // kData: payload received since it was armed; kKeepaliveAnswer: output before the ping.
  uint32_t& bytes() { return WHIT_ASSERT(is_receiving()), bytes_; }
  // Opening: when the handshake last got further; kDraining: when lingering began.
  uint32_t& heard_ms() { return WHIT_ASSERT(!is_receiving()), heard_ms_; }
  uint32_t heard_ms() const { return WHIT_ASSERT(!is_receiving()), heard_ms_; }

  // Of our own head, the bytes that have been gathered, while more of it follows: room is owed to it like to a frame.
  uint32_t& head_sent() { return WHIT_ASSERT(is_opening()), owed_room; }
  uint32_t head_sent() const { return WHIT_ASSERT(is_opening()), owed_room; }

  // For the functions above alone.
  union {
    uint32_t heard_ms_ = 0;
    uint32_t bytes_;
  };
  union {
    http::Head head_ = {};
    Receiver receiver_;
    Cause cause_;
  };
};

static_assert(sizeof(void*) != 4 || sizeof(Connection) <= 120, "the table in stack/README.md says what it costs");

}  // namespace session
}  // namespace whit
