// SPDX-License-Identifier: MIT
#include "whit/router.h"

#include "whit/request_values.h"
#include "whit/require_protocol.h"
#include "whit/status.h"

namespace whit {

namespace {

bool fits(Text path, Text pattern) {
  const bool prefix = pattern.size >= 2 && pattern[pattern.size - 1] == '*' && pattern[pattern.size - 2] == '/';
  if (!prefix) return path == pattern;
  --pattern.size;
  return path.size >= pattern.size && path.first(pattern.size) == pattern;
}

void open(WebSocket socket, const Request& request, const Route& route) {
  Text protocol = choose_protocol(request, route.protocols, route.protocol_count);
  const auto rule = route.protocol_rule;
  if (rule != nullptr && !rule(socket, request, route.protocols, route.protocol_count, &protocol)) return;
  // One that is not among ServerOptions::protocols.
  if (socket.accept(protocol) != Status::kOk) (void)socket.reject(500);
}

}  // namespace

// "/a/*" is longer than "/a/", which it fits: an exact path goes first.
const Route* RouterCore::find(Text target) const {
  const Text path = path_of(target);
  const Route* best = nullptr;
  for (size_t i = 0; i < route_count_; ++i) {
    const Route& route = routes_[i];
    if (!fits(path, route.path)) continue;
    if (route.path == path) return &route;
    if (best == nullptr || route.path.size > best->path.size) best = &route;
  }
  return best;
}

void RouterCore::on_request(WebSocket socket) {
  Request request;
  if (socket.index() >= slots_ || !socket.request(&request)) return;
  const Route* const route = find(request.target);
  entries_[socket.index()] = {socket, route};
  if (request.upgrade && (route == nullptr || route->on_event == nullptr)) {
    (void)socket.reject(404);
    return;
  }
  if (route != nullptr && route->guard != nullptr && !route->guard(socket, request)) return;
  if (request.upgrade) {
    open(socket, request, *route);
  } else if (route != nullptr && route->on_request != nullptr) {
    route->on_request(socket, request);
  } else if (request.method == Method::kPost) {
    (void)socket.reject(405);
  } else {
    (void)socket.accept();
  }
}

bool RouterCore::on_event(const Event& event) {
  if (event.type == Event::kRequest) {
    on_request(event.socket);
    return true;
  }
  const Route* const route = route_of(event.socket);
  if (route == nullptr) return false;
  const auto handler = event.type == Event::kBody ? route->on_body : route->on_event;
  if (handler != nullptr) handler(event);
  return true;
}

const Route* RouterCore::route_of(WebSocket socket) const {
  if (socket.index() >= slots_ || socket == WebSocket()) return nullptr;
  const Entry& entry = entries_[socket.index()];
  return entry.socket == socket ? entry.route : nullptr;
}

}  // namespace whit
