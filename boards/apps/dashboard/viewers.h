// SPDX-License-Identifier: MIT
// The pages that look: one entry for each connection that is open, and what is owed to each. A page that does not take
// what it is sent delays nobody: it gets the newest telemetry when it reads again, and a count of the chat that it
// missed.
#pragma once

#include <stddef.h>
#include <stdint.h>

#include "whit/config.h"
#include "whit/event.h"

namespace dashboard {

// What all pages together have sent and were sent, payloads alone. The counters wrap.
struct Traffic {
  uint32_t messages[2] = {};  // in, out
  uint32_t bytes[2] = {};
};

class Viewers {
 public:
  static constexpr size_t kSlots = whit::config::kConnections + whit::config::kHandshakes;

  void add(whit::WebSocket socket, uint32_t tab, uint32_t now_ms);
  void remove(whit::WebSocket socket);
  bool any() const { return count_ != 0; }
  whit::WebSocket with_tab(uint32_t tab) const;  // of none, if there is none such

  // False: the page has said more than a person does.
  bool may_speak(whit::WebSocket socket, uint32_t now_ms);

  // The texts of the three messages; they must stay as they are until they are replaced. What a page cannot take now it
  // gets with write_owed(), at its kWritable event.
  void greet(whit::WebSocket socket, whit::Text hello, whit::Text state);  // to one, before all else
  void show(whit::Text state);  // to all; takes the place of the state before
  void chat(whit::Text said);   // to all
  void write_owed(whit::WebSocket socket);

  Traffic traffic;

 private:
  enum Owed : uint8_t { kHello = 1, kState = 2, kChat = 4, kMissed = 8 };

  struct Viewer {
    whit::WebSocket socket;
    uint32_t tab = 0;
    uint32_t allowance_ms = 0;  // when the page may speak as much as at first
    uint32_t missed = 0;
    uint8_t owed = 0;
    bool open = false;
  };

  void owe_all(Owed what);
  void write_owed(Viewer* viewer);
  bool send(Viewer* viewer, Owed what);

  Viewer viewers_[kSlots];
  whit::Text hello_;
  whit::Text state_;
  whit::Text chat_;
  size_t count_ = 0;
};

}  // namespace dashboard
