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

#include "whit/core/endpoint.h"
#include "whit/event.h"
#include "whit/network.h"
#include "whit/options.h"
#include "whit/session/connection.h"
#include "whit/session/pool.h"
#include "whit/status.h"
#include "whit/websocket.h"

namespace whit {

class LoopCore {
 public:
  static constexpr uint32_t kForeverMs = uint32_t{1} << 30;  // wait_ms() never says more

  // The next event, or one without a type when the turn is over. `now_ms`: a free-running clock in milliseconds that
  // wraps at 2^32; the same value for all calls of one turn. Before start() there is never an event.
  Event poll(uint32_t now_ms);

  // How long may be slept before the next turn, counted from its `now_ms`, in milliseconds: 0 (work is left) to
  // kForeverMs. RequestReview last, just before sleeping. An interrupt or another task ends the sleep by
  // Network::wake().
  uint32_t wait_ms() const;

  // Closes every connection with `code` and stops listening; what is still opening is aborted.
  void stop(uint16_t code = 1001);

  Usage connections() const { return open_; }    // open, and not yet over
  Usage handshakes() const { return opening_; }  // accepted, not open
  Usage buffers() const { return pool_.usage(); }
  Network* network() const { return network_; }

 protected:
  struct Storage {
    session::Connection* connections;
    uint16_t* links;  // kLines * slots numbers
    uint16_t slots;
    uint16_t max_open;
    uint8_t* buffers;
    uint16_t buffer_count;
    uint32_t buffer_bytes;
  };
  static constexpr size_t kLines = 4;

  constexpr LoopCore() = default;
  ~LoopCore() = default;

  // kOk; kInvalidArgument: the network has fewer transports than the loop has slots; kInUse: started already.
  Status start(Network& network, const Storage& storage);

 private:
  friend class WebSocket;
  friend class Endpoint;
  friend class Server;
  friend class Client;
  friend struct LoopInspector;  // of the tests
  using Connection = session::Connection;

  // The cause of an end but for its code, in one register.
  struct CauseKind {
    constexpr CauseKind(Cause::Who who, Cause::Where where) : both(uint32_t{who} | uint32_t{where} << 8) {}
    uint32_t both;
  };

  // inline: called only in the file that defines it, and smaller without a frame of its own there.

  // core/loop.cpp: the turn
  inline void begin_turn(uint32_t now_ms);
  inline bool begin_connection();
  inline bool advance(Connection* connection, Event* event);
  inline void take_delivered_message();
  // Whether the current connection has nothing left to do in this turn.
  bool is_done(const Connection& c) const {
    return read_done_ && c.state == session::State::kOpen && c.window.empty() && c.owed_room == 0 &&
           c.waiting_ping == 0 && !c.message_out;
  }
  void end_turn_of(Connection* connection);
  void assert_sound(const Connection& connection) const;
  bool is_own_buffer(const Connection& connection, const uint8_t* buffer) const;
  bool is_sound() const;
  void add(Endpoint* endpoint);
  Connection* begin_slot(uint16_t index, Endpoint* endpoint);
  void count_as(Connection* connection, session::Counted counted);
  WebSocket handle(const Connection& connection) { return WebSocket(this, connection.index, connection.generation); }
  bool emit(const Connection& connection, Event::Type type, Event* event) {
    event->type = type;
    event->socket = handle(connection);
    return true;
  }
  bool has_room() const { return open_.in_use < max_open_; }

  // core/establish.cpp: from a slot to an open connection
  bool connect_transport(Connection* connection);
  bool open_handshake(Connection* connection, Event* event);
  inline bool open(Connection* connection, Event* event);
  bool send_head(Connection* connection);
  void refuse(Connection* connection, uint16_t status);

  // giving_way.cpp: servers alone
  enum class Place : uint8_t { kSlot, kHandshakeSlot, kTransport, kBuffer };  // what a peer may wait for
  bool gives_way(const Connection& connection, Place place) const;
  bool make_way(Place place);
  void make_way_inside();
  bool may_accept(uint8_t listener);
  void ask_silent();
  bool is_crowded() const { return crowded_ && !is_due(crowd_due_ms_); }

  // core/receive.cpp
  bool receive(Connection* connection, Event* event);
  inline bool on_piece(Connection* connection, bool last, Event* event);
  inline bool hand_out(Connection* connection, Event* event);
  inline void on_control(Connection* connection);
  inline void on_close_frame(Connection* connection, Bytes payload);
  static inline const ConnectionOptions* limiting(const Connection& connection);
  inline session::ReceiverLimits limits(const Connection& connection) const;
  static Bytes message_out(const Connection& connection) {
    return {connection.rx_buffer + connection.window.message_begin, connection.window.message_size()};
  }
  Status read(Connection* connection);
  inline bool take_rx_buffer(Connection* connection);
  size_t make_read_room(Connection* connection);
  void release_rx_if_idle(Connection* connection);
  void release_rx(Connection* connection);
  uint8_t* take_buffer(Connection* connection, bool to_write);
  uint8_t* lack_buffer(Connection* connection);
  void give_back(uint8_t* buffer);
  void wake_waiting();
  void answer_ping(Connection* connection);

