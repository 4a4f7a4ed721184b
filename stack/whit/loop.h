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
// messages, one per poll(); then everything gathered is written, each connection with one write; then deadlines are
// looked at; then poll() returns no event, even if work is left (wait_ms() is then 0). So the inner loop always ends.
//
// All memory is in this object: sizeof is the RAM. At rest it is all zero bits (.bss) and needs no constructor.
#pragma once

#include <stddef.h>
#include <stdint.h>

#include "whit/endpoint.h"
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
  // kForeverMs. Ask last, just before sleeping. An interrupt or another task ends the sleep by Network::wake().
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
    uint16_t* buffer_links;
    uint16_t buffer_count;
    uint32_t buffer_bytes;
  };
  static constexpr size_t kLines = 5;

  constexpr LoopCore() = default;
  ~LoopCore() = default;

  // kOk; kInvalidArgument: the network has fewer transports than the loop has slots; kInUse: started already.
  Status start(Network& network, const Storage& storage);

 private:
  friend class WebSocket;
  friend class Endpoint;
  friend class Server;
  friend class Client;
  using Connection = session::Connection;

  enum class Phase : uint8_t { kIdle, kReady, kEnds };
  enum class Room : uint8_t { kData, kControl };

  // loop.cpp: the turn
  void begin_turn(uint32_t now_ms);
  void end_turn();
  bool step(Event* event);
  bool advance(Connection* connection, Event* event);
  void settle();
  void leave(Connection* connection);
  void add(Endpoint* endpoint);
  Connection* begin_slot(uint16_t index, Endpoint* endpoint);
  Connection* find(WebSocket socket) const;
  WebSocket handle(const Connection& connection);
  uint16_t index_of(const Connection& connection) const { return static_cast<uint16_t>(&connection - connections_); }
  bool has_room() const { return open_.in_use < max_open_; }
  static void count_up(Usage* usage);

  // opening.cpp: from a slot to an open connection
  void accept(Endpoint* endpoint, uint8_t listener);
  void dial(Connection* connection);
  bool rise(Connection* connection, Event* event);
  bool opening(Connection* connection, Event* event);
  bool conclude(Connection* connection, HeadOutcome outcome, Event* event);
  bool open(Connection* connection, Event* event);
  bool send_head(Connection* connection);
  void refuse(Connection* connection, uint16_t status);
  Status answer_request(Connection* connection, Text protocol);

  // receiving.cpp
  bool receive(Connection* connection, Event* event);
  bool deliver_waiting(Connection* connection, Event* event);
  bool on_outcome(Connection* connection, const session::Receiver::Outcome& outcome, Event* event);
  bool on_piece(Connection* connection, bool last, Event* event);
  void on_control(Connection* connection, wire::Opcode opcode, Bytes payload);
  void on_close_frame(Connection* connection, Bytes payload);
  bool assemble(Connection* connection);
  void fill_message(Connection* connection, Event* event);
  Bytes message_out(const Connection& connection) const;
  session::ReceiverLimits limits(const Connection& connection) const;
  Status read(Connection* connection);
  bool take_rx_buffer(Connection* connection);
  void make_read_room(Connection* connection);
  void release_rx_if_idle(Connection* connection);
  void release_rx(Connection* connection);
  void give_back(uint16_t buffer);
  void wake_readers();
  void answer_ping(Connection* connection);

  // sending.cpp
  Status send_frame(Connection* connection, Bytes data, MessageType type, bool first, bool last);
  bool is_own_piece(const Connection& connection, Bytes data, MessageType type, bool first, bool last) const;
  bool send_in_place(Connection* connection, Bytes data, bool first, bool last);
  void settle_in_place(Connection* connection);
  bool copy_out_in_place(Connection* connection);
  bool make_room(Connection* connection, size_t size, Room room);
  static uint32_t input_begin(const Connection& connection);
  bool fits(Connection* connection, size_t size, Room room);
  bool place_output(Connection* connection, size_t size, Room room);
  bool move_output_out(Connection* connection);
  bool append(Connection* connection, wire::Opcode opcode, bool fin, Bytes payload);
  bool send_control(Connection* connection, wire::Opcode opcode, Bytes payload);
  bool send_close(Connection* connection, uint16_t code, Text reason);
  void send_waiting(Connection* connection);
  size_t max_send(const Connection& connection) const;
  void flush_all();
  void flush(Connection* connection);
  void drained(Connection* connection);
  static void want(Connection* connection, size_t size);
  bool has_wanted_room(Connection* connection);
  void offer_room(Connection* connection);
  void release_tx_if_empty(Connection* connection);

  // ending.cpp
  void fail(Connection* connection, uint16_t code, Cause::Where where, int32_t cause_code);
  void end(Connection* connection, Cause cause, bool clean);
  void end_and_abort(Connection* connection, Cause cause);
  void transport_lost(Connection* connection, Status status);
  void drain(Connection* connection);
  void discard_input(Connection* connection);
  void abort_transport(Connection* connection);
  void free_if_over(Connection* connection);
  bool ending_event(Connection* connection, Event* event);
  Status start_close(Connection* connection, uint16_t code, Text reason);
  void stop_connections(const Endpoint* endpoint, uint16_t code);

  // deadlines.cpp
  void arm_rx(Connection* connection, Deadline deadline, uint32_t timeout_ms);
  void arm_tx(Connection* connection, Deadline deadline, uint32_t timeout_ms);
  void arm_receiving(Connection* connection, size_t received);
  void note_due(uint32_t due_ms);
  void run_deadlines();
  void expire(Connection* connection, Deadline deadline);
  bool is_due(uint32_t due_ms) const { return static_cast<int32_t>(now_ms_ - due_ms) >= 0; }

  Network* network_ = nullptr;
  Connection* connections_ = nullptr;
  Endpoint* endpoints_ = nullptr;
  session::Pool pool_;
  IndexLine ready_;    // has news, or work left
  IndexLine output_;   // has gathered output that may be written
  IndexLine writers_;  // waits for a buffer to write
  IndexLine readers_;  // waits for a buffer to read
  IndexLine ends_;     // owes the application its last events
  IndexLine free_;     // shares its storage with ends_: a slot is never in both
  Usage open_;
  Usage opening_;
  uint32_t now_ms_ = 0;
  uint32_t next_due_ms_ = 0;
  uint32_t reserved_size_ = 0;  // 1 + the payload size that WebSocket::reserve() promised since the last poll()
  uint16_t reserved_index_ = 0;
  uint16_t slots_ = 0;
  uint16_t max_open_ = 0;
  uint16_t budget_ = 0;   // ready connections left in this turn
  uint16_t current_ = 0;  // 1 + index of the connection whose turn it is; 0: none
  uint16_t burst_ = 0;    // messages it has handed out in this turn
  uint16_t handshake_buffers_ = 0;
  uint8_t listeners_ = 0;  // bits of the listener numbers in use
  Phase phase_ = Phase::kIdle;
  size_t received_ = 0;      // bytes that the current connection has read in this turn
  bool handed_out_ = false;  // the last event was its message
  bool read_done_ = false;   // the current connection has read in this turn
  bool more_input_ = false;  // and its read filled all the room there was
  bool due_ = false;         // next_due_ms_ counts
  bool slot_freed_ = false;  // somebody may be waiting to be accepted
};

