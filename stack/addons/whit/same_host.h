// SPDX-License-Identifier: MIT
// Whether a request comes from a page that this server, or one of the same host and port, has delivered: the defence
// against cross-site hijacking, in which a foreign page opens a WebSocket with the cookies of its visitor (RFC 6455,
// 10.2; RFC 6454, 6.2). ServerOptions::origins has a list of origins instead, when they are known beforehand.
//
//   if (!whit::is_same_host(request)) return event.socket.reject(403);
//
// A browser sends Origin with each WebSocket and each POST, but not when it loads a page. A client that is no browser
// sends none, or what it likes: it has no visitor to hijack, and is told apart by credentials.
#pragma once

#include <stddef.h>

#include "whit/bytes.h"
#include "whit/event.h"

namespace whit {

// True: Origin is "http://" or "https://" with the host and the port of the request. Without regard to case; a missing
// port, on either side, is the usual one of the Origin's scheme (80, 443). `secure`: only "https://" counts, because
// anybody on the way can change a page that came over http. To be set for a server with TLS, and for one behind a proxy
// that ends TLS. False also for an Origin that is missing, "null" or malformed.
//
// A name of an attacker's own that is made to resolve to this machine (DNS rebinding) is the same host on both sides:
// is_known_host() refuses it.
bool is_same_host(const Request& request, bool secure = false);

// True: the host of the request is one of `names` (without ports and without regard to case) or an IP address, so the
// browser did not get here by a foreign name.
bool is_known_host(const Request& request, const Text* names = nullptr, size_t count = 0);

}  // namespace whit