  // core/send.cpp
  Status send_frame(Connection* connection, const Message& piece);
  inline bool is_own_piece(const Connection& connection, const Message& piece) const;
  bool start_in_place(Connection* connection, size_t overhead);
  static inline size_t room_in_front(const Connection& connection);
  static inline void start_in_front(Connection* connection, size_t size);
  static uint32_t input_begin(const Connection& connection);
  bool make_room(Connection* connection, size_t size);
  bool append(Connection* connection, uint8_t first, Bytes payload);
  bool append(Connection* connection, wire::Opcode control, Bytes payload) {
    return append(connection, wire::first_byte(control, true), payload);
  }
  bool send_close(Connection* connection, uint16_t code, Text reason);
  inline bool answer_close(Connection* connection);
  void send_waiting(Connection* connection);
  size_t header_room(const Connection& connection) const {
    return header_room_ + wire::key_bytes(connection.endpoint->role_);
  }
  size_t max_send(const Connection& connection) const {
    const size_t room = pool_.size() - header_room(connection);
    const uint32_t max_frame_bytes = connection.endpoint->options().max_frame_bytes;
    return max_frame_bytes != 0 && max_frame_bytes < room ? max_frame_bytes : room;
  }
  size_t frame_size(const Connection& connection, size_t payload_size) const;
  void flush_all();
  void flush(Connection* connection);
  Status owe_writable(Connection* connection, size_t size);
  void release_tx_if_empty(Connection* connection);

  // core/close.cpp
  void fail(Connection* connection, Cause::Where where, int32_t code);
  void end(Connection* connection, CauseKind why, int32_t code);
  void end_and_abort(Connection* connection, CauseKind why, int32_t code);
  void transport_lost(Connection* connection, Status status);
  void drain(Connection* connection);
  void abort_transport(Connection* connection);
  void free_if_over(Connection* connection);
  bool drain_or_report(Connection* connection, Event* event);
  Status start_close(Connection* connection, uint16_t code, Text reason);
  void stop_listening(Endpoint* endpoint);
  bool is_over(WebSocket socket) const;
  void stop_connections(const Endpoint* endpoint, uint16_t code);

  // core/deadlines.cpp
  void arm(Connection* connection, Deadline deadline);
  void note_due(uint32_t due_ms);
  void count_acknowledged(Connection* connection);
  uint32_t acknowledged(Connection* connection);
  inline bool ping_has_left(Connection* connection);
  bool owes_bytes(const Connection& connection) const;
  bool holds_needed_buffer(const Connection& connection) const;
  void arm_receiving(Connection* connection, size_t received);
  void run_deadlines();
  void expire(Connection* connection, Deadline deadline);
  bool is_due(uint32_t due_ms) const { return static_cast<int32_t>(now_ms_ - due_ms) >= 0; }

  // Small ones first, as in Connection.
  bool in_turn_ = false;
  bool handed_out_ = false;     // the last event was a message of the current connection
  bool read_done_ = false;      // the current connection has read in this turn
  bool more_input_ = false;     // and there may be more: it is ready again in the next turn
  bool due_ = false;            // next_due_ms_ counts
  bool slot_freed_ = false;     // somebody may be waiting to be accepted
  bool crowded_ = false;        // somebody waits until crowd_due_ms_, when one may have been silent for too long
  bool places_wanted_ = false;  // a handshake waits for a share of the buffers, or for its transport's turn
  uint8_t listeners_ = 0;       // bits of the listener numbers in use
  uint8_t header_room_ = 0;     // for the header of a server's frame that fills a buffer
  uint16_t slots_ = 0;
  uint16_t max_open_ = 0;
  uint16_t budget_ = 0;  // ready connections left in this turn
  uint16_t burst_ = 0;   // messages that the current connection has handed out in this turn
  uint16_t handshake_buffers_ = 0;
  uint16_t lacking_ = 0;  // connections that asked for a buffer and got none
  Usage open_;
  IndexQueue output_;  // has gathered output that may be written
  IndexQueue free_;    // slots of no connection
  IndexQueue ready_;   // has news, or work left
  Usage opening_;
  IndexQueue waiting_;              // waits for a buffer
  Connection* reserved_ = nullptr;  // for which WebSocket::reserve() has made room since the last poll()
  MutableBytes reserved_place_;     // where its payload is being written
  Connection* connections_ = nullptr;
  Connection* current_ = nullptr;  // whose turn it is
  Network* network_ = nullptr;
  Endpoint* endpoints_ = nullptr;
  uint32_t now_ms_ = 0;
  uint32_t next_due_ms_ = 0;
  uint32_t crowd_due_ms_ = 0;
  size_t received_ = 0;  // bytes that the current connection has read in this turn
  session::Pool pool_;
};

// kHandshakes: slots, besides the connections, for peers that are not open yet or are being refused.
template <uint16_t kConnections, uint16_t kBuffers, uint32_t kBufferBytes,
          uint16_t kHandshakes = static_cast<uint16_t>(config::kHandshakes)>
class Loop : public LoopCore {
 public:
  static_assert(kBuffers >= 2, "one buffer to read and one to answer: with fewer nobody can read (session/pool.h)");
  static_assert(kBufferBytes >= kSmallestBuffer, "a control frame and its answer must fit (RFC 6455, 5.5)");
  static_assert(kConnections >= 1 && kHandshakes >= 1 && kConnections + kHandshakes < 0xFFFF,
                "slots are numbered by 16 bits");

  static constexpr uint16_t kSlots = kConnections + kHandshakes;  // transports that the network must have

  constexpr Loop() = default;
  Loop(const Loop&) = delete;
  Loop& operator=(const Loop&) = delete;

  // Starts to use the network, which must have at least kSlots transports and live as long as the loop.
  Status start(Network& network) {
    return LoopCore::start(network,
                           {connections_, links_, kSlots, kConnections, buffers_[0].bytes, kBuffers, kBufferBytes});
  }

 private:
  session::Connection connections_[kSlots] = {};
  uint16_t links_[kLines * kSlots] = {};
  session::Buffer<kBufferBytes> buffers_[kBuffers] = {};
};

}  // namespace whit
