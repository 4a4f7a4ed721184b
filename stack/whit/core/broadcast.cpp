// SPDX-License-Identifier: MIT
// A ring of frames that all subscribers share, and the number of the next one for each. Frames are copied behind the
// output of a connection and written at once, before the connections have their turns.
#include "whit/broadcast.h"

#include "whit/copy.h"
#include "whit/core/core.h"
#include "whit/kernels/utf8.h"

namespace whit {

using core::Core;
using core::Subscriber;
using session::Connection;
using session::State;

namespace {

bool is_text(Bytes data) {
  kernels::Utf8 text;
  return text.feed(data.data, data.size) && text.complete();
}

bool append_frame(Core* core, Connection* connection, Bytes frame) {
  Connection& c = *connection;
  if (!core->make_room(connection, frame.size)) return false;
  copy(c.tx_buffer + c.transmitter.end(), frame.data, frame.size);
  c.transmitter.extend(frame.size);
  return true;
}

// Whether the connection has output that can be written now.
bool can_flush(const Connection& c) { return !c.transmitter.empty() && !c.transmitter.is_blocked(); }

}  // namespace

Status Broadcast::subscribe(WebSocket socket, WhenBehind when_behind) {
  const Connection* c = core_->open_connection(socket);
  if (c == nullptr) return Status::kNotOpen;
  if (c->endpoint->role() != wire::Role::kServer) return Status::kInvalidArgument;
  if (c->index >= slots_) return Status::kNoSlot;
  if (message_bytes_ > core_->max_send(*c)) return Status::kTooLarge;
  join_turns();
  Subscriber* subscriber = &subscribers_[c->index];
  if (subscriber->generation != c->generation) {
    leave(subscriber);  // the connection that had this slot before
    *subscriber = {};
    subscriber->generation = c->generation;
    subscriber->next = published_;
  }
  subscriber->when_behind = when_behind;
  return Status::kOk;
}

void Broadcast::unsubscribe(WebSocket socket) {
  Subscriber* subscriber = find(socket);
  if (subscriber != nullptr) leave(subscriber);
}

Status Broadcast::publish(Bytes data, MessageType type) {
  if (data.size > message_bytes_) return Status::kTooLarge;
  if (type == MessageType::kText && !is_text(data)) return Status::kInvalidArgument;
  if (published_ - offered_ == messages_) return Status::kWouldBlock;
  join_turns();
  uint8_t* const out = frame(published_);
  const size_t header = wire::encode_frame_header(out, static_cast<wire::Opcode>(type), true, data.size, nullptr);
  copy(out + header, data.data, data.size);
  sizes_[published_ % messages_] = static_cast<uint32_t>(header + data.size);
  ++published_;
  core_->turn_due_ = true;
  return Status::kOk;
}

bool Broadcast::has(WebSocket socket) const { return find(socket) != nullptr; }

uint16_t Broadcast::subscribers() const {
  uint16_t count = 0;
  for (uint16_t i = 0; i < slots_ && i < core_->slots_; ++i) {
    const Connection& c = core_->connections_[i];
    if (c.state == State::kOpen && c.generation == subscribers_[i].generation) ++count;
  }
  return count;
}

BroadcastCounts Broadcast::counts(WebSocket socket) const {
  const Subscriber* subscriber = find(socket);
  return subscriber != nullptr ? subscriber->counts : BroadcastCounts{};
}

Subscriber* Broadcast::find(WebSocket socket) const {
  const Connection* c = core_->open_connection(socket);
  if (c == nullptr || c->index >= slots_ || subscribers_[c->index].generation != c->generation) return nullptr;
  return &subscribers_[c->index];
}

// With the first call, because an object in static memory has no constructor that runs.
void Broadcast::join_turns() {
  if (joined_) return;
  joined_ = true;
  behind_.attach(links_, slots_);
  core_->add_task(this);
}

void Broadcast::begin_turn() {
  if (offered_ != published_) {
    offered_ = published_;
    for (uint16_t i = 0; i < slots_; ++i) {
      if (subscribers_[i].generation != 0) behind_.add(i);
    }
  }
  for (uint16_t left = behind_.size(); left != 0; --left) {
    const uint16_t index = behind_.take();
    if (!deliver(index)) behind_.add(index);
  }
}

// Whether no message waits for the subscriber any more.
bool Broadcast::deliver(uint16_t index) {
  Subscriber* subscriber = &subscribers_[index];
  if (subscriber->generation == 0) return true;
  Connection* c = &core_->connections_[index];
  if (c->generation == subscriber->generation && c->state == State::kOpen && skip_lost(c, subscriber)) {
    write_some(c, subscriber);
  }
  if (c->generation != subscriber->generation || c->state != State::kOpen) {
    leave(subscriber);
    return true;
  }
  return subscriber->next == published_ || !stay_behind(c, subscriber);
}

// Messages that the ring has overwritten before the subscriber could get them. False: its connection is closing.
bool Broadcast::skip_lost(Connection* connection, Subscriber* subscriber) {
  const uint32_t waiting = published_ - subscriber->next;
  if (waiting <= messages_) return true;
  if (subscriber->when_behind != WhenBehind::kClose) {
    drop(subscriber, waiting - messages_);
    return true;
  }
  ++closed_;
  (void)core_->start_close(connection, close_code::kTryAgainLater, {});
  return false;
}

// What waits for the subscriber leaves, or as much as finds room. Each round but the first sends at least one message.
void Broadcast::write_some(Connection* connection, Subscriber* subscriber) {
  Connection& c = *connection;
  do {
    while (subscriber->next != published_ && gather(connection, subscriber)) {
    }
    if (!can_flush(c)) return;
    core_->flush(connection);
  } while (subscriber->next != published_ && c.state == State::kOpen && !c.transmitter.is_blocked());
}

bool Broadcast::gather(Connection* connection, Subscriber* subscriber) {
  Connection& c = *connection;
  // RFC 6455, 5.4: the fragments of a message are not interleaved with another one. Room that the application was
  // refused is for the application.
  if (c.mid_message_out || c.owed_room != 0) return false;
  const uint32_t number = subscriber->next;
  if (!append_frame(core_, connection, {frame(number), sizes_[number % messages_]})) return false;
  ++subscriber->next;
  ++subscriber->counts.sent;
  ++counts_.sent;
  return true;
}

// Whether messages go on waiting for the subscriber; it is looked at in the next turn in which it can go on.
bool Broadcast::stay_behind(Connection* connection, Subscriber* subscriber) {
  Connection& c = *connection;
  const uint32_t waiting = published_ - subscriber->next;
  if (subscriber->when_behind == WhenBehind::kLatestOnly) drop(subscriber, waiting - 1);
  if (subscriber->when_behind == WhenBehind::kDropNewest && !c.transmitter.empty()) {
    drop(subscriber, waiting);
    return false;
  }
  if (core_->ready_.holds(c.index) || core_->output_.holds(c.index)) {
    core_->turn_due_ = true;  // what it waits for may happen in this turn, and is not slept through
  } else if (c.mid_message_out && c.owed_room == 0) {
    c.owed_room = sizes_[subscriber->next % messages_];  // so it is ready again when the application's piece has left
  }
  return true;
}

void Broadcast::drop(Subscriber* subscriber, uint32_t count) {
  subscriber->next += count;
  subscriber->counts.dropped += count;
  counts_.dropped += count;
}

void Broadcast::leave(Subscriber* subscriber) {
  if (subscriber->generation == 0) return;
  drop(subscriber, published_ - subscriber->next);
  subscriber->generation = 0;
}

}  // namespace whit
