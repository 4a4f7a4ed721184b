// SPDX-License-Identifier: MIT
// Which connection has which buffer of the pool, and which ones wait for one.
#include "whit/core/core.h"

namespace whit::core {

namespace {

// Queues the connection for the next buffer that is given back. Always nullptr.
uint8_t* lack_buffer(Core& core, Connection* connection) {
  Connection& c = *connection;
  WHIT_ASSERT(c.state != State::kFree);
  // A peer that holds a buffer without using it is under a deadline from now on: run_deadlines().
  if (core.lacking_ == 0) core.note_due(core.now_ms_);
  if (!c.lacks_buffer) ++core.lacking_;
  c.lacks_buffer = true;
  core.waiting_.add(c.index);
  return nullptr;
}

uint8_t* take_buffer(Core& core, Connection* connection, bool to_write) {
  uint8_t* const buffer = to_write ? core.pool_.take_to_write() : core.pool_.take_to_read();
  if (buffer == nullptr) return lack_buffer(core, connection);
  core.end_lack(connection);
  return buffer;
}

void give_back(Core& core, uint8_t* buffer) {
  core.pool_.give_back(buffer);
  core.wake_waiting();
}

}  // namespace

bool Core::take_rx_buffer(Connection* connection) {
  Connection& c = *connection;
  const bool handshake = c.state == State::kHandshaking;
  const bool has_share = !handshake || handshake_buffers_ < pool_.count() / 2;  // at least 1: there are at least 2
  c.rx_buffer = has_share ? take_buffer(*this, connection, false) : lack_buffer(*this, connection);
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
}

// The connection has a buffer, or needs none any more.
void Core::end_lack(Connection* connection) {
  if (connection->lacks_buffer) --lacking_;
  connection->lacks_buffer = false;
}

// A buffer is free again. All that wait for one ask again, in their order; the late ones are queued again.
void Core::wake_waiting() {
  while (!waiting_.empty()) ready_.add(waiting_.take());
}

}  // namespace whit::core
