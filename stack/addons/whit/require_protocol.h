// SPDX-License-Identifier: MIT
// Subprotocols for a server whose application reviews requests (ServerOptions::on_request).
#pragma once

#include <stddef.h>

#include "whit/bytes.h"
#include "whit/event.h"
#include "whit/websocket.h"

namespace whit {

// The first of `ours`, best first, that the client offers (Request::protocols; RFC 6455, 4.2.2); for accept(), so it
// has to be one of ServerOptions::protocols. Empty: it offers none of them.
Text choose_protocol(const Request& request, const Text* ours, size_t count);

// The same for a server that speaks these subprotocols and nothing else: RFC 6455 would open the connection without
// one, and the first message would be the first misunderstanding. False: the request was refused with 400 and a
// sentence that says why; nothing more is to be done.
bool require_protocol(WebSocket socket, const Request& request, const Text* ours, size_t count, Text* chosen);

}  // namespace whit
