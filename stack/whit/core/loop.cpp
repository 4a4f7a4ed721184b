// SPDX-License-Identifier: MIT
// The turn of the loop, its lines and its slots.
#include "whit/loop.h"

namespace whit {

using session::Connection;
using session::State;

namespace {

constexpr uint32_t kEarlyFlushBytes = 4096;  // bytes: what costs more to fetch again than a peer that wakes alone

}  // namespace

Status LoopCore::start(Network& network, const Storage& storage) {
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

Event LoopCore::poll(uint32_t now_ms) {
  Event event;
  if (network_ == nullptr) return event;
  take_delivered_message();
  if (!in_turn_) begin_turn(now_ms);
  while (current_ != nullptr || begin_connection()) {
    // Most turns end here: the message was the last of what was read, and nothing else is owed.
    if (!is_done(*current_) && advance(current_, &event)) return event;
    end_turn_of(current_);
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

void LoopCore::begin_turn(uint32_t now_ms) {
  in_turn_ = true;
  now_ms_ = now_ms;
  slot_freed_ = false;
  network_->poll(now_ms);
  for (Endpoint* endpoint = endpoints_; endpoint != nullptr; endpoint = endpoint->next_) endpoint->accept();
  budget_ = ready_.size();  // what becomes ready from now on is for the next turn: the inner loop of poll() ends
}

bool LoopCore::begin_connection() {
  if (budget_ == 0) return false;
  --budget_;
  current_ = &connections_[ready_.take()];
  burst_ = 0;
  received_ = 0;
  read_done_ = more_input_ = false;
  return true;
}

bool LoopCore::advance(Connection* connection, Event* event) {
  if (!connection->transmitter.empty()) output_.add(connection->index);  // a blocked write can go on
  send_waiting(connection);                                              // what was owed comes before anything new
  switch (connection->state) {
    case State::kFree:  // a late announcement for a connection that is gone
    case State::kAsked:
      return false;
    case State::kConnecting:
      if (!connect_transport(connection)) return false;
      [[fallthrough]];
    case State::kHandshaking:
      return open_handshake(connection, event);
    case State::kOpen:
    case State::kClosing:
      return receive(connection, event);
    case State::kDraining:
      return drain_or_report(connection, event);
  }
  return false;
}

// The event that was handed out last is over: its message is taken, unless the application holds it.
void LoopCore::take_delivered_message() {
  reserved_ = nullptr;
  if (!handed_out_) return;
  handed_out_ = false;
  if (!current_->message_out || current_->message_held) return;
  current_->message_out = false;
  current_->receiver.take(&current_->window, current_->window.message_size());
}

// The connection's part of the turn is over.
void LoopCore::end_turn_of(Connection* connection) {
  if (connection->state == State::kFree) return;
  assert_sound(*connection);
  if (connection->lacks_buffer && !waiting_.holds(connection->index)) {  // it was woken and did not ask again
    connection->lacks_buffer = false;
    --lacking_;
  }
  if (connection->deadlines[session::kToPeer] == Deadline::kClose && !connection->close_counted) {
    count_acknowledged(connection);
  }
  // Much output leaves while it is warm in the cache of a host; little waits for the end of the turn.
  if (connection->transmitter.size() > kEarlyFlushBytes) flush(connection);
  const bool open = connection->state == State::kOpen || connection->state == State::kClosing;
  release_tx_if_empty(connection);  // room was made for the application, which did not use it
  if (connection->state != State::kDraining) release_rx_if_idle(connection);
  if (open) arm_receiving(connection, received_);
  if (more_input_) ready_.add(connection->index);  // readiness is sticky: transport.h
}

uint32_t LoopCore::wait_ms() const {
  if (in_turn_ || slot_freed_ || !ready_.empty() || !output_.empty()) return 0;
  const uint32_t left_ms = next_due_ms_ - now_ms_;
  return due_ && left_ms < kForeverMs ? left_ms : kForeverMs;
}

void LoopCore::add(Endpoint* endpoint) {
  for (Endpoint* known = endpoints_; known != nullptr; known = known->next_) {
    if (known == endpoint) return;
  }
  endpoint->next_ = endpoints_;
  endpoints_ = endpoint;
}

// The slot of a free index, all zero but for its number and its generation: 0 is that of a default-constructed handle.
Connection* LoopCore::begin_slot(uint16_t index, Endpoint* endpoint) {
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

// What holds for a connection between two steps of its turn.
void LoopCore::assert_sound([[maybe_unused]] const Connection& connection) const {
  WHIT_ASSERT(connection.rx_buffer == nullptr || pool_.is_lent(connection.rx_buffer));
  WHIT_ASSERT(connection.tx_buffer == nullptr || pool_.is_lent(connection.tx_buffer));
  WHIT_ASSERT(connection.rx_buffer == nullptr || connection.window.ordered(pool_.size()));
  WHIT_ASSERT(connection.transmitter.ordered(pool_.size()));
  WHIT_ASSERT(connection.transmitter.empty() || connection.tx_buffer != nullptr);
  WHIT_ASSERT(connection.rx_buffer == nullptr || connection.tx_buffer != connection.rx_buffer ||
              connection.transmitter.end() <= input_begin(connection) + connection.window.message_size());
}

// In one count at a time; kNot: over for the application, and for its slot at the latest when that is free.
void LoopCore::count_as(Connection* connection, session::Counted counted) {
  Usage* const counts[] = {nullptr, &opening_, &open_};
  Usage* const before = counts[static_cast<int>(connection->counted)];
  Usage* const after = counts[static_cast<int>(counted)];
  if (before != nullptr) --before->in_use;
  if (after != nullptr) after->count_up();
  connection->counted = counted;
}

// Its slot is used by nobody, or by another connection.
bool LoopCore::is_over(WebSocket socket) const {
  const Connection& connection = connections_[socket.index_];
  return connection.generation != socket.generation_ || connection.state == State::kFree;
}

}  // namespace whit
