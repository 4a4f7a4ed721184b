// SPDX-License-Identifier: MIT
#include "whit/require_protocol.h"

#include "whit/status.h"

namespace whit {

namespace {

bool is_blank(char c) { return c == ' ' || c == '\t'; }

// RFC 9110, 5.6.1: elements between commas, with white space around them, and none in a token.
bool offers(Text offered, Text protocol) {
  while (!offered.empty()) {
    size_t size = 0;
    while (size < offered.size && offered[size] != ',') ++size;
    Text element = offered.first(size);
    while (!element.empty() && is_blank(element[0])) element = element.from(1);
    while (!element.empty() && is_blank(element[element.size - 1])) --element.size;
    if (!element.empty() && element == protocol) return true;
    offered = offered.from(size == offered.size ? size : size + 1);
  }
  return false;
}

}  // namespace

Text choose_protocol(const Request& request, const Text* ours, size_t count) {
  for (size_t i = 0; i < count; ++i) {
    if (offers(request.protocols, ours[i])) return ours[i];
  }
  return {};
}

bool require_protocol(WebSocket socket, const Request& request, const Text* ours, size_t count, Text* chosen) {
  *chosen = choose_protocol(request, ours, count);
  if (!chosen->empty()) return true;
  constexpr Text kWhy = "The server speaks none of the subprotocols that are offered (Sec-WebSocket-Protocol).\n";
  if (socket.reject(400, {}, kWhy) != Status::kOk) (void)socket.reject(400);  // a small buffer
  return false;
}

}  // namespace whit
