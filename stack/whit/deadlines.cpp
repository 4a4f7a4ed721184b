// SPDX-License-Identifier: MIT
// Deadlines: two per connection, one for what the peer owes us (rx) and one for what it takes from us (tx), found by a
// sweep that a cached earliest one makes rare. Times are compared by signed differences, so the clock may wrap.
#include "whit/loop.h"
#include "whit/wire/close_code.h"

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
  const bool waits = c.waits_for_output || c.waiting_ping != 0 || readers_.holds(index_of(c));
  if (c.state != State::kOpen || c.message_out || c.held || c.paused || waits) {
    arm_rx(connection, Deadline::kNone, 0);
    return;
  }
  if (c.receiver.in_header() || c.receiver.in_control()) {
    if (begun || c.rx_deadline != Deadline::kFrame) arm_rx(connection, Deadline::kFrame, options.frame_timeout_ms);
    return;
  }
  if (c.rx_buffer != Pool::kNone && c.receiver.in_message()) {
    c.window_bytes += static_cast<uint32_t>(received);
    if (!begun && c.rx_deadline == Deadline::kData) return;
    c.window_bytes = 0;
    arm_rx(connection, Deadline::kData, options.data_window_ms);
    return;
  }
  const bool silent = received == 0 && !begun;
  if (silent && (c.rx_deadline == Deadline::kKeepaliveInterval || c.rx_deadline == Deadline::kKeepaliveAnswer)) return;
  arm_rx(connection, Deadline::kKeepaliveInterval, options.keepalive_interval_ms);
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
  const Cause cause{Cause::kPeer, Cause::kDeadline, static_cast<int32_t>(deadline)};
  switch (deadline) {
    case Deadline::kNone:
      return;
    case Deadline::kFrame:
      arm_rx(connection, Deadline::kNone, 0);
      fail(connection, close_code::kPolicyViolation, Cause::kDeadline, cause.code);
      return;
    case Deadline::kData:
      if (c.window_bytes < options.data_min_bytes) {
        arm_rx(connection, Deadline::kNone, 0);
        fail(connection, close_code::kPolicyViolation, Cause::kDeadline, cause.code);
        return;
      }
      c.window_bytes = 0;
      arm_rx(connection, Deadline::kData, options.data_window_ms);
      return;
    case Deadline::kKeepaliveInterval:
      // A silent peer is asked; only what it was asked it can answer. Output that waits is under a deadline of its own,
      // and a ping behind it would say nothing new.
      arm_rx(connection, deadline, options.keepalive_interval_ms);
      if (c.tx_buffer != Pool::kNone && c.transmitter.is_blocked()) return;
      if (send_control(connection, wire::Opcode::kPing, {})) {
        arm_rx(connection, Deadline::kKeepaliveAnswer, options.keepalive_answer_ms);
      }
      return;
    case Deadline::kHead:
      // While it is we who do not read, or have no room for our own head, the peer is not late.
      if (readers_.holds(index_of(c)) || writers_.holds(index_of(c))) {
        arm_rx(connection, deadline, options.head_timeout_ms);
      } else {
        end_and_abort(connection, cause);
      }
      return;
    case Deadline::kLinger:
    case Deadline::kResolve:
    case Deadline::kConnect:
    case Deadline::kSecure:
    case Deadline::kWrite:
    case Deadline::kKeepaliveAnswer:
    case Deadline::kClose:
      if (c.state == State::kDraining) {
        abort_transport(connection);
      } else {
        end_and_abort(connection, cause);
      }
      return;
  }
}

}  // namespace whit
