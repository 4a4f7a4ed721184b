// SPDX-License-Identifier: MIT
// Who gives way when a peer waits and every place of those that are not open is taken: the one that has been silent
// longest, once that is longer than a short grace. A peer that gets further is left alone, and so is one that waits for
// us. Only servers call this; a program of clients does not link it.
#include "whit/loop.h"

namespace whit {

using session::Connection;
using session::Counted;
using session::State;

bool LoopCore::gives_way(const Connection& c, Place place) const {
  if (ready_.holds(c.index) || c.lacks_buffer) return false;  // it is we who are late
  const bool opening = (c.state == State::kConnecting || c.state == State::kHandshaking) && c.head.status == 0 &&
                       !c.head.queued && c.endpoint->role_ == wire::Role::kServer;
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

// True: such a place is free now. False: nobody who has one has been silent long enough; when to look again is noted.
bool LoopCore::make_way(Place place) {
  Connection* longest = nullptr;
  for (Connection* c = connections_; c != connections_ + slots_; ++c) {
    if (!gives_way(*c, place)) continue;
    if (longest == nullptr || static_cast<int32_t>(c->heard_ms - longest->heard_ms) < 0) longest = c;
  }
  const uint32_t due_ms = (longest != nullptr ? longest->heard_ms : now_ms_) + config::kSilentGraceMs;
  if (longest == nullptr || !is_due(due_ms)) {
    if (!is_crowded() || static_cast<int32_t>(due_ms - crowd_due_ms_) < 0) crowd_due_ms_ = due_ms;
    crowded_ = true;
    note_due(crowd_due_ms_);
    return false;
  }
  ++opening_.refused;
  const auto silent_in = static_cast<int32_t>(longest->deadlines[session::kFromPeer]);
  if (longest->state != State::kDraining) end_and_abort(longest, {Cause::kPeer, Cause::kDeadline}, silent_in);
  abort_transport(longest);
  return true;
}

// For those who have a slot already, and wait for what others hold: a share of the buffers, or the transport's turn.
void LoopCore::make_way_inside() {
  if (!places_wanted_) return;
  bool transport = false;
  bool buffer = false;
  for (const Connection* c = connections_; c != connections_ + slots_; ++c) {
    transport = transport || (c->state == State::kConnecting && c->head.queued);
    buffer = buffer || (c->state == State::kHandshaking && c->lacks_buffer);
  }
  places_wanted_ = transport || buffer;
  if (transport) (void)make_way(Place::kTransport);
  if (buffer) (void)make_way(Place::kBuffer);
}

// A peer was refused because all connections are open. Those that have been silent for as long as they may take to
// answer are asked now and not at the end of their interval: so a peer that has vanished gives up its place sooner, and
// one that is there is asked no more often than it can answer.
void LoopCore::ask_silent() {
  for (Connection* c = connections_; c != connections_ + slots_; ++c) {
    if (c->state != State::kOpen || c->deadlines[session::kFromPeer] != Deadline::kKeepaliveInterval) continue;
    const Timeouts& timeouts_ms = c->endpoint->options().timeouts_ms;
    const uint32_t since_ms = c->due_ms[session::kFromPeer] - timeouts_ms[Deadline::kKeepaliveInterval];
    if (!is_due(since_ms + timeouts_ms[Deadline::kKeepaliveAnswer])) continue;
    c->due_ms[session::kFromPeer] = now_ms_;
    note_due(now_ms_);
  }
}

bool LoopCore::may_accept(uint8_t listener) {
  const bool full = opening_.in_use >= slots_ - max_open_;
  if (!full && !free_.empty()) return true;
  // The network is asked last, because that may cost a system call.
  if (is_crowded() || !network_->waiting(listener)) return false;
  return make_way(full ? Place::kHandshakeSlot : Place::kSlot);
}

}  // namespace whit
