// SPDX-License-Identifier: MIT
// PerConnection: an object of the application for each connection. It is found by the index of the socket, and belongs
// to one connection alone: the next one in the same slot starts with a new object.
//
//   struct Player { uint32_t score = 0; };
//   static whit::PerConnection<Player, decltype(loop)::kSlots> players;
//   ...
//   case whit::Event::kOpen: players.start(event.socket); break;
//   case whit::Event::kMessage: ++players.find(event.socket)->score; break;
//
// The memory is kSlots objects and a handle beside each. Objects are assigned, never destroyed: what an object owns
// beyond its bytes is given back by the application at kClose. Nothing is linked but what a program calls.
#pragma once

#include <stdint.h>

#include "whit/websocket.h"

namespace whit {

template <typename T, uint16_t kSlots>
class PerConnection {
 public:
  constexpr PerConnection() = default;
  PerConnection(const PerConnection&) = delete;
  PerConnection& operator=(const PerConnection&) = delete;

  // Gives the connection an object in its first state, in place of any before. To be called at kOpen, or at kRequest.
  // nullptr: the index of the socket is kSlots or more.
  T* start(WebSocket socket) {
    if (socket.index() >= kSlots) return nullptr;
    Entry& entry = entries_[socket.index()];
    entry.socket = socket;
    entry.object = T();
    return &entry.object;
  }

  // The object of the connection. It stays after the end of the connection, until its slot is started again. nullptr:
  // start() was not called for this connection.
  T* find(WebSocket socket) {
    if (socket.index() >= kSlots || socket == WebSocket()) return nullptr;
    Entry& entry = entries_[socket.index()];
    return entry.socket == socket ? &entry.object : nullptr;
  }

 private:
  struct Entry {
    WebSocket socket;
    T object = T();
  };
  Entry entries_[kSlots] = {};
};

}  // namespace whit
