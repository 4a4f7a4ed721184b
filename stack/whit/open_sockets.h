// SPDX-License-Identifier: MIT
// OpenSockets: the open connections of a server, or of a loop, one after the other.
//
//   for (const whit::WebSocket socket : server.open()) socket.send("hello");
//
// Legal wherever calls of a WebSocket are. Connections may be closed or aborted meanwhile, the present one included:
// each is looked for when the one before it has had its turn, in the order of WebSocket::index(). The walk takes a step
// for each slot of the loop.
#pragma once

#include <stdint.h>

#include "whit/websocket.h"

namespace whit {

namespace core {
class Endpoint;
}

class OpenSockets {
 public:
  // For range-based `for`.
  class Iterator {
   public:
    WebSocket operator*() const { return socket_; }  // the present connection
    // Goes to the next one that is open by now.
    Iterator& operator++() {
      socket_ = all_->next(socket_.index() + uint32_t{1});
      return *this;
    }
    bool operator!=(const Iterator& other) const { return socket_ != other.socket_; }

   private:
    friend class OpenSockets;
    constexpr Iterator(const OpenSockets* all, WebSocket socket) : all_(all), socket_(socket) {}

    const OpenSockets* all_;
    WebSocket socket_;
  };

  // For Server and LoopCore. `endpoint`: of connections of which it is the server; nullptr: of all.
  constexpr OpenSockets(core::Core* core, const core::Endpoint* endpoint) : core_(core), endpoint_(endpoint) {}

  Iterator begin() const { return {this, next(0)}; }    // at the first one
  Iterator end() const { return {this, WebSocket{}}; }  // behind the last one

 private:
  // The first one in a slot from `index` on; default-constructed if there is none.
  WebSocket next(uint32_t index) const;

  core::Core* core_;
  const core::Endpoint* endpoint_;
};

}  // namespace whit
