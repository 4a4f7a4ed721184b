// SPDX-License-Identifier: MIT
// Credentials of a request, checked by a server: Basic (RFC 7617) and Bearer (RFC 6750), and the challenge that asks
// for them. credentials.h writes them in a client. Nothing is copied: Base64 is read while it is compared.
//
//   if (!whit::check_basic(request.authorization, "admin", password)) {
//     uint8_t room[80];
//     return event.socket.reject(401, whit::basic_challenge("heat pump 7", {room, sizeof room}));
//   }
//
// The time of a check depends on the size of what the peer sent, and not on how much of it is right. So a peer cannot
// find out a secret byte by byte. Several users: one call for each, all of them made (`found |= check_basic(...)`).
// Credentials belong on wss: on ws everybody on the way reads them. Browsers do not send Authorization with a
// WebSocket in all cases: tickets.h is for them.
#pragma once

#include "whit/bytes.h"

namespace whit {

// True: `authorization` (Request::authorization) is Basic with this user and this password, of any bytes. False also
// for Base64 that is not strict (RFC 4648, 4: padded, nothing but the alphabet, unused bits 0), and always for a `user`
// with a colon, which cannot be sent. An empty password is one like others.
bool check_basic(Text authorization, Text user, Bytes password);

// True: `authorization` is Bearer with this token. An empty `token` is never right, so one that was not configured
// opens nothing.
bool check_bearer(Text authorization, Text token);

// The field for reject(401, fields), in `room`: WWW-Authenticate with `realm`, the name that a browser shows when it
// asks for the password, and charset="UTF-8" (RFC 7617, 2.1). It takes 51 bytes and those of the realm. Empty: the
// realm has a control character, or the field does not fit.
Text basic_challenge(Text realm, MutableBytes room);

// The same for Bearer (RFC 6750, 3). A request with a token is told that it is not valid (error="invalid_token").
Text bearer_challenge(Text realm, Text authorization, MutableBytes room);

// Whether two secrets are equal, in a time that depends on the size of `given` alone.
bool same_secret(Bytes given, Bytes secret);

}  // namespace whit
