// SPDX-License-Identifier: MIT
// Deadlines: two per connection, one for what the peer owes us (rx) and one for what it takes from us (tx), found by a
// sweep that a cached earliest one makes rare. Times are compared by signed differences, so the clock may wrap.
#include "whit/loop.h"

namespace whit {

using session::Connection;
using session::State;

namespace {

// The field of the options that has the time of a deadline, in the order of Deadline.
constexpr uint32_t ConnectionOptions::*kTimeouts[] = {
    &ConnectionOptions::resolve_timeout_ms,  &ConnectionOptions::connect_timeout_ms,
    &ConnectionOptions::secure_timeout_ms,   &ConnectionOptions::head_timeout_ms,
    &ConnectionOptions::frame_timeout_ms,    &ConnectionOptions::data_window_ms,
    &ConnectionOptions::write_timeout_ms,    &ConnectionOptions::keepalive_interval_ms,
    &ConnectionOptions::keepalive_answer_ms, &ConnectionOptions::close_timeout_ms,
    &ConnectionOptions::linger_timeout_ms,
};

uint32_t timeout_ms(const ConnectionOptions& options, Deadline deadline) {
  return deadline != Deadline::kNone ? options.*kTimeouts[static_cast<int>(deadline) - 1] : 0;
}

}  // namespace

void LoopCore::arm_rx(Connection* connection, Deadline deadline) {
  connection->rx_deadline = note_due(*connection, deadline, &connection->rx_due_ms) ? deadline : Deadline::kNone;
}

void LoopCore::arm_tx(Connection* connection, Deadline deadline) {
  connection->tx_deadline = note_due(*connection, deadline, &connection->tx_due_ms) ? deadline : Deadline::kNone;
}

// False: there is no such limit.
bool LoopCore::note_due(const Connection& connection, Deadline deadline, uint32_t* due_ms) {
  const uint32_t left_ms = timeout_ms(connection.endpoint->options(), deadline);
  *due_ms = now_ms_ + left_ms;
  if (left_ms != 0) note_due(*due_ms);
  return left_ms != 0;
}

void LoopCore::note_due(uint32_t due_ms) {
  if (due_ && static_cast<int32_t>(due_ms - next_due_ms_) >= 0) return;
  due_ = true;
  next_due_ms_ = due_ms;
}

// Which deadline the peer is under, after `received` bytes of this turn were parsed. While it is we who do not read,
// none.
void LoopCore::arm_receiving(Connection* connection, size_t received) {
  Connection& c = *connection;
  bool anew = c.receiver.take_frame_begun();
  const bool waits = (c.transmitter.is_blocked() && c.tx_buffer == c.rx_buffer) || waiting_.holds(c.index);
  Deadline deadline = Deadline::kKeepaliveInterval;
  if (c.state != State::kOpen || c.message_out || c.held || c.paused || c.waiting_ping != 0 || waits) {
    deadline = Deadline::kNone;
  } else if (c.receiver.in_control_or_header()) {
    deadline = Deadline::kFrame;
  } else if (c.rx_buffer != nullptr && c.receiver.in_message()) {
    deadline = Deadline::kData;
    c.window_bytes += static_cast<uint32_t>(received);
  } else if (received != 0) {
    anew = true;
  } else if (c.rx_deadline == Deadline::kKeepaliveAnswer) {
    return;
  }
  if (deadline == c.rx_deadline && !anew) return;
  c.window_bytes = 0;
  arm_rx(connection, deadline);
}

void LoopCore::run_deadlines() {
  if (!due_ || !is_due(next_due_ms_)) return;
  due_ = false;
  for (uint16_t i = 0; i < slots_; ++i) {
    Connection* connection = &connections_[i];
    if (connection->state == State::kFree) continue;
    if (connection->rx_deadline != Deadline::kNone && is_due(connection->rx_due_ms)) {
      expire(connection, connection->rx_deadline);
    }
    if (connection->tx_deadline != Deadline::kNone && is_due(connection->tx_due_ms)) {
      expire(connection, connection->tx_deadline);
    }
    if (connection->rx_deadline != Deadline::kNone) note_due(connection->rx_due_ms);
    if (connection->tx_deadline != Deadline::kNone) note_due(connection->tx_due_ms);
  }
}

void LoopCore::expire(Connection* connection, Deadline deadline) {
  Connection& c = *connection;
  const ConnectionOptions& options = c.endpoint->options();
  const auto number = static_cast<int32_t>(deadline);
  switch (deadline) {
    case Deadline::kData:
      if (c.window_bytes >= options.data_min_bytes) {
        c.window_bytes = 0;
        return arm_rx(connection, deadline);
      }
      return fail(connection, Cause::kDeadline, number);
    case Deadline::kFrame:
      return fail(connection, Cause::kDeadline, number);
    case Deadline::kKeepaliveInterval:
      // A silent peer is asked; only what it was asked it can answer. Output that waits is under a deadline of its own,
      // and a ping behind it would say nothing new.
      arm_rx(connection, deadline);
      if (c.transmitter.is_blocked() || !make_room(connection, frame_size(c, 0))) return;
      if (!append(connection, wire::Opcode::kPing, true, {})) return;
      return arm_rx(connection, Deadline::kKeepaliveAnswer);
    case Deadline::kHead:
      // While it is we who do not read, or have no room for our own head, the peer is not late.
      if (waiting_.holds(c.index)) return arm_rx(connection, deadline);
      [[fallthrough]];
    default:
      end_and_abort(connection, {Cause::kPeer, Cause::kDeadline}, number);
  }
}

}  // namespace whit
