// SPDX-License-Identifier: MIT
// The ends: the closing handshake, failures, and the orderly end of the stream beneath. RFC 6455, section 7.
//
// For the application a connection is over with its kClose event. Its slot is free only when what was gathered has left
// and the peer has ended too (or the linger time is over): closing TCP with unread input would make it send a reset,
// which destroys our last frame or HTTP answer at the peer (RFC 9112, 9.6).
#include "whit/core/core.h"
#include "whit/wire/close_code.h"

namespace whit::core {

namespace {

// The time for what follows our last word begins. What the peer takes in it is counted from the end of this turn.
void arm_close(Core& core, Connection* connection) {
  connection->close_counted = false;
  core.arm(connection, Deadline::kClose);
}

void free_if_over(Core& core, Connection* connection) {
  Connection& c = *connection;
  if (c.transport != nullptr || c.events_due != 0) return;
  core.release_rx(connection);
  WHIT_ASSERT(c.tx_buffer == nullptr && !c.handshake_buffer);
  core.leave_line(connection);
  core.count_as(connection, session::Counted::kNot);
  c.state = State::kFree;
  c.known_to_application = false;
  core.turn_due_ = true;
  core.free_.add(c.index);
}

// Input after the end is read and thrown away, gathered output leaves, then both sides end.
void drain(Core& core, Connection* connection) {
  Connection& c = *connection;
  constexpr int kMaxReads = 16;  // per turn
  uint8_t scratch[32];
  Status status = Status::kOk;
  for (int i = 0; i < kMaxReads && status == Status::kOk && !c.peer_ended; ++i) {
    status = c.transport->read({scratch, sizeof scratch}).status;
    if (status == Status::kFailed) return core.abort_transport(connection);
    c.peer_ended = status == Status::kClosed;
  }
  core.more_input_ = status == Status::kOk && !c.peer_ended;
  if (c.close_due || !c.transmitter.empty()) return;  // flush() comes first
  if (c.deadlines[session::kToPeer] != Deadline::kLinger) {
    core.arm(connection, Deadline::kLinger);
    core.count_acknowledged(connection);
    c.heard_ms() = core.now_ms_;
  }
  const bool peer_goes_first = c.closed_cleanly && !c.endpoint->ends_tcp_first();
  if (peer_goes_first && !c.peer_ended) return;
  if (!c.finished) {
    status = c.transport->finish();
    if (status == Status::kWouldBlock) return;
    c.finished = true;
    if (status != Status::kOk) c.peer_ended = true;  // broken: there is nothing to wait for
  }
  if (c.peer_ended) core.abort_transport(connection);
}

}  // namespace

// RFC 6455, 7.1.7: says why, and processes nothing more.
void Core::fail(Connection* connection, Cause::Where where, int32_t code) {
  Connection& c = *connection;
  c.window.reset(c.window.raw_end);
  if (c.state == State::kOpen) {
    c.code = where == Cause::kDeadline ? close_code::kPolicyViolation : static_cast<uint16_t>(code);
    c.close_due = true;
  }
  end(connection, {Cause::kPeer, where}, code);
}

// Over for the application; the transport goes on until it is drained. A Close frame that is due leaves before that, in
// the next turn, because this is called from everywhere, sending included.
void Core::end(Connection* connection, CauseKind cause, int32_t code) {
  Connection& c = *connection;
  if (c.state == State::kDraining) return;
  if (c.known_to_application) c.events_due = c.closed_cleanly || cause.who() == Cause::kApplication ? 1 : 2;
  c.state = State::kDraining;
  c.cause().who = cause.who();
  c.cause().where = cause.where();
  c.cause().code = code;
  c.message_out = c.message_held = c.paused = false;
  c.waiting_ping = 0;
  c.owed_room = 0;
  if (reserved_ == connection) reserved_ = nullptr;
  c.deadlines[session::kFromPeer] = Deadline::kNone;
  ready_.add(c.index);
  if (c.deadlines[session::kToPeer] != Deadline::kClose) arm_close(*this, connection);
}

// Nothing more is sent or waited for. The application calls this too, so the transport is left to drain(): only poll()
// touches it.
void Core::end_and_abort(Connection* connection, CauseKind cause, int32_t code) {
  Connection& c = *connection;
  c.close_due = false;
  end(connection, cause, code);
  c.transmitter.reset();
  release_tx_if_empty(connection);
  c.finished = c.peer_ended = true;
  ready_.add(c.index);
}

// The transport said kClosed or kFailed.
void Core::transport_lost(Connection* connection, Status status) {
  Connection& c = *connection;
  if (status != Status::kClosed) {
    return end_and_abort(connection, {Cause::kNetwork, Cause::kTransport}, c.transport->error());
  }
  // A FIN without a Close frame. What we have gathered still leaves.
  c.peer_ended = true;
  end(connection, {Cause::kPeer, c.state == State::kHandshaking ? Cause::kHandshake : Cause::kTransport}, 0);
}

void Core::abort_transport(Connection* connection) {
  Connection& c = *connection;
  c.transport->abort();
  c.transport = nullptr;
  c.transmitter.reset();
  release_tx_if_empty(connection);
  c.deadlines[session::kToPeer] = Deadline::kNone;
  free_if_over(*this, connection);
}

// The last events of a connection: kError if it ended badly, then kClose; then nothing of it is left to the
// application, and its transport is drained.
bool Core::drain_or_report(Connection* connection, Event* event) {
  Connection& c = *connection;
  // The receive buffer holds the body of the Close frame, for the event and for the answer.
  const bool needed = c.closed_cleanly && (c.events_due != 0 || c.close_due);
  if (!needed) release_rx(connection);
  if (c.events_due == 0) {
    if (c.transport != nullptr) {
      drain(*this, connection);
    } else {
      free_if_over(*this, connection);
    }
    return false;
  }
  event->close = {c.closed_cleanly ? c.code : close_code::kAbnormalClosure, c.closed_cleanly, c.cause(), Text{},
                  network_->memory_peak(c.index)};
  if (c.closed_cleanly && c.window.message_size() > 2) event->close.reason = as_text(message_part(c).from(2));
  c.known_to_application = --c.events_due != 0;
  // Over for the application: the next connection may open, though the transport may linger in this slot.
  if (!c.known_to_application && c.counted == session::Counted::kOpen) count_as(connection, session::Counted::kNot);
  return emit(c, c.known_to_application ? Event::kError : Event::kClose, event);
}

Status Core::start_close(Connection* connection, uint16_t code, Text reason) {
  Connection& c = *connection;
  kernels::Utf8 text;
  const bool valid_text = text.feed(as_bytes(reason).data, reason.size) && text.complete();
  if (!wire::close_code_valid_on_wire(code) || reason.size > wire::kMaxControlPayload - 2 || !valid_text) {
    return Status::kInvalidArgument;
  }
  if (c.state == State::kClosing || c.state == State::kDraining) return Status::kNotOpen;
  if (c.state != State::kOpen) {  // still connecting: as in a browser, the attempt fails
    end_and_abort(connection, {Cause::kApplication, Cause::kHandshake}, 0);
    return Status::kOk;
  }
  c.code = code;
  const bool sent = send_close(connection, code, reason);  // the reason may lie in the message that is handed out
  if (c.state != State::kOpen) return Status::kOk;         // no random bytes for its key, and it was aborted
  c.close_due = !sent;
  if (c.message_out) c.receiver().take(&c.window, c.window.message_size());
  c.message_out = c.message_held = c.paused = false;
  c.owed_room = 0;
  c.state = State::kClosing;
  c.deadlines[session::kFromPeer] = Deadline::kNone;
  arm_close(*this, connection);
  ready_.add(c.index);
  return Status::kOk;
}

void Core::stop(uint16_t code) {
  for (TurnTask* task = tasks_; task != nullptr; task = task->next) stop_listening(task);
  stop_connections(nullptr, code);
}

void Core::stop_listening(TurnTask* server) {
  if (server->listener == 0) return;
  const unsigned number = server->listener - 1u;
  network_->unlisten(static_cast<uint8_t>(number));
  listeners_ = static_cast<uint8_t>(listeners_ & ~(1u << number));
  server->listener = 0;
}

// Of one endpoint, or of all (nullptr).
void Core::stop_connections(const Endpoint* endpoint, uint16_t code) {
  for (Connection* connection = connections_; connection != connections_ + slots_; ++connection) {
    if (connection->state == State::kFree || (endpoint != nullptr && connection->endpoint != endpoint)) continue;
    (void)start_close(connection, code, {});  // kNotOpen: closing already
  }
}

}  // namespace whit::core
