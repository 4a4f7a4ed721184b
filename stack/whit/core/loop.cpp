// SPDX-License-Identifier: MIT
// The turn of the loop, its queues and its slots.
#include "whit/core/core.h"

namespace whit::core {

namespace {

constexpr uint32_t kEarlyFlushBytes = 4096;  // output of this size leaves while it is still in a host's cache

void begin_turn(Core& core, uint32_t now_ms) {
  core.in_turn_ = true;
  core.now_ms_ = now_ms;
  core.turn_due_ = false;
  core.network_->poll(now_ms);
  for (TurnTask* task = core.tasks_; task != nullptr; task = task->next) task->begin_turn();
  core.budget_ = core.ready_.size();  // what becomes ready from now on is for the next turn: the turn ends
}

bool begin_connection(Core& core) {
  if (core.budget_ == 0) return false;
  --core.budget_;
  core.current_ = &core.connections_[core.ready_.take()];
  core.burst_ = 0;
  core.received_ = 0;
  core.read_done_ = core.more_input_ = core.asked_ = false;
  return true;
}

// Whether the current connection has nothing left to do in this turn.
bool is_done(const Core& core, const Connection& c) {
  return core.read_done_ && c.state == State::kOpen && c.window.empty() && c.owed_room == 0 && c.waiting_ping == 0 &&
         !c.message_out;
}

bool advance(Core& core, Connection* connection, Event* event) {
  if (!connection->transmitter.empty()) core.output_.add(connection->index);  // a blocked write can go on
  core.send_waiting(connection);                                              // what was owed comes before anything new
  switch (connection->state) {
    case State::kFree:  // a late announcement for a connection that is gone
    case State::kReview:
      return false;
    case State::kConnecting:
      if (!core.connect_transport(connection)) return false;
      [[fallthrough]];
    case State::kHandshaking:
      return core.open_handshake(connection, event);
    case State::kOpen:
    case State::kClosing:
      return core.receive(connection, event);
    case State::kDraining:
      return core.drain_or_report(connection, event);
  }
  return false;
}

// The event that was handed out last is over: its message is taken, unless the application holds it.
void take_delivered_message(Core& core) {
  core.reserved_ = nullptr;
  if (!core.handed_out_) return;
  core.handed_out_ = false;
  Connection& c = *core.current_;
  if (!c.message_out || c.message_held) return;
  c.message_out = false;
  c.receiver().take(&c.window, c.window.message_size());
}

// The conditions that a connection fulfils between two steps of its turn.
void assert_sound([[maybe_unused]] const Core& core, [[maybe_unused]] const Connection& c) {
  WHIT_ASSERT(c.rx_buffer == nullptr || core.pool_.is_lent(c.rx_buffer));
  WHIT_ASSERT(c.tx_buffer == nullptr || core.pool_.is_lent(c.tx_buffer));
  WHIT_ASSERT(c.rx_buffer == nullptr || c.window.ordered(core.pool_.size()));
  WHIT_ASSERT(c.transmitter.ordered(core.pool_.size()));
  WHIT_ASSERT(c.transmitter.empty() || c.tx_buffer != nullptr);
  WHIT_ASSERT(c.rx_buffer == nullptr || c.tx_buffer != c.rx_buffer ||
              c.transmitter.end() <= input_begin(c) + c.window.message_size());
}

// The connection's part of the turn is over.
void end_turn_of(Core& core, Connection* connection) {
  Connection& c = *connection;
  if (c.state == State::kFree) return;
  assert_sound(core, c);
  if (c.lacks_buffer && !core.asked_) core.leave_line(connection);  // it needs none any more
  if (c.deadlines[session::kToPeer] == Deadline::kClose && !c.close_counted) {
    core.arm(connection, Deadline::kClose);  // anew: a call between two turns had the time of the one before
    core.count_acknowledged(connection);
  }
  // Much output leaves while it is still in a host's cache; little waits for the end of the turn.
  if (c.transmitter.size() > kEarlyFlushBytes) core.flush(connection);
  const bool open = c.is_receiving();
  core.release_tx_if_empty(connection);  // room was made for the application, which did not use it
  if (c.state != State::kDraining) core.release_rx_if_idle(connection);
  if (open) core.arm_receiving(connection, core.received_);
  if (core.more_input_) core.ready_.add(c.index);  // readiness is sticky: transport.h
}

}  // namespace

Status Core::start(Network& network, const Storage& storage) {
  if (network_ != nullptr) return Status::kInUse;
  if (network.capacity() < storage.slots) return Status::kInvalidArgument;
  network_ = &network;
  connections_ = storage.connections;
  slots_ = storage.slots;
  max_open_ = storage.max_open;
  pool_.attach(storage.buffers, storage.buffer_count, storage.buffer_bytes);
  header_room_ = static_cast<uint8_t>(wire::frame_overhead(wire::Role::kServer, storage.buffer_bytes));
  ready_.attach(storage.links, slots_);
  output_.attach(storage.links + slots_, slots_);
  waiting_.attach(storage.links + 2 * slots_, slots_);
  free_.attach(storage.links + 3 * slots_, slots_);
  for (uint16_t i = 0; i < slots_; ++i) {
    connections_[i].index = i;
    free_.add(i);
  }
  network.attach(&ready_);
  return Status::kOk;
}

Event Core::poll(uint32_t now_ms) {
  Event event;
  if (network_ == nullptr) return event;
  take_delivered_message(*this);
  if (!in_turn_) begin_turn(*this, now_ms);
  while (current_ != nullptr || begin_connection(*this)) {
    // Most turns end here: the message was the last of what was read, and nothing else is owed.
    if (!is_done(*this, *current_) && advance(*this, current_, &event)) return event;
    end_turn_of(*this, current_);
    current_ = nullptr;
  }
  // Replies leave after all ready connections were read, so each connection writes once. What has arrived is looked at
  // before a deadline may say that nothing has.
  flush_all();
  run_deadlines();
  in_turn_ = false;
  WHIT_ASSERT(is_sound());
  return event;
}

uint32_t Core::wait_ms() const {
  if (in_turn_ || turn_due_ || !ready_.empty() || !output_.empty()) return 0;
  const uint32_t left_ms = next_due_ms_ - now_ms_;
  return due_ && left_ms < kForeverMs ? left_ms : kForeverMs;
}

// The slot of a free index, all zero but for its number and its generation: 0 is that of a default-constructed handle.
Connection* Core::begin_slot(uint16_t index, Endpoint* endpoint) {
  Connection* connection = &connections_[index];
  WHIT_ASSERT(connection->state == State::kFree && !free_.holds(index));
  const uint16_t generation = static_cast<uint16_t>(connection->generation + 1);
  *connection = Connection{};
  connection->index = index;
  connection->generation = generation != 0 ? generation : uint16_t{1};
  connection->endpoint = endpoint;
  connection->state = State::kConnecting;
  ready_.add(index);  // connect_transport() arms its first deadline
  return connection;
}

Connection* Core::claim_slot(Endpoint* endpoint) {
  if (!has_room() || free_.empty()) return nullptr;
  Connection* connection = begin_slot(free_.take(), endpoint);
  connection->known_to_application = true;
  count_as(connection, session::Counted::kOpen);
  return connection;
}

// A connection is in one count at a time. kNot: over for the application; its slot may not be free yet.
void Core::count_as(Connection* connection, session::Counted counted) {
  Usage* const counts[] = {nullptr, &opening_, &open_};
  Usage* const before = counts[static_cast<int>(connection->counted)];
  Usage* const after = counts[static_cast<int>(counted)];
  if (before != nullptr) --before->in_use;
  if (after != nullptr) after->count_up();
  connection->counted = counted;
}

// Whether the slot of the handle is free, or of another connection.
bool Core::is_over(WebSocket socket) const {
  const Connection& connection = connections_[socket.index_];
  return connection.generation != socket.generation_ || connection.state == State::kFree;
}

// Whether the application still waits for the kClose event of the handle.
bool Core::is_known(WebSocket socket) const {
  const Connection& connection = connections_[socket.index_];
  return connection.generation == socket.generation_ && connection.known_to_application;
}

Connection* Core::open_connection(WebSocket socket) {
  if (socket.core_ != this || is_over(socket)) return nullptr;
  Connection* connection = &connections_[socket.index_];
  return connection->state == State::kOpen ? connection : nullptr;
}

}  // namespace whit::core
