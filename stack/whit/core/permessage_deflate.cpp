// SPDX-License-Identifier: MIT
// The negotiation of permessage-deflate (RFC 7692, 5 and 7.1), and which connection has which inflater.
#include "whit/permessage_deflate.h"

#include "whit/core/core.h"
#include "whit/http/deflate_parameters.h"
#include "whit/http/grammar.h"

namespace whit {

using core::Core;
using core::DeflateLayer;
using core::Inflating;
using http::DeflateParameters;
using http::Extension;
using session::Connection;

namespace {

constexpr uint8_t kMostBits = 15;

// The window that a parameter allows: without it, the largest.
uint8_t bits_of(uint8_t parameter) { return parameter > DeflateParameters::kNoValue ? parameter : kMostBits; }
uint8_t smaller(uint8_t left, uint8_t right) { return left < right ? left : right; }

}  // namespace

DeflateLayer* PermessageDeflate::layer_of(const Connection& connection) const {
  // As numbers, because pointers into different objects have no order.
  const uintptr_t offset =
      reinterpret_cast<uintptr_t>(connection.transport) - reinterpret_cast<uintptr_t>(parts_.slots);
  const uintptr_t number = offset / sizeof(core::DeflateSlot);
  return number < made_ ? &at(static_cast<uint32_t>(number)) : nullptr;
}

uint16_t PermessageDeflate::number(const DeflateLayer* layer) const {
  const uintptr_t offset = reinterpret_cast<uintptr_t>(layer) - reinterpret_cast<uintptr_t>(parts_.slots);
  return static_cast<uint16_t>(offset / sizeof(core::DeflateSlot));
}

// The layer of the connection, which it gets if one is free, with nothing agreed; or nullptr.
DeflateLayer* PermessageDeflate::claim(Core* core, Connection* connection, Transport* transport) {
  DeflateLayer* place = layer_of(*connection);
  for (uint16_t i = 0; i < made_ && place == nullptr; ++i) {
    if (at(i).is_free()) place = &at(i);
  }
  if (place == nullptr && made_ == parts_.connections) return nullptr;
  if (place == nullptr) place = new (&parts_.slots[made_++]) DeflateLayer;
  if (core_ == nullptr) {
    core_ = core;
    waiting_.attach(parts_.links, parts_.connections);
    core->add_task(this);
  }
  WHIT_ASSERT(core_ == core);
  if (!place->is_free()) {  // what another offer, or a request before on the same connection, has agreed
    release(place);
    transport = place->below_;
  }
  place->begin(this, *connection, transport);
  return place;
}

Transport* PermessageDeflate::install(Core* core, Connection* connection, Transport* transport) {
  DeflateLayer* layer = claim(core, connection, transport);
  if (layer == nullptr) return transport;
  // The offer (RFC 7692, 7.1): what the memory cannot do without, and what it could bear of us.
  const bool kept = keep_inflater(layer);
  if (!kept && parts_.shared == 0) {
    layer->below_ = nullptr;
    return transport;
  }
  layer->agreed_.server_no_context_takeover = !kept;
  layer->agreed_.client_no_context_takeover = !keep_history(layer);
  layer->agreed_.server_max_window_bits = parts_.bits < kMostBits ? parts_.bits : uint8_t{0};
  layer->agreed_.client_max_window_bits = DeflateParameters::kNoValue;
  return layer;
}

bool PermessageDeflate::read_field(Core* core, Connection* connection, Text value) {
  Text list = value;
  if (!http::read_extensions(&list)) return false;
  DeflateParameters parameters;
  DeflateLayer* layer = layer_of(*connection);
  if (connection->endpoint->role() == wire::Role::kClient) {
    // One answer to one offer, and no other extension.
    const bool answered = layer != nullptr && !layer->in_use_ &&
                          http::take_extension(&value, &parameters) == Extension::kDeflate &&
                          accept_answer(layer, parameters);
    return answered && http::take_extension(&value, &parameters) == Extension::kNone;
  }
  // RFC 7692, 5: the first offer that can be accepted; an offer that is invalid is declined (7.1).
  if (layer != nullptr && layer->generation_ == connection->generation && layer->in_use_) return true;
  for (;;) {
    const Extension extension = http::take_extension(&value, &parameters);
    if (extension == Extension::kNone) return true;
    if (extension == Extension::kDeflate && accept_offer(core, connection, parameters)) return true;
  }
}

bool PermessageDeflate::accept_offer(Core* core, Connection* connection, const DeflateParameters& offer) {
  // RFC 7692, 7.1.2.2: a client that does not know the parameter cannot be told to have a smaller window.
  if (parts_.bits < kMostBits && offer.client_max_window_bits == 0) return false;
  DeflateLayer* layer = claim(core, connection, connection->transport);
  if (layer == nullptr) return false;
  connection->transport = layer;
  // A kept one where there is no other.
  const bool kept = (!offer.client_no_context_takeover || parts_.shared == 0) && keep_inflater(layer);
  if (!kept && parts_.shared == 0) return false;
  DeflateParameters& answer = layer->agreed_;
  layer->takeover_ = kept && !offer.client_no_context_takeover;
  answer.client_no_context_takeover = !layer->takeover_;
  answer.server_no_context_takeover = offer.server_no_context_takeover || !keep_history(layer);
  answer.server_max_window_bits = offer.server_max_window_bits;
  if (parts_.bits < kMostBits) {
    answer.client_max_window_bits = smaller(bits_of(offer.client_max_window_bits), parts_.bits);
  }
  layer->send_bits = bits_of(offer.server_max_window_bits);
  layer->in_use_ = true;
  return true;
}

// RFC 7692, 7.1: what was not offered may not be answered, and what was asked for must be.
bool PermessageDeflate::accept_answer(DeflateLayer* layer, const DeflateParameters& answer) {
  const DeflateParameters& offer = layer->agreed_;
  if (answer.client_max_window_bits == DeflateParameters::kNoValue) return false;
  if (offer.server_max_window_bits != 0 &&
      (answer.server_max_window_bits == 0 || answer.server_max_window_bits > offer.server_max_window_bits)) {
    return false;
  }
  if (offer.server_no_context_takeover && !answer.server_no_context_takeover) return false;
  layer->takeover_ = !answer.server_no_context_takeover;
  if (!layer->takeover_ && parts_.shared != 0) return_inflater(layer);
  if (answer.client_no_context_takeover) layer->history = nullptr;
  layer->send_bits = bits_of(answer.client_max_window_bits);
  layer->in_use_ = true;
  return true;
}

void PermessageDeflate::write_field(const Connection& connection, http::HeadWriter* head) {
  DeflateLayer* layer = layer_of(connection);
  if (layer == nullptr || layer->generation_ != connection.generation) return;
  if (connection.endpoint->role() == wire::Role::kServer) {
    // Frames that came before the answer cannot know of it, and the loop has read them.
    if (connection.window.raw_size() != 0) layer->in_use_ = false;
    if (!layer->in_use_) return;
  }
  http::put_deflate(head, layer->agreed_);
}

// The end of a connection, or of what a request before has agreed.
void PermessageDeflate::release(DeflateLayer* layer) {
  return_inflater(layer);
  layer->forget();
}

// A history of what is sent, for a connection with context takeover.
bool PermessageDeflate::keep_history(DeflateLayer* layer) {
  for (uint16_t i = 0; i < parts_.kept_histories; ++i) {
    uint8_t* const history = parts_.histories + (size_t{i} << parts_.bits);
    bool taken = false;
    for (uint16_t other = 0; other < made_; ++other) taken = taken || at(other).history == history;
    if (taken) continue;
    layer->history = history;
    return true;
  }
  return false;
}

bool PermessageDeflate::keep_inflater(DeflateLayer* layer) {
  const uint32_t first = parts_.shared;
  layer->kept_ = take_inflater(layer, first, first + parts_.kept);
  return layer->kept_;
}

// One of the inflaters from `begin` on, started, if one is free.
bool PermessageDeflate::take_inflater(DeflateLayer* layer, uint32_t begin, uint32_t end) {
  for (uint32_t i = begin; i < end; ++i) {
    Inflating& inflating = parts_.inflating[i];
    if (inflating.holder != 0) continue;
    inflating.holder = static_cast<uint16_t>(number(layer) + 1);
    inflating.input_at = inflating.input_end = 0;
    inflating.timed = inflating.lacks_room = false;
    inflating.inflater.start(parts_.windows + (size_t{i} << parts_.bits), parts_.bits);
    layer->inflating_ = &inflating;
    return true;
  }
  return false;
}

Connection& PermessageDeflate::connection_of(uint16_t number) const { return core_->connections_[at(number).index_]; }

uint16_t PermessageDeflate::unused_shared() const {
  uint16_t count = 0;
  for (uint16_t i = 0; i < parts_.shared; ++i) {
    if (parts_.inflating[i].holder == 0) ++count;
  }
  return count;
}

// A shared inflater for the message of the layer, or a place in the line.
bool PermessageDeflate::take_shared(DeflateLayer* layer) {
  const uint16_t place = number(layer);
  uint16_t left = unused_shared();
  for (uint16_t i = waiting_.first(); i != IndexQueue::kNone && i != place && left != 0; i = waiting_.next(i)) {
    if (core::owes_bytes(connection_of(i))) --left;  // else it is not read now, and others need not wait for that
  }
  if (left != 0 && take_inflater(layer, 0, parts_.shared)) {
    if (waiting_.holds(place)) core_->arm(&core_->connections_[layer->index_], Deadline::kKeepaliveInterval);
    leave_line(layer);
    return true;
  }
  waiting_.add(place);
  core_->turn_due_ = true;  // begin_turn() looks after those that wait and those that keep them waiting
  return false;
}

void PermessageDeflate::return_inflater(DeflateLayer* layer) {
  leave_line(layer);
  if (layer->inflating_ == nullptr) return;
  layer->inflating_->holder = 0;
  layer->inflating_ = nullptr;
  layer->kept_ = false;
  wake_next();
}

// The layer needs none any more, and what it was woken for is for the next.
void PermessageDeflate::leave_line(const DeflateLayer* layer) {
  if (!waiting_.holds(number(layer))) return;
  waiting_.remove(number(layer));
  wake_next();
}

// In the next turn: begin_turn().
void PermessageDeflate::wake_next() {
  if (!waiting_.empty()) core_->turn_due_ = true;
}

// Whether the holder has to send, and has not sent enough in the time of Deadline::kData.
bool PermessageDeflate::is_late(Inflating* inflating) {
  const Connection& c = connection_of(static_cast<uint16_t>(inflating->holder - 1));
  const ConnectionOptions& options = c.endpoint->options();
  const uint32_t least = options.data_min_bytes > 1 ? options.data_min_bytes : 1;
  if (options.timeouts_ms[Deadline::kData] == 0) return false;
  const bool expired = inflating->timed && core_->is_due(inflating->due_ms);
  if (inflating->timed && !expired) return false;
  // While it is we who do not read, the peer is not late.
  if (expired && core::owes_bytes(c) && !inflating->lacks_room && inflating->taken < least) return true;
  inflating->timed = true;
  inflating->taken = 0;
  inflating->due_ms = core_->now_ms_ + options.timeouts_ms[Deadline::kData];
  return false;
}

// While connections wait for an inflater: those that have one must go on. The time until one of them may be late.
uint32_t PermessageDeflate::watch_holders() {
  uint32_t wait_ms = core::kForeverMs;
  for (uint16_t i = 0; i < parts_.shared; ++i) {
    Inflating& inflating = parts_.inflating[i];
    if (inflating.holder == 0) continue;
    Connection* const c = &connection_of(static_cast<uint16_t>(inflating.holder - 1));
    if (c->state > core::State::kOpen) {  // it may not be read for long, because its output has to leave first
      return_inflater(&at(inflating.holder - 1u));
    } else if (is_late(&inflating)) {
      core_->fail(c, Cause::kDeadline, static_cast<int32_t>(Deadline::kData));
    } else if (inflating.timed && inflating.due_ms - core_->now_ms_ < wait_ms) {
      wait_ms = inflating.due_ms - core_->now_ms_;
    }
  }
  return wait_ms;
}

// Those that wait are woken, as far as there are inflaters for them, and are not taken for silent.
void PermessageDeflate::begin_turn() {
  if (waiting_.empty()) {
    for (uint16_t i = 0; i < parts_.shared; ++i) parts_.inflating[i].timed = false;
    return;
  }
  const uint32_t wait_ms = watch_holders();
  uint16_t left = unused_shared();
  for (uint16_t i = waiting_.first(); i != IndexQueue::kNone; i = waiting_.next(i)) {
    Connection& c = connection_of(i);
    if (!c.is_receiving()) continue;
    const bool owes = core::owes_bytes(c);
    // A deadline that never comes: the turn in which it would is the one that looks at all this again. None that makes
    // the peer look idle.
    c.deadlines[session::kFromPeer] = owes ? Deadline::kFrame : Deadline::kNone;
    if (!owes) continue;
    c.due_ms[session::kFromPeer] = core_->now_ms_ + wait_ms;
    core_->note_due(core_->now_ms_ + wait_ms);
    if (left == 0) continue;
    --left;
    core_->make_ready(c);
    core_->turn_due_ = true;  // if it does not take the inflater after all, that is for the next
  }
}

}  // namespace whit
