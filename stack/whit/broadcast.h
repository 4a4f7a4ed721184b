// SPDX-License-Identifier: MIT
// Broadcast: one message to many connections of a server. A group of connections is an object; a connection may be in
// several of them.
//
//   static whit::BroadcastMemory<loop.kSlots, 8, 128> memory;  // slots of the loop, messages, bytes of each
//   static whit::Broadcast news{loop, memory};
//   ...
//   if (event.type == whit::Event::kOpen) (void)news.subscribe(event.socket);
//   (void)news.publish("something happened");
//
// A message is checked, and its frame made, once (a server does not mask). publish() keeps it in the memory; the next
// turn of Loop::poll() gives it, with all others of its turn, to each subscriber: one write per connection. A buffer of
// the pool is needed only while that write lasts, so one free buffer serves ten thousand idle connections. What a peer
// does not take at once waits in that buffer, and what finds no more room there waits in the memory, for as long as it
// is one of the last `messages`. Then WhenBehind decides. So a peer that does not read delays no other.
//
// Subscribers get the messages of one Broadcast in their order, each whole. Between them may come what the application
// sends itself: a message of its own that is in progress ends first, and room that it waits for (kWritable) is left to
// it. Such a subscriber may get a kWritable that it is not waiting for.
#pragma once

#include <stddef.h>
#include <stdint.h>

#include "whit/bytes.h"
#include "whit/core/endpoint.h"
#include "whit/index_queue.h"
#include "whit/loop.h"
#include "whit/status.h"
#include "whit/vocabulary.h"
#include "whit/websocket.h"

namespace whit {

// What becomes of messages for a subscriber that does not keep up.
enum class WhenBehind : uint8_t {
  kDropNewest,  // a message that finds no room behind what the peer has not taken is dropped: what was first, arrives
  kDropOldest,  // the last `messages` are kept for it; the older ones are dropped
  kLatestOnly,  // the last one is kept for it: for states, of which only the present one counts
  kClose,       // the last `messages` are kept for it; when one of them is lost, the connection is closed with 1013
};

// Messages to one subscriber, or to all. Each one that was published is sent, dropped, or waits.
struct BroadcastCounts {
  uint32_t sent = 0;     // gathered whole in the output of the connection
  uint32_t dropped = 0;  // by WhenBehind, or because the connection ended or was unsubscribed
};

namespace core {

struct Subscriber {
  uint16_t generation;  // of the connection; 0: the slot has no subscriber
  WhenBehind when_behind;
  uint32_t next;  // the number of the next message that it is to get
  BroadcastCounts counts;
};

}  // namespace core

// The memory of a Broadcast; all of it is zero at rest. kSlots: of the loop (Loop::kSlots). kMessages: how many are
// kept, and may be published in one turn. kBytes: of the longest message.
template <uint16_t kSlots, uint16_t kMessages, uint32_t kBytes>
class BroadcastMemory {
 public:
  static_assert(kSlots > 0 && kSlots < IndexQueue::kNone, "slots are numbered by 16 bits");
  static_assert(kMessages > 0 && kBytes > 0, "at least one message of one byte");

 private:
  friend class Broadcast;

  static constexpr uint32_t kHeaderBytes = kBytes < 126 ? 2 : kBytes <= 0xFFFF ? 4 : 10;  // RFC 6455, 5.2
  static constexpr uint32_t kFrameBytes = kHeaderBytes + kBytes;

  core::Subscriber subscribers_[kSlots] = {};
  uint16_t links_[kSlots] = {};
  uint32_t sizes_[kMessages] = {};
  uint8_t frames_[size_t{kMessages} * kFrameBytes] = {};
};

class Broadcast final : core::TurnTask {
 public:
  // Both live as long as the loop has turns, and so does this object.
  template <uint16_t kSlots, uint16_t kMessages, uint32_t kBytes>
  constexpr Broadcast(LoopCore& loop, BroadcastMemory<kSlots, kMessages, kBytes>& memory)
      : core_(&loop.core()),
        subscribers_(memory.subscribers_),
        links_(memory.links_),
        sizes_(memory.sizes_),
        frames_(memory.frames_),
        frame_bytes_(memory.kFrameBytes),
        message_bytes_(kBytes),
        slots_(kSlots),
        messages_(kMessages) {}
  Broadcast(const Broadcast&) = delete;
  Broadcast& operator=(const Broadcast&) = delete;

  // The connection gets what is published from now on. It leaves by itself when it ends. Once more: the other rule from
  // now on, and nothing else.
  //  kOk
  //  kNotOpen          not an open connection of the loop
  //  kInvalidArgument  a client's connection: it masks every frame with a new key (RFC 6455, 5.3)
  //  kNoSlot           the memory has fewer slots than the loop
  //  kTooLarge         the memory's longest message is above the connection's max_send()
  Status subscribe(WebSocket socket, WhenBehind when_behind = WhenBehind::kDropOldest);

  // Nothing more is sent to it but what is gathered already (WebSocket::buffered_amount()); what waits is dropped.
  void unsubscribe(WebSocket socket);

  // Sends a whole message to all subscribers. The bytes are copied; they may be those of a message just received.
  //  kOk
  //  kWouldBlock       as many as the memory holds were published since the last turn: there is room after the next one
  //  kTooLarge         larger than the memory's messages
  //  kInvalidArgument  text that is not UTF-8 (RFC 6455, 5.6)
  Status publish(Text text) { return publish(as_bytes(text), MessageType::kText); }
  Status publish(Bytes data, MessageType type);

  bool has(WebSocket socket) const;                   // it is open and subscribed
  uint16_t subscribers() const;                       // counts them; a step for each slot
  uint32_t published() const { return published_; }   // by this object, since it began
  uint32_t closed() const { return closed_; }         // connections that WhenBehind::kClose has closed
  BroadcastCounts counts() const { return counts_; }  // of all subscribers, also of those that have left
  BroadcastCounts counts(WebSocket socket) const;     // of one that is open and subscribed, else zeros

 private:
  void begin_turn() override;
  bool deliver(uint16_t index);
  bool skip_lost(session::Connection* connection, core::Subscriber* subscriber);
  void write_some(session::Connection* connection, core::Subscriber* subscriber);
  bool gather(session::Connection* connection, core::Subscriber* subscriber);
  bool stay_behind(session::Connection* connection, core::Subscriber* subscriber);
  void drop(core::Subscriber* subscriber, uint32_t count);
  void leave(core::Subscriber* subscriber);
  core::Subscriber* find(WebSocket socket) const;
  void join_turns();
  uint8_t* frame(uint32_t number) const { return frames_ + size_t{frame_bytes_} * (number % messages_); }

  core::Core* core_;
  core::Subscriber* subscribers_;  // by the index of the connection
  uint16_t* links_;
  uint32_t* sizes_;
  uint8_t* frames_;
  uint32_t frame_bytes_;
  uint32_t message_bytes_;
  uint16_t slots_;
  uint16_t messages_;
  bool joined_ = false;     // in the list of the loop
  uint32_t published_ = 0;  // the number of the next message
  uint32_t offered_ = 0;    // the next one that has not been offered to all
  uint32_t closed_ = 0;
  BroadcastCounts counts_;
  IndexQueue behind_;  // indices of subscribers for which messages wait
};

}  // namespace whit
