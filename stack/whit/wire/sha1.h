// SPDX-License-Identifier: MIT
// SHA-1 (RFC 3174), one block at a time. It is here because the opening handshake wants it (RFC 6455 section 4.2.2),
// and it is good for nothing else: nothing in WebSocket depends on its strength. There is no context and no padding:
// the one message that is ever hashed has 60 bytes, and its caller lays it out.
#pragma once

#include <stdint.h>

namespace whit::wire {

extern const uint32_t kSha1Start[5];

// Mixes one block into a state; the first is kSha1Start. `after` may be `before`. `schedule` holds the 64 bytes of the
// block as 16 big-endian words (already converted to numbers) and is used up: it holds noise afterwards.
void sha1_block(const uint32_t before[5], uint32_t schedule[16], uint32_t after[5]);

}  // namespace whit::wire
