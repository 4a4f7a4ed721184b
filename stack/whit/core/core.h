// SPDX-License-Identifier: MIT
// Core: what stands behind Loop<...>. The struct is the state that all connections share; its functions are those that
// several files call, under the file that has each. What one file alone calls is static there. server/ and client/ call
// the functions and leave the members alone: the tree test checks that. Not for applications.
#pragma once

#include <stddef.h>
#include <stdint.h>

#include "whit/core/endpoint.h"
#include "whit/event.h"
#include "whit/http_service.h"
#include "whit/index_queue.h"
#include "whit/network.h"
#include "whit/options.h"
#include "whit/session/connection.h"
#include "whit/session/pool.h"
#include "whit/status.h"
#include "whit/websocket.h"

namespace whit::deflate {
class Deflater;
}

namespace whit::core {

using session::State;

constexpr uint32_t kForeverMs = uint32_t{1} << 30;

// The cause of an end but for its code, in one register.
struct CauseKind {
  constexpr CauseKind(Cause::Who who, Cause::Where where) : both(uint32_t{who} | uint32_t{where} << 8) {}
  Cause::Who who() const { return static_cast<Cause::Who>(both & 0xFF); }
  Cause::Where where() const { return static_cast<Cause::Where>(both >> 8); }

  uint32_t both;
};

struct Core {
  static constexpr size_t kQueues = 4;

  struct Storage {
    Connection* connections;
    uint16_t* links;  // kQueues * slots numbers
    uint16_t slots;
    uint16_t max_open;
    uint8_t* buffers;
    uint16_t buffer_count;
    uint32_t buffer_bytes;
  };

  // loop.cpp: the turn, the slots and their counts
  Status start(Network& network, const Storage& storage);
  Event poll(uint32_t now_ms);
  uint32_t wait_ms() const;
  Connection* begin_slot(uint16_t index, Endpoint* endpoint);
  // A slot for a connection that the application asked for, which it knows from now on. nullptr: none is free.
  Connection* claim_slot(Endpoint* endpoint);
  void count_as(Connection* connection, session::Counted counted);
  bool has_room() const { return open_.in_use < max_open_; }
  void add_task(TurnTask* task) {
    task->next = tasks_;
    tasks_ = task;
  }
  void make_ready(const Connection& connection) { ready_.add(connection.index); }
  WebSocket handle(const Connection& connection) { return WebSocket(this, connection.index, connection.generation); }
  bool emit(const Connection& connection, Event::Type type, Event* event) {
    event->type = type;
    event->socket = handle(connection);
    return true;
  }
  bool is_over(WebSocket socket) const;
  bool is_known(WebSocket socket) const;
  Connection* open_connection(WebSocket socket);  // nullptr: not an open connection of this loop
  Network* network() const { return network_; }
  uint32_t buffer_bytes() const { return pool_.size(); }

  // soundness.cpp: linked with WHIT_ASSERTS alone
  bool is_sound() const;

  // accept.cpp: linked with servers alone
  Status start_listening(Endpoint* endpoint, const ServerOptions& options);
  void accept(Endpoint* endpoint);
  // The connection is counted as open from now on. False: as many as may be are open; its request is refused with 503.
  bool admit(Connection* connection);

  // establish.cpp: from a slot to an open connection
  bool connect_transport(Connection* connection);
  bool open_handshake(Connection* connection, Event* event);
  bool send_head(Connection* connection);
  void refuse(Connection* connection, uint16_t status);

  // exchange.cpp: linked with answers other than Whit's own
  void make_answer_room(Connection* connection);
  void queue_answer(Connection* connection, uint32_t begin, uint16_t status, bool last, ResponseBody produce);
  void send_interim(Connection* connection, Text answer);
  void hold_answer(Connection* connection, uint32_t begin, uint32_t end, uint32_t head_size);
  void begin_answer(Connection* connection, uint16_t status);
  void answer(Connection* connection);

  // receive.cpp
  bool receive(Connection* connection, Event* event);
  Status read(Connection* connection);
  void answer_ping(Connection* connection);

  // buffers.cpp: which connection has which buffer of the pool, and which ones wait for one
  bool take_rx_buffer(Connection* connection);
  uint8_t* take_tx_buffer(Connection* connection);
  void release_rx(Connection* connection);
  void release_rx_if_idle(Connection* connection);
  void release_tx_if_empty(Connection* connection);
  void end_handshake_share(Connection* connection);
  void leave_line(Connection* connection);
  bool others_lack(const Connection& connection) const { return waiting_.size() != (connection.lacks_buffer ? 1 : 0); }

  // send.cpp
  Status send_frame(Connection* connection, const Message& piece);
  MutableBytes reserve(Connection* connection, size_t size);
  Status commit(Connection* connection, MessageType type, bool first, bool last);
  Status send_ping(Connection* connection, Bytes payload);
  bool send_close(Connection* connection, uint16_t code, Text reason);
  void send_waiting(Connection* connection);
  bool make_room(Connection* connection, size_t size);
  bool append(Connection* connection, uint8_t first, Bytes payload);
  bool append(Connection* connection, wire::Opcode control, Bytes payload) {
    return append(connection, wire::first_byte(control, true), payload);
  }
  // Bytes in front of a frame that fills a buffer.
  size_t header_room(const Connection& connection) const {
    return header_room_ + wire::key_bytes(connection.endpoint->role());
  }
  size_t max_send(const Connection& connection) const;
  void flush_all();
  void flush(Connection* connection);

