// SPDX-License-Identifier: MIT
// The conditions that the whole loop fulfils between two turns, as an assertion: each slot and each buffer is in
// exactly one place, and every count agrees with what it counts. Linked only with WHIT_ASSERTS.
#include "whit/core/core.h"

namespace whit::core {

using session::Counted;

namespace {

// A loop of more slots than tests and boards have is not walked in every turn.
constexpr uint16_t kMostSlots = 16;

bool is_blank(const Connection& c) {
  return c.rx_buffer == nullptr && c.tx_buffer == nullptr && c.transport == nullptr && !c.known_to_application &&
         !c.lacks_buffer && !c.handshake_buffer && c.counted == Counted::kNot;
}

// Whether the buffer, which a connection has, is lent and no other connection before it has it too.
bool is_own_buffer(const Core& core, const Connection& connection, const uint8_t* buffer) {
  if (!core.pool_.is_lent(buffer)) return false;
  for (const Connection* c = core.connections_; c != &connection; ++c) {
    if (c->rx_buffer == buffer || c->tx_buffer == buffer) return false;
  }
  return true;
}

// Whether all those that wait and for which there are buffers have been woken. A reader needs two for the first, as one
// stays free.
bool are_woken(const Core& core) {
  int left = core.pool_.left();
  int handshakes = core.pool_.count() / 2 - core.handshake_buffers_;
  bool reads = false;
  for (uint16_t i = core.waiting_.first(); i != IndexQueue::kNone; i = core.waiting_.next(i)) {
    const Connection& c = core.connections_[i];
    const int needed = c.lacks_to_write || reads ? 1 : 2;
    const bool handshake = !c.lacks_to_write && c.state == State::kHandshaking;
    if (left < needed || (handshake && handshakes == 0)) continue;
    if (!core.ready_.holds(i)) return false;
    left -= needed;
    handshakes -= handshake ? 1 : 0;
    reads = reads || !c.lacks_to_write;
  }
  return true;
}

}  // namespace

bool Core::is_sound() const {
  if (slots_ > kMostSlots) return true;
  uint16_t lent = 0, handshake_buffers = 0;
  uint16_t counted[3] = {};
  for (const Connection* c = connections_; c != connections_ + slots_; ++c) {
    const bool is_free = c->state == State::kFree;
    if (free_.holds(c->index) != is_free || (is_free && !is_blank(*c))) return false;
    if (waiting_.holds(c->index) != c->lacks_buffer) return false;
    const bool two = c->tx_buffer != nullptr && c->tx_buffer != c->rx_buffer;
    if (c->rx_buffer != nullptr && !is_own_buffer(*this, *c, c->rx_buffer)) return false;
    if (two && !is_own_buffer(*this, *c, c->tx_buffer)) return false;
    // A buffer that nothing needs, but for one that was reserved since the output left (on_keepalive).
    if (c->tx_buffer != nullptr && c->transmitter.empty() && !output_.holds(c->index)) return false;
    lent = static_cast<uint16_t>(lent + (c->rx_buffer != nullptr ? 1 : 0) + (two ? 1 : 0));
    handshake_buffers = static_cast<uint16_t>(handshake_buffers + (c->handshake_buffer ? 1 : 0));
    ++counted[static_cast<int>(c->counted)];
  }
  return are_woken(*this) && lent == pool_.usage().in_use && handshake_buffers == handshake_buffers_ &&
         counted[static_cast<int>(Counted::kOpening)] == opening_.in_use &&
         counted[static_cast<int>(Counted::kOpen)] == open_.in_use;
}

}  // namespace whit::core
