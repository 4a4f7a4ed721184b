// SPDX-License-Identifier: MIT
// Deadlines: two per connection, one for what the peer owes us and one for what it takes from us, found by a sweep that
// a cached earliest one makes rare. Times are compared by signed differences, so the clock may wrap.
#include "whit/core/core.h"

namespace whit::core {

namespace {

// How many bytes the peer's TCP has acknowledged since the count began; the next one begins. Output may wait in the
// platform for longer than a deadline lasts, and an answer to it cannot come before it has left.
uint32_t acknowledged(Core& core, Connection* connection) {
  const uint32_t before = connection->unacknowledged;
  core.count_acknowledged(connection);
  return before - connection->unacknowledged;
}

// Whether what the peer has sent lies in its buffer until there is room for the answer.
bool answer_waits(const Connection& c) { return c.state == State::kOpen && (c.owed_room != 0 || c.waiting_ping != 0); }

// The least that a peer must send or take in the time of a deadline. While others lack buffers it is half of one, so
// that the longest that a peer may keep a buffer does not grow with its size.
uint32_t least_progress(const Core& core, const Connection& c, uint32_t bytes, bool wanted) {
  const uint32_t half = core.pool_.size() / 2;
  return wanted && core.others_lack(c) && half > bytes ? half : bytes;
}

// Whether the peer, by part of a message or of a control frame, occupies a buffer that another connection needs.
bool holds_needed_buffer(const Core& core, const Connection& c) {
  const bool needed = core.others_lack(c) || c.deadlines[session::kFromPeer] == Deadline::kData;
  return needed && c.rx_buffer != nullptr && c.endpoint->options().timeouts_ms[Deadline::kData] != 0;
}

// Whether the time for its answer is over, because the ping was the next to leave when that time began. Output before
// it that the peer takes counts as life, and a blocked write has a deadline of its own.
bool ping_has_left(Core& core, Connection* connection) {
  Connection& c = *connection;
  if (c.transmitter.is_blocked()) return false;
  const uint32_t taken = acknowledged(core, connection);
  const bool left = c.bytes() == 0 || taken == 0;
  c.bytes() -= taken < c.bytes() ? taken : c.bytes();
  return left;
}

// Pings a silent peer, unless output is blocked: kWrite covers that, and a ping behind it would say nothing new.
void ping(Core& core, Connection* connection) {
  Connection& c = *connection;
  core.arm(connection, Deadline::kKeepaliveInterval);
  if (c.transmitter.is_blocked()) return;
  const uint32_t before = c.transmitter.size();  // bytes gathered before the ping
  const Keepalive keepalive = c.endpoint->options().on_keepalive;
  if (keepalive != nullptr) {
    keepalive(core.handle(c));
    if (c.state != State::kOpen || c.lacks_buffer || c.paused) return;  // it was not asked, or is not read
  } else if (!core.make_room(connection, frame_size(c, 0)) || !core.append(connection, wire::Opcode::kPing, {})) {
    return;
  }
  core.arm(connection, Deadline::kKeepaliveAnswer);
  core.count_acknowledged(connection);
  c.bytes() = c.unacknowledged + before;
}

void expire(Core& core, Connection* connection, Deadline deadline) {
  Connection& c = *connection;
  const ConnectionOptions& options = c.endpoint->options();
  const auto number = static_cast<int32_t>(deadline);
  switch (deadline) {
    case Deadline::kData:
      // No other needs the buffer any more: keepalive tells whether the peer is there.
      if (!core.others_lack(c)) return core.arm(connection, Deadline::kKeepaliveInterval);
      // It is not the peer that is late: the answer waits for a buffer, or is about to leave.
      if (answer_waits(c) && (c.lacks_buffer || c.transmitter.empty())) return core.arm(connection, deadline);
      if (c.bytes() < least_progress(core, c, options.data_min_bytes, true))
        return core.fail(connection, Cause::kDeadline, number);
      c.bytes() = 0;
      return core.arm(connection, deadline);
    case Deadline::kFrame:
      return core.fail(connection, Cause::kDeadline, number);
    case Deadline::kKeepaliveInterval:
      return ping(core, connection);
    case Deadline::kKeepaliveAnswer:
      if (ping_has_left(core, connection)) break;
      return core.arm(connection, deadline);
    case Deadline::kHead:
      // While it is we who do not read, or have no room for our own head, the peer is not late.
      if (c.lacks_buffer) return core.arm(connection, deadline);
      break;
    case Deadline::kWrite:
    case Deadline::kClose:
    case Deadline::kLinger:
      if (acknowledged(core, connection) < least_progress(core, c, options.write_min_bytes, c.wanted)) break;
      return core.arm(connection, deadline);
    default:
      break;
  }
  core.end_and_abort(connection, {Cause::kPeer, Cause::kDeadline}, number);
}

}  // namespace

// In place of the connection's deadline of the same direction. One whose time is 0 is none.
void Core::arm(Connection* connection, Deadline deadline) {
  const session::Direction direction = deadline >= Deadline::kWrite ? session::kToPeer : session::kFromPeer;
  const uint32_t left_ms = connection->endpoint->options().timeouts_ms[deadline];
  uint32_t due_ms = now_ms_ + left_ms;
  // Devices that were started at once, or lost the same server, ping at times of their own, and never for long at the
  // limit of a proxy.
  if (deadline == Deadline::kKeepaliveInterval) due_ms -= (left_ms >> 11) * (now_ms_ & 0xFF);
  connection->due_ms[direction] = due_ms;
  connection->deadlines[direction] = left_ms != 0 ? deadline : Deadline::kNone;
  if (direction == session::kToPeer) connection->wanted = others_lack(*connection);
  if (left_ms != 0) note_due(due_ms);
}

void Core::note_due(uint32_t due_ms) {
  if (due_ && static_cast<int32_t>(due_ms - next_due_ms_) >= 0) return;
  due_ = true;
  next_due_ms_ = due_ms;
}

// Begins to count what the peer's TCP acknowledges, for acknowledged().
void Core::count_acknowledged(Connection* connection) {
  Connection& c = *connection;
  c.close_counted = true;
  if (c.transport != nullptr) c.unacknowledged = c.transport->unacknowledged();
}

// The deadline that the peer is under, after `received` bytes of this turn were parsed.
void Core::arm_receiving(Connection* connection, size_t received) {
  Connection& c = *connection;
  bool anew = c.receiver().take_frame_begun();
  Deadline deadline = Deadline::kKeepaliveInterval;
  const bool owes = owes_bytes(c);
  if (holds_needed_buffer(*this, c) && (owes || answer_waits(c))) {
    deadline = Deadline::kData;
    anew = false;  // only payload of messages is progress
  } else if (!owes) {
    deadline = Deadline::kNone;
  } else if (c.receiver().in_control_or_header()) {
    deadline = Deadline::kFrame;
  } else if (received != 0) {
    anew = true;
  } else if (c.deadlines[session::kFromPeer] == Deadline::kKeepaliveAnswer) {
    return;
  }
  if (deadline == c.deadlines[session::kFromPeer] && !anew) return;
  c.bytes() = 0;
  c.deadlines[session::kFromPeer] = Deadline::kNone;
  if (deadline != Deadline::kNone) arm(connection, deadline);
}

void Core::run_deadlines() {
  if (!due_ || !is_due(next_due_ms_)) return;
  due_ = false;
  for (Connection* connection = connections_; connection != connections_ + slots_; ++connection) {
    if (connection->state == State::kFree) continue;
    // A silent peer has no turn of its own in which this deadline could be armed.
    if (connection->is_receiving() && holds_needed_buffer(*this, *connection)) arm_receiving(connection, 0);
    for (int direction = 0; direction < session::kDirections; ++direction) {
      const Deadline& deadline = connection->deadlines[direction];
      const uint32_t& due_ms = connection->due_ms[direction];
      if (deadline != Deadline::kNone && is_due(due_ms)) expire(*this, connection, deadline);
      if (deadline != Deadline::kNone) note_due(due_ms);
    }
  }
  if (is_crowded()) note_due(crowd_due_ms_);
}

}  // namespace whit::core
