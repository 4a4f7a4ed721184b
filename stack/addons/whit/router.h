// SPDX-License-Identifier: MIT
// Router: several endpoints of one server, by the path of the request. Each has handlers, subprotocols and a guard of
// its own. A handshake with a path that none has gets 404; a request for a page gets the page of that path
// (http_service.h), or 404.
//
//   constexpr whit::Route kRoutes[] = {
//       {"/chat", &whit::dispatch_to<chat>},  // dispatch.h
//       {"/live", &on_live_event, &only_our_pages, nullptr, nullptr, kLiveProtocols, 2},
//       {"/admin/*", nullptr, &only_with_password},                   // guards pages
//       {"/state", nullptr, nullptr, &on_state_request},              // answers with respond()
//       {"/upload", nullptr, &only_with_password, &on_upload, &on_body},
//   };
//   static whit::Router<decltype(loop)::kSlots> router{kRoutes};
//   ...
//   server_options.on_request = &whit::keep_request_fields;
//   ...
//   while (const whit::Event event = loop.poll(now_ms)) {
//     if (!router.on_event(event)) ...                       // of a connection that has no route, such as a client's
//   }
//
// A guard looks at the request and answers it itself if it is not welcome:
//
//   bool only_our_pages(whit::WebSocket socket, const whit::Request& request) {
//     if (whit::is_same_host(request)) return true;
//     (void)socket.reject(403);
//     return false;
//   }
#pragma once

#include <stddef.h>
#include <stdint.h>

#include "whit/bytes.h"
#include "whit/event.h"
#include "whit/websocket.h"

namespace whit {

// True: the request may pass. False: the guard has answered it (reject()), or will.
using Guard = bool (*)(WebSocket socket, const Request& request);

// One endpoint of a server.
struct Route {
  // "/chat": this path. "/logs/*": every path that begins with "/logs/". The longest one that fits decides. Paths are
  // compared as they were sent, without the query: no percent-encoding is decoded and no ".." followed, by a handler
  // either, so there is one way to write a guarded path.
  Text path;
  // Each event of its WebSockets, from kOpen on; nullptr: a handshake gets 404.
  void (*on_event)(const Event& event) = nullptr;
  Guard guard = nullptr;  // nullptr: all may pass
  // Answers a request that is no handshake, at once or later; nullptr: it gets the page of its path, and a POST 405.
  void (*on_request)(WebSocket socket, const Request& request) = nullptr;
  void (*on_body)(const Event& event) = nullptr;  // each kBody of a POST that on_request() has accepted
  const Text* protocols = nullptr;                // best first; each of them has to be one of ServerOptions::protocols
  size_t protocol_count = 0;
  // &require_protocol (require_protocol.h), which is linked when named: a handshake that offers none of them is
  // refused.
  bool (*protocol_rule)(WebSocket socket, const Request& request, const Text* ours, size_t count,
                        Text* chosen) = nullptr;
};

// A router of any size.
class RouterCore {
 public:
  RouterCore(const RouterCore&) = delete;
  RouterCore& operator=(const RouterCore&) = delete;

  // Answers a kRequest, and gives any other event to the route of its connection. False: it has none.
  bool on_event(const Event& event);

  // The route of a connection, as chosen at its request; nullptr: it has none.
  const Route* route_of(WebSocket socket) const;

 protected:
  struct Entry {
    WebSocket socket;
    const Route* route;
  };

  constexpr RouterCore(const Route* routes, size_t route_count, Entry* entries, uint16_t slots)
      : routes_(routes), route_count_(route_count), entries_(entries), slots_(slots) {}
  ~RouterCore() = default;

 private:
  const Route* find(Text target) const;
  void on_request(WebSocket socket);

  const Route* routes_;
  size_t route_count_;
  Entry* entries_;
  uint16_t slots_;
};

// kSlots: those of the loop. The memory is 12 bytes for each on a 32-bit machine. `routes` must live as long as this
// object.
template <uint16_t kSlots>
class Router : public RouterCore {
 public:
  template <size_t kRoutes>
  constexpr explicit Router(const Route (&routes)[kRoutes]) : RouterCore(routes, kRoutes, entries_, kSlots) {}

 private:
  Entry entries_[kSlots] = {};
};

}  // namespace whit
