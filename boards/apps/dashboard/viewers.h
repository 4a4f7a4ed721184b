// SPDX-License-Identifier: MIT
// The pages that look, and what all of them are sent: the state, of which only the newest counts, and the chat, of
// which a page that does not read in time misses the oldest, and is told how much. So no page delays another.
#pragma once

#include <stddef.h>
#include <stdint.h>

#include "command.h"
#include "whit/broadcast.h"
#include "whit/config.h"
#include "whit/event.h"
#include "whit/loop.h"

namespace dashboard {

constexpr uint16_t kSlots = whit::config::kConnections + whit::config::kHandshakes;
constexpr size_t kMaxStateBytes = 280;
constexpr size_t kMaxChatBytes = sizeof(R"({"chat":{"name":"","text":""}})") - 1 + 2 * (kMaxNameBytes + kMaxTextBytes);

// What all pages together have sent and were sent, payloads alone. The counters wrap.
struct Traffic {
  uint32_t messages[2] = {};  // in, out
  uint32_t bytes[2] = {};
};

class Viewers {
 public:
  explicit Viewers(whit::LoopCore& loop) : states_(loop, state_memory_), chats_(loop, chat_memory_) {}

  void add(whit::WebSocket socket, uint32_t tab, uint32_t now_ms);
  void remove(whit::WebSocket socket);
  bool any() const { return count_ != 0; }
  whit::WebSocket with_tab(uint32_t tab) const;  // the connection of a tab, or none

  // Sends the greeting, before all else. False: there is no room, and a kWritable event follows; or it was sent before.
  bool greet(whit::WebSocket socket, whit::Text hello);

  // Counts a message of a page, once. False: the page has said more than a person does.
  bool hear(const whit::Event& event, uint32_t now_ms);
  void resume_held();

  // To all, from the next turn on.
  void show(whit::Text state);  // once in a turn
  // A page whose chat finds no room in this turn is held, and says it again after resume_held().
  void chat(whit::WebSocket from, whit::Text said);
  void tell_missed();
  const Traffic& traffic();

 private:
  static constexpr uint16_t kChats = 4;  // that are kept for pages which do not read at once

  struct Viewer {
    whit::WebSocket socket;
    uint32_t tab = 0;
    uint32_t allowance_ms = 0;  // when the page may say as much as at first
    uint32_t missed = 0;        // of which it was told
    bool open = false;
    bool greeted = false;
    bool held = false;
  };

  // A broadcast counts its messages. Their bytes: those that went out since the last look had the size of the newest.
  struct Sent {
    uint32_t messages = 0;
    uint32_t size = 0;
  };
  void count(const whit::Broadcast& broadcast, Sent* sent);
  void count_one(size_t bytes);

  whit::BroadcastMemory<kSlots, 1, kMaxStateBytes> state_memory_;
  whit::BroadcastMemory<kSlots, kChats, kMaxChatBytes> chat_memory_;
  whit::Broadcast states_;
  whit::Broadcast chats_;
  Sent sent_states_;
  Sent sent_chats_;
  Traffic traffic_;
  Viewer viewers_[kSlots];
  size_t count_ = 0;
};

}  // namespace dashboard
