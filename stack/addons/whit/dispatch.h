// SPDX-License-Identifier: MIT
// dispatch: turns events into calls of a handler that has the browser's four (on_open, on_message, on_close, on_error).
#pragma once

#include "whit/event.h"

namespace whit {

// `handler` has on_open(WebSocket), on_message(WebSocket, const Message&), on_close(WebSocket, const Close&) and
// on_error(WebSocket, const Cause&). Other events are returned: false means that this one is still to be handled.
template <typename Handler>
bool dispatch(const Event& event, Handler& handler) {
  switch (event.type) {
    case Event::kOpen:
      handler.on_open(event.socket);
      return true;
    case Event::kMessage:
      handler.on_message(event.socket, event.message);
      return true;
    case Event::kClose:
      handler.on_close(event.socket, event.close);
      return true;
    case Event::kError:
      handler.on_error(event.socket, event.close.cause);
      return true;
    default:
      return false;
  }
}

// The same as a function of its own, for a table (router.h): `handler` is an object of static storage.
template <auto& handler>
void dispatch_to(const Event& event) {
  (void)dispatch(event, handler);
}

}  // namespace whit
