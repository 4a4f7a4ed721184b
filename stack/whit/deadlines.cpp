// SPDX-License-Identifier: MIT
// Deadlines: two per connection, one for what the peer owes us and one for what it takes from us, found by a sweep that
// a cached earliest one makes rare. Times are compared by signed differences, so the clock may wrap.
#include "whit/loop.h"

namespace whit {

using session::Connection;
using session::State;

void LoopCore::arm(Connection* connection, Deadline deadline) {
  const session::Direction direction = deadline >= Deadline::kWrite ? session::kToPeer : session::kFromPeer;
  const uint32_t left_ms = connection->endpoint->options().timeouts_ms[deadline];
  connection->deadlines[direction] = left_ms != 0 ? deadline : Deadline::kNone;  // 0: there is no such limit
  connection->due_ms[direction] = now_ms_ + left_ms;
  if (left_ms != 0) note_due(now_ms_ + left_ms);
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
  } else if (c.deadlines[session::kFromPeer] == Deadline::kKeepaliveAnswer) {
    return;
  }
  if (deadline == c.deadlines[session::kFromPeer] && !anew) return;
  c.window_bytes = 0;
  c.deadlines[session::kFromPeer] = Deadline::kNone;
  if (deadline != Deadline::kNone) arm(connection, deadline);
}

void LoopCore::run_deadlines() {
  if (!due_ || !is_due(next_due_ms_)) return;
  due_ = false;
  for (Connection* connection = connections_; connection != connections_ + slots_; ++connection) {
    if (connection->state == State::kFree) continue;
    for (int direction = 0; direction < session::kDirections; ++direction) {
      const Deadline& deadline = connection->deadlines[direction];
      const uint32_t& due_ms = connection->due_ms[direction];
      if (deadline != Deadline::kNone && is_due(due_ms)) expire(connection, deadline);
      if (deadline != Deadline::kNone) note_due(due_ms);
    }
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
        return arm(connection, deadline);
      }
      return fail(connection, Cause::kDeadline, number);
    case Deadline::kFrame:
      return fail(connection, Cause::kDeadline, number);
    case Deadline::kKeepaliveInterval:
      // A silent peer is asked; only what it was asked it can answer. Output that waits is under a deadline of its own,
      // and a ping behind it would say nothing new.
      arm(connection, deadline);
      if (c.transmitter.is_blocked() || !make_room(connection, frame_size(c, 0))) return;
      if (!append(connection, wire::Opcode::kPing, {})) return;
      return arm(connection, Deadline::kKeepaliveAnswer);
    case Deadline::kHead:
      // While it is we who do not read, or have no room for our own head, the peer is not late.
      if (waiting_.holds(c.index)) return arm(connection, deadline);
      [[fallthrough]];
    default:
      end_and_abort(connection, {Cause::kPeer, Cause::kDeadline}, number);
  }
}

}  // namespace whit
