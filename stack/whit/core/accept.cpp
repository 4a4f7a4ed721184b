// SPDX-License-Identifier: MIT
// Taking peers in, and which one gives way when a peer waits and every place of those that are not open is taken: the
// one that has been silent longest, once that is longer than a short grace. A peer that gets further is left alone, and
// so is one that waits for us. Only servers call this; a program of clients does not link it.
#include "whit/core/core.h"

namespace whit::core {

using session::Counted;

namespace {

enum class Place : uint8_t { kSlot, kHandshakeSlot, kTransport, kBuffer };  // what a peer may wait for

bool gives_way(const Core& core, const Connection& c, Place place) {
  if (core.ready_.holds(c.index) || c.lacks_buffer) return false;  // it is we who are late
  const bool opening = (c.state == State::kConnecting || c.state == State::kHandshaking) && c.head().status != 101 &&
                       !c.head().queued && c.endpoint->may_give_way();
  const bool unopened = c.counted == Counted::kOpening;
  const bool over = c.state == State::kDraining && c.events_due == 0 &&
                    (unopened || c.deadlines[session::kToPeer] == Deadline::kLinger);
  switch (place) {
    case Place::kSlot:
      return opening || over;
    case Place::kHandshakeSlot:
      return opening || (over && unopened);
    case Place::kTransport:
      return opening && c.state == State::kConnecting;
    case Place::kBuffer:
      return opening && c.handshake_buffer;
  }
  return false;
}

// True: such a place is free now. False: no peer that has one has been silent long enough; when to look again is noted.
// Or the application is told first that one has ended (the body of a request): its slot is free in the next turn.
bool make_way(Core& core, Place place) {
  Connection* longest = nullptr;
  for (Connection* c = core.connections_; c != core.connections_ + core.slots_; ++c) {
    if (!gives_way(core, *c, place)) continue;
    if (longest == nullptr || static_cast<int32_t>(c->heard_ms() - longest->heard_ms()) < 0) longest = c;
  }
  const uint32_t due_ms = (longest != nullptr ? longest->heard_ms() : core.now_ms_) + config::kSilentGraceMs;
  if (longest == nullptr || !core.is_due(due_ms)) {
    if (!core.is_crowded() || static_cast<int32_t>(due_ms - core.crowd_due_ms_) < 0) core.crowd_due_ms_ = due_ms;
    core.crowded_ = true;
    core.note_due(core.crowd_due_ms_);
    return false;
  }
  ++core.opening_.refused;
  const auto silent_in = static_cast<int32_t>(longest->deadlines[session::kFromPeer]);
  if (longest->state != State::kDraining) core.end_and_abort(longest, {Cause::kPeer, Cause::kDeadline}, silent_in);
  core.abort_transport(longest);
  return longest->state == State::kFree;
}

// For those that have a slot already, and wait for what others hold: a share of the buffers, or the transport's turn.
void make_way_inside(Core& core) {
  if (!core.places_wanted_) return;
  bool transport = false;
  bool buffer = false;
  for (const Connection* c = core.connections_; c != core.connections_ + core.slots_; ++c) {
    transport = transport || (c->state == State::kConnecting && c->head().queued);
    buffer = buffer || (c->state == State::kHandshaking && c->lacks_buffer);
  }
  core.places_wanted_ = transport || buffer;
  if (transport) (void)make_way(core, Place::kTransport);
  if (buffer) (void)make_way(core, Place::kBuffer);
}

// A peer was refused because all connections are open. Those that have been silent for as long as they may take to
// answer are pinged now and not at the end of their interval: so a peer that has vanished gives up its place sooner,
// and one that is there is pinged no more often than it can answer.
void ping_silent(Core& core) {
  for (Connection* c = core.connections_; c != core.connections_ + core.slots_; ++c) {
    if (c->state != State::kOpen || c->deadlines[session::kFromPeer] != Deadline::kKeepaliveInterval) continue;
    const Timeouts& timeouts_ms = c->endpoint->options().timeouts_ms;
    const uint32_t since_ms = c->due_ms[session::kFromPeer] - timeouts_ms[Deadline::kKeepaliveInterval];
    if (!core.is_due(since_ms + timeouts_ms[Deadline::kKeepaliveAnswer])) continue;
    c->due_ms[session::kFromPeer] = core.now_ms_;
    core.note_due(core.now_ms_);
  }
}

bool may_accept(Core& core, uint8_t listener) {
  const bool full = core.opening_.in_use >= core.slots_ - core.max_open_;
  if (!full && !core.free_.empty()) return true;
  // The network is asked last, because that may cost a system call.
  if (core.is_crowded() || !core.network_->waiting(listener)) return false;
  return make_way(core, full ? Place::kHandshakeSlot : Place::kSlot);
}

bool is_listed(const Core& core, const TurnTask* server) {
  const TurnTask* known = core.tasks_;
  while (known != nullptr && known != server) known = known->next;
  return known != nullptr;
}

}  // namespace

Status Core::start_listening(Endpoint* endpoint, const ServerOptions& options) {
  uint8_t number = 0;
  for (unsigned in_use = listeners_; (in_use & 1) != 0; in_use >>= 1) ++number;
  if (number == Network::kMaxListeners) return Status::kNoSlot;
  const Status status = network_->listen(number, options.address, options.port, options.secure);
  if (status != Status::kOk) return status;
  endpoint->listener = static_cast<uint8_t>(number + 1);
  listeners_ = static_cast<uint8_t>(listeners_ | 1 << number);
  if (!is_listed(*this, endpoint)) add_task(endpoint);
  return Status::kOk;
}

// Peers that are not open yet have slots of their own, so that a full server can still answer 503.
void Core::accept(Endpoint* endpoint) {
  if (endpoint->listener == 0) return;
  const auto listener = static_cast<uint8_t>(endpoint->listener - 1);
  if (!is_crowded()) make_way_inside(*this);
  while (may_accept(*this, listener)) {
    const uint16_t index = free_.first();
    Transport* transport = network_->accept(listener, index);
    if (transport == nullptr) return;
    (void)free_.take();
    Connection* connection = begin_slot(index, endpoint);
    connection->transport = transport;
    count_as(connection, Counted::kOpening);
  }
}

bool Core::admit(Connection* connection) {
  if (!has_room()) {
    ++open_.refused;
    ping_silent(*this);
    refuse(connection, 503);
    return false;
  }
  if (!send_head(connection)) return false;
  // The rest of it, if an application has added fields, lies behind (hold_answer()).
  connection->transmitter.extend(connection->window.message_size());
  connection->window.message_begin = connection->window.message_end;
  count_as(connection, Counted::kOpen);
  turn_due_ = true;
  return true;
}

}  // namespace whit::core
