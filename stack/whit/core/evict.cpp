// SPDX-License-Identifier: MIT
// The policy of ServerOptions::on_full: linked when an application names it.
#include "whit/core/core.h"

namespace whit {

using core::Core;
using session::Connection;
using session::State;

namespace {

// Since when nothing has come from the peer, or a little less long. False: it is not idle, or that is not known (no
// keepalive).
bool is_idle(const Connection& c, uint32_t* since_ms) {
  const Deadline deadline = c.deadlines[session::kFromPeer];
  if (c.state != State::kOpen || c.endpoint->role() != wire::Role::kServer) return false;
  const Timeouts& timeouts_ms = c.endpoint->options().timeouts_ms;
  const uint32_t interval_ms = timeouts_ms[Deadline::kKeepaliveInterval];
  *since_ms = c.due_ms[session::kFromPeer] - interval_ms + Core::most_jitter_ms(interval_ms);
  if (deadline == Deadline::kKeepaliveAnswer) *since_ms -= timeouts_ms[Deadline::kKeepaliveAnswer];
  return deadline == Deadline::kKeepaliveInterval || deadline == Deadline::kKeepaliveAnswer;
}

// The connection is sound, but another one is to have its place.
void evict(Core* core, Connection* connection) {
  connection->code = close_code::kTryAgainLater;
  connection->close_due = true;
  core->end(connection, {Cause::kWhit, Cause::kClosing}, close_code::kTryAgainLater);
}

}  // namespace

bool evict_oldest_idle(Core* core, Connection* newcomer) {
  if (core->has_room()) return false;
  Connection* oldest = nullptr;
  uint32_t oldest_ms = 0;
  bool soon = false;  // a place becomes free when the application has had its kClose event
  for (Connection* c = core->connections_; c != core->connections_ + core->slots_ && !soon; ++c) {
    soon = c->state == State::kDraining && c->counted == session::Counted::kOpen;
    uint32_t since_ms = 0;
    if (!is_idle(*c, &since_ms)) continue;
    if (oldest != nullptr && static_cast<int32_t>(since_ms - oldest_ms) >= 0) continue;
    oldest = c;
    oldest_ms = since_ms;
  }
  if (!soon) {
    if (oldest == nullptr) return false;
    const uint32_t patience_ms = oldest->endpoint->options().timeouts_ms[Deadline::kKeepaliveAnswer];
    if (!core->is_due(oldest_ms + patience_ms)) return false;
    evict(core, oldest);
  }
  newcomer->head().status = 101;  // the request is valid, and is not read again
  core->make_ready(*newcomer);
  return true;
}

}  // namespace whit
