// SPDX-License-Identifier: MIT
// Which connection has which buffer of the pool, and which ones wait for one.
#include "whit/core/core.h"

namespace whit::core {

namespace {

// What is left for those that come next.
struct Left {
  uint16_t buffers;
  uint16_t handshakes;   // of them, for peers in their opening handshake
  uint16_t to_read = 2;  // buffers that the next one needs to read: the first keeps another one free for all
};

// Whether one of the buffers that are left is for this connection; it is counted off then. The last one decides between
// progress and deadlock: to write it may be taken always, because what is written leaves (or its deadline ends it); to
// read only if another stays free, because what is read may need a buffer for its answer.
bool count_off(const Connection& c, bool to_write, Left* left) {
  const bool handshake = !to_write && c.state == State::kHandshaking;
  const uint16_t needed = to_write ? uint16_t{1} : left->to_read;
  if (left->buffers < needed || (handshake && left->handshakes == 0)) return false;
  left->buffers = static_cast<uint16_t>(left->buffers - needed);
  if (!to_write) left->to_read = 1;
  if (handshake) --left->handshakes;
  return true;
}

// There are buffers for those that wait longest, up to `until`: they ask again, and stay in their places until they
// have one, or need none. What is left for all others.
Left offer_buffers(Core& core, uint16_t until) {
  Left left{core.pool_.left(), static_cast<uint16_t>(core.pool_.count() / 2 - core.handshake_buffers_)};
  uint16_t i = core.waiting_.first();
  for (; i != IndexQueue::kNone && i != until && left.buffers != 0; i = core.waiting_.next(i)) {
    const Connection& c = core.connections_[i];
    if (count_off(c, c.lacks_to_write, &left)) core.ready_.add(i);
  }
  return left;
}

void wake_waiting(Core& core) {
  if (!core.waiting_.empty()) (void)offer_buffers(core, IndexQueue::kNone);
}

// Queues the connection for a buffer that is given back. Always nullptr.
uint8_t* lack_buffer(Core& core, Connection* connection, bool to_write) {
  Connection& c = *connection;
  WHIT_ASSERT(c.state != State::kFree);
  core.pool_.refuse();
  // A peer that holds a buffer without using it is under a deadline from now on: run_deadlines().
  if (core.waiting_.empty()) core.note_due(core.now_ms_);
  const bool could_write = c.lacks_buffer && c.lacks_to_write;
  c.lacks_buffer = true;
  // One that would write as well as read can use the last buffer. (To read, only the current one asks.)
  c.lacks_to_write = to_write || (core.asked_ && c.lacks_to_write);
  if (connection == core.current_) core.asked_ = true;
  core.waiting_.add(c.index);
  if (could_write && !c.lacks_to_write) wake_waiting(core);  // the one that it was woken for is for the next
  return nullptr;
}

// Whether a buffer is left by those that have waited longer.
bool may_take(Core& core, const Connection& c, bool to_write) {
  if (core.pool_.left() < (to_write ? 1 : 2)) return false;  // the line may be long
  if (core.waiting_.empty() && c.state != State::kHandshaking) return true;
  Left left = offer_buffers(core, c.index);
  return count_off(c, to_write, &left);
}

// A buffer, or nullptr and a place in the line.
uint8_t* take_buffer(Core& core, Connection* connection, bool to_write) {
  const Connection& c = *connection;
  if (!may_take(core, c, to_write)) return lack_buffer(core, connection, to_write);
  uint8_t* const buffer = core.pool_.take();
  if (c.lacks_buffer) {
    if (!to_write || c.lacks_to_write) core.leave_line(connection);  // else it waits to be read, too ...
    wake_waiting(core);                                              // ... and what is left may be for the next
  }
  return buffer;
}

void give_back(Core& core, uint8_t* buffer) {
  core.pool_.give_back(buffer);
  wake_waiting(core);
}

}  // namespace

bool Core::take_rx_buffer(Connection* connection) {
  Connection& c = *connection;
  const bool handshake = c.state == State::kHandshaking;
  c.rx_buffer = take_buffer(*this, connection, false);
  if (c.rx_buffer == nullptr) {
    places_wanted_ = places_wanted_ || handshake;
    return false;
  }
  if (handshake) ++handshake_buffers_;
  c.handshake_buffer = handshake;
  // Behind the longest header of a reply, so that the payload of a frame from 126 bytes on lies at a word.
  c.window.reset(handshake ? 0 : static_cast<uint32_t>(header_room(c)));
  return true;
}

uint8_t* Core::take_tx_buffer(Connection* connection) { return take_buffer(*this, connection, true); }

void Core::release_rx_if_idle(Connection* connection) {
  const Connection& c = *connection;
  if (!c.window.empty() || c.message_out || c.waiting_ping != 0) return;
  // Kept fields of a head are needed, and so is the buffer in which a refusal takes the place of the request.
  if (c.is_opening() && (c.head().kept != 0 || c.head().status != 0)) return;
  release_rx(connection);
}

void Core::release_rx(Connection* connection) {
  Connection& c = *connection;
  uint8_t* const buffer = c.rx_buffer;
  c.rx_buffer = nullptr;
  if (buffer == nullptr) return;
  end_handshake_share(connection);
  if (c.tx_buffer != buffer) give_back(*this, buffer);  // else the output in it keeps it
}

void Core::release_tx_if_empty(Connection* connection) {
  Connection& c = *connection;
  if (c.tx_buffer == nullptr || !c.transmitter.empty()) return;
  uint8_t* const buffer = c.tx_buffer;
  c.tx_buffer = nullptr;
  if (buffer != c.rx_buffer) give_back(*this, buffer);
}

// The receive buffer, if there is one, does not count among those of handshakes any more.
void Core::end_handshake_share(Connection* connection) {
  if (connection->handshake_buffer) --handshake_buffers_;
  connection->handshake_buffer = false;
  wake_waiting(*this);
}

// The connection has a buffer, or needs none any more: the next may have been woken too late, or not yet.
void Core::leave_line(Connection* connection) {
  if (!connection->lacks_buffer) return;
  connection->lacks_buffer = false;
  waiting_.remove(connection->index);
  wake_waiting(*this);
}

}  // namespace whit::core