  // deflate_send.cpp: linked with a MessageDeflater alone
  static Status send_deflated(WebSocket socket, const Message& piece, deflate::Deflater* deflater);

  // close.cpp
  void fail(Connection* connection, Cause::Where where, int32_t code);
  void end(Connection* connection, CauseKind cause, int32_t code);
  void end_and_abort(Connection* connection, CauseKind cause, int32_t code);
  void transport_lost(Connection* connection, Status status);
  void abort_transport(Connection* connection);
  bool drain_or_report(Connection* connection, Event* event);
  Status start_close(Connection* connection, uint16_t code, Text reason);
  void stop(uint16_t code);
  void stop_listening(TurnTask* server);
  void stop_connections(const Endpoint* endpoint, uint16_t code);

  // deadlines.cpp
  void arm(Connection* connection, Deadline deadline);
  void arm_receiving(Connection* connection, size_t received);
  void note_due(uint32_t due_ms);
  // A ping is sent up to an eighth of the interval earlier, by the last bits of the clock when it was armed.
  static uint32_t most_jitter_ms(uint32_t interval_ms) { return (interval_ms >> 11) * 0xFF; }
  void count_acknowledged(Connection* connection);
  void run_deadlines();
  bool is_due(uint32_t due_ms) const { return static_cast<int32_t>(now_ms_ - due_ms) >= 0; }
  bool is_crowded() const { return crowded_ && !is_due(crowd_due_ms_); }

  // Small ones first, as in Connection. All zero bits at rest.
  bool in_turn_ = false;
  bool handed_out_ = false;     // the last event was a message of the current connection
  bool read_done_ = false;      // the current connection has read in this turn
  bool asked_ = false;          // ... has asked for a buffer in this turn, and waits for one
  bool more_input_ = false;     // its transport may have more: it is ready again in the next turn
  bool due_ = false;            // next_due_ms_ counts
  bool turn_due_ = false;       // another follows at once: a slot became free for a peer that waits, or a broadcast
  bool crowded_ = false;        // a peer waits until crowd_due_ms_, when another may have been silent for too long
  bool places_wanted_ = false;  // a handshake waits for a share of the buffers, or for its transport's turn
  uint8_t listeners_ = 0;       // bits of the listener numbers in use
  uint8_t header_room_ = 0;     // for the header of a server's frame that fills a buffer
  uint16_t slots_ = 0;
  uint16_t max_open_ = 0;
  uint16_t budget_ = 0;  // ready connections left in this turn
  uint16_t burst_ = 0;   // messages that the current connection has handed out in this turn
  uint16_t handshake_buffers_ = 0;
  Usage open_;
  IndexQueue output_;  // has gathered output that may be written
  IndexQueue free_;    // slots of no connection
  IndexQueue ready_;   // has news, or work left
  Usage opening_;
  IndexQueue waiting_;              // waits for a buffer, the longest first
  Connection* reserved_ = nullptr;  // the one for which reserve() has made room since the last poll()
  MutableBytes reserved_place_;     // where its payload is being written
  Connection* connections_ = nullptr;
  Connection* current_ = nullptr;  // the one whose turn it is
  Network* network_ = nullptr;
  TurnTask* tasks_ = nullptr;  // all servers that have listened, and broadcasts
  uint32_t now_ms_ = 0;
  uint32_t next_due_ms_ = 0;
  uint32_t crowd_due_ms_ = 0;
  size_t received_ = 0;  // bytes that the current connection has read in this turn
  session::Pool pool_;
};

inline http::HeadReader Endpoint::start_reader(Connection* connection) const {
  http::HeadReader reader;
  reader.head = &connection->head();
  reader.buffer = connection->rx_buffer;
  reader.capacity = core_->buffer_bytes();
  reader.begin = &connection->window.raw_begin;
  reader.end = connection->window.raw_end;
  reader.max_bytes = options().max_head_bytes;
  return reader;
}

// The message, or piece of one, that is handed out or is to be.
inline Bytes message_part(const Connection& connection) {
  return {connection.rx_buffer + connection.window.message_begin, connection.window.message_size()};
}

// Nothing below is needed: where the input begins, and before it the payload of a ping that waits for its answer.
inline uint32_t input_begin(const Connection& connection) {
  const session::Window& window = connection.window;
  if (window.message_size() != 0) return window.message_begin;
  const uint32_t ping = connection.waiting_ping != 0 ? connection.waiting_ping - 1u : 0u;
  WHIT_ASSERT(ping <= window.raw_begin);
  return window.raw_begin - ping;
}

// Whether it is the peer's bytes that the connection waits for, and not our own reading.
inline bool owes_bytes(const Connection& c) {
  const bool waits = c.lacks_buffer || (c.transmitter.is_blocked() && c.tx_buffer == c.rx_buffer);
  return c.state == State::kOpen && !c.message_out && !c.message_held && !c.paused && c.waiting_ping == 0 && !waits;
}

// A kWritable event is owed, once there is room for the largest of the frames refused since the last one.
inline Status owe_writable(Connection* connection, size_t size) {
  if (size > connection->owed_room) connection->owed_room = static_cast<uint32_t>(size);
  return Status::kWouldBlock;
}

inline size_t frame_size(const Connection& connection, size_t payload_size) {
  return wire::frame_overhead(connection.endpoint->role(), payload_size) + payload_size;
}

}  // namespace whit::core
