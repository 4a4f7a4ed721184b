// SPDX-License-Identifier: MIT
// Deadlines: two per connection, one for what the peer owes us (rx) and one for what it takes from us (tx), found by a
// sweep that a cached earliest one makes rare. Times are compared by signed differences, so the clock may wrap.
#include "whit/loop.h"

namespace whit {

using session::Connection;
using session::Pool;
using session::State;

void LoopCore::arm_rx(Connection* connection, Deadline deadline, uint32_t timeout_ms) {
  connection->rx_deadline = timeout_ms != 0 ? deadline : Deadline::kNone;
  connection->rx_due_ms = now_ms_ + timeout_ms;
  if (connection->rx_deadline != Deadline::kNone) note_due(connection->rx_due_ms);
}

void LoopCore::arm_tx(Connection* connection, Deadline deadline, uint32_t timeout_ms) {
  connection->tx_deadline = timeout_ms != 0 ? deadline : Deadline::kNone;
  connection->tx_due_ms = now_ms_ + timeout_ms;
  if (connection->tx_deadline != Deadline::kNone) note_due(connection->tx_due_ms);
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
  const ConnectionOptions& options = c.endpoint->options();
  const bool begun = c.receiver.take_frame_begun();
  const bool waits =
      (c.transmitter.is_blocked() && c.tx_buffer == c.rx_buffer) || c.waiting_ping != 0 || waiting_.holds(c.index);
  Deadline deadline = Deadline::kKeepaliveInterval;
  uint32_t timeout_ms = options.keepalive_interval_ms;
  bool anew = begun || received != 0;
  if (c.state != State::kOpen || c.message_out || c.held || c.paused || waits) {
    deadline = Deadline::kNone;
  } else if (c.receiver.in_control_or_header()) {
    deadline = Deadline::kFrame;
    timeout_ms = options.frame_timeout_ms;
    anew = begun;
  } else if (c.rx_buffer != Pool::kNone && c.receiver.in_message()) {
    deadline = Deadline::kData;
    timeout_ms = options.data_window_ms;
    anew = begun;
    c.window_bytes += static_cast<uint32_t>(received);
  } else if (c.rx_deadline == Deadline::kKeepaliveAnswer) {
    deadline = Deadline::kKeepaliveAnswer;
  }
  if (deadline == c.rx_deadline && !anew) return;
  c.window_bytes = 0;
  if (deadline == Deadline::kKeepaliveAnswer) deadline = Deadline::kKeepaliveInterval;  // it has answered
  arm_rx(connection, deadline, timeout_ms);
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
        return arm_rx(connection, deadline, options.data_window_ms);
      }
      return fail(connection, Cause::kDeadline, number);
    case Deadline::kFrame:
      return fail(connection, Cause::kDeadline, number);
    case Deadline::kKeepaliveInterval:
      // A silent peer is asked; only what it was asked it can answer. Output that waits is under a deadline of its own,
      // and a ping behind it would say nothing new.
      arm_rx(connection, deadline, options.keepalive_interval_ms);
      if (c.transmitter.is_blocked() || !send_control(connection, wire::Opcode::kPing, {})) return;
      return arm_rx(connection, Deadline::kKeepaliveAnswer, options.keepalive_answer_ms);
    case Deadline::kHead:
      // While it is we who do not read, or have no room for our own head, the peer is not late.
      if (waiting_.holds(c.index)) return arm_rx(connection, deadline, options.head_timeout_ms);
      [[fallthrough]];
    default:
      if (c.state == State::kDraining) {
        abort_transport(connection);
      } else {
        end_and_abort(connection, {Cause::kPeer, Cause::kDeadline, number});
      }
  }
}

}  // namespace whit