// kHandshakes: slots, besides the connections, for peers that are not open yet or are being refused.
template <uint16_t kConnections, uint16_t kBuffers, uint32_t kBufferBytes,
          uint16_t kHandshakes = static_cast<uint16_t>(config::kHandshakes)>
class Loop : public LoopCore {
 public:
  static_assert(kBuffers >= 2, "one buffer to read and one to answer: with fewer nobody can read (session/pool.h)");
  static_assert(kBufferBytes >= 256, "a control frame and its answer must fit (RFC 6455, 5.5)");
  static_assert(kConnections >= 1 && kHandshakes >= 1 && kConnections + kHandshakes < 0xFFFF,
                "slots are numbered by 16 bits");

  static constexpr uint16_t kSlots = kConnections + kHandshakes;  // transports that the network must have

  constexpr Loop() = default;
  Loop(const Loop&) = delete;
  Loop& operator=(const Loop&) = delete;

  // Starts to use the network, which must have at least kSlots transports and live as long as the loop.
  Status start(Network& network) {
    return LoopCore::start(
        network, {connections_, links_, kSlots, kConnections, buffers_[0], buffer_links_, kBuffers, kBufferBytes});
  }

 private:
  session::Connection connections_[kSlots] = {};
  uint16_t links_[kLines * kSlots] = {};
  uint16_t buffer_links_[kBuffers] = {};
  alignas(8) uint8_t buffers_[kBuffers][kBufferBytes] = {};
};

}  // namespace whit
