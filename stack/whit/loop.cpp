// SPDX-License-Identifier: MIT
// The turn of the loop, its lines and its slots.
#include "whit/loop.h"

namespace whit {

using session::Connection;
using session::State;

Status LoopCore::start(Network& network, const Storage& storage) {
  if (network_ != nullptr) return Status::kInUse;
  if (network.capacity() < storage.slots) return Status::kInvalidArgument;
  network_ = &network;
  connections_ = storage.connections;
  slots_ = storage.slots;
  max_open_ = storage.max_open;
  pool_.attach(storage.buffers, storage.buffer_links, storage.buffer_count, storage.buffer_bytes);
  IndexLine* const lines[kLines] = {&ready_, &output_, &writers_, &readers_, &ends_};
  for (size_t i = 0; i < kLines; ++i) lines[i]->attach(storage.links + i * slots_, slots_);
  free_.attach(storage.links + (kLines - 1) * slots_, slots_);
  for (uint16_t i = 0; i < slots_; ++i) free_.add(i);
  network.attach(&ready_);
  return Status::kOk;
}

Event LoopCore::poll(uint32_t now_ms) {
  Event event;
  if (network_ == nullptr) return event;
  settle();
  if (phase_ == Phase::kIdle) begin_turn(now_ms);
  while (phase_ != Phase::kIdle) {
    if (step(&event)) break;
  }
  return event;
}

void LoopCore::begin_turn(uint32_t now_ms) {
  now_ms_ = now_ms;
  slot_freed_ = false;
  network_->poll(now_ms);
  for (Endpoint* endpoint = endpoints_; endpoint != nullptr; endpoint = endpoint->next_) endpoint->begin_turn();
  budget_ = ready_.size();  // what becomes ready from now on is for the next turn: the inner loop of poll() ends
  phase_ = Phase::kReady;
}

// One step of the turn; true: it has an event.
bool LoopCore::step(Event* event) {
  if (current_ == 0) {
    if (phase_ == Phase::kEnds) {
      const uint16_t index = ends_.take();
      if (index == IndexLine::kNone) {
        phase_ = Phase::kIdle;
        return false;
      }
      current_ = static_cast<uint16_t>(index + 1);
    } else if (budget_ != 0 && !ready_.empty()) {
      --budget_;
      current_ = static_cast<uint16_t>(ready_.take() + 1);
      burst_ = 0;
      received_ = 0;
      read_done_ = more_input_ = false;
    } else {
      end_turn();
      return false;
    }
  }
  Connection* connection = &connections_[current_ - 1];
  const bool has_event = phase_ == Phase::kEnds ? ending_event(connection, event) : advance(connection, event);
  if (has_event) return true;
  if (phase_ == Phase::kReady) leave(connection);
  current_ = 0;
  return false;
}

// Replies leave after all ready connections were read, so each connection writes once. What has arrived is looked at
// before a deadline may say that nothing has.
void LoopCore::end_turn() {
  flush_all();
  run_deadlines();
  phase_ = Phase::kEnds;
}

bool LoopCore::advance(Connection* connection, Event* event) {
  if (!connection->transmitter.empty()) output_.add(index_of(*connection));  // a blocked write can go on
  switch (connection->state) {
    case State::kFree:
      return false;  // a late announcement for a connection that is gone
    case State::kDialing:
      dial(connection);
      return false;
    case State::kRising:
      return rise(connection, event);
    case State::kOpening:
      return opening(connection, event);
    case State::kAsked:
      return false;
    case State::kOpen:
    case State::kClosing:
      return receive(connection, event);
    case State::kDraining:
      drain(connection);
      return false;
  }
  return false;
}

// The event that was handed out last is over: its message is taken, unless the application holds it. A message that is
// sent back in place counts as taken; hold() then only stops what comes after it.
void LoopCore::settle() {
  reserved_size_ = 0;
  if (!handed_out_) return;
  handed_out_ = false;
  Connection* connection = &connections_[current_ - 1];
  if (!connection->message_out || (connection->held && !connection->in_place)) return;
  if (connection->in_place) settle_in_place(connection);
  if (connection->state != State::kOpen) return;  // no random bytes for the key of that frame
  connection->receiver.take(&connection->window, connection->assembled ? 0 : connection->window.message_size());
  connection->message_out = connection->assembled = false;
}

// The connection's part of the turn is over.
void LoopCore::leave(Connection* connection) {
  const uint16_t index = index_of(*connection);
  if (connection->state == State::kOpen || connection->state == State::kClosing) {
    release_rx_if_idle(connection);
    release_tx_if_empty(connection);
    offer_room(connection);  // what was just given back may be what a frame waits for
    arm_receiving(connection, received_);
  }
  if (connection->state == State::kOpening) release_rx_if_idle(connection);
  if (connection->state != State::kFree && more_input_) ready_.add(index);  // readiness is sticky: transport.h
}

uint32_t LoopCore::wait_ms() const {
  if (network_ == nullptr) return kForeverMs;
  if (!ready_.empty() || !output_.empty() || !ends_.empty() || slot_freed_) return 0;
  if (phase_ != Phase::kIdle) return 0;
  if (!due_) return kForeverMs;
  const uint32_t left_ms = next_due_ms_ - now_ms_;
  return left_ms < kForeverMs ? left_ms : kForeverMs;
}

void LoopCore::add(Endpoint* endpoint) {
  for (Endpoint* known = endpoints_; known != nullptr; known = known->next_) {
    if (known == endpoint) return;
  }
  endpoint->next_ = endpoints_;
  endpoints_ = endpoint;
}

// The slot of a free index, all zero but for its generation: 0 is that of a default-constructed handle.
Connection* LoopCore::begin_slot(uint16_t index, Endpoint* endpoint) {
  Connection* connection = &connections_[index];
  const uint16_t generation = static_cast<uint16_t>(connection->generation + 1);
  *connection = Connection{};
  connection->generation = generation != 0 ? generation : uint16_t{1};
  connection->endpoint = endpoint;
  return connection;
}

Connection* LoopCore::find(WebSocket socket) const {
  if (socket.index_ >= slots_) return nullptr;
  Connection* connection = &connections_[socket.index_];
  const bool known =
      connection->state != State::kFree && connection->visible && connection->generation == socket.generation_;
  return known ? connection : nullptr;
}

WebSocket LoopCore::handle(const Connection& connection) {
  return WebSocket(this, index_of(connection), connection.generation);
}

void LoopCore::count_up(Usage* usage) {
  ++usage->in_use;
  if (usage->in_use > usage->high_water) usage->high_water = usage->in_use;
}

}  // namespace whit
