// SPDX-License-Identifier: MIT
// Sec-WebSocket-Key and Sec-WebSocket-Accept: RFC 6455 sections 4.1 (item 7) and 4.2.2 (item 5.4), base64 of RFC 4648.
// The random bytes are an argument, and nothing is compared here: the client compares all 28 characters itself.
#pragma once

#include <stddef.h>
#include <stdint.h>

#include "whit/bytes.h"

namespace whit::wire {

constexpr size_t kNonceWords = 4;
constexpr size_t kDigestWords = 5;
constexpr size_t kKeySize = 24;     // characters of a key
constexpr size_t kAcceptSize = 28;  // characters of the answer

// The key of a client: base64 of 16 random bytes, which are four words, the most significant byte first. No NUL is
// written.
void make_key(const uint32_t nonce[kNonceWords], char key[kKeySize]);

// The answer of a server to a key, in two steps: SHA-1 of the key and the GUID, and base64 of that. `key` is taken as
// it was sent, whatever it is. No NUL is written.
void hash_key(const char key[kKeySize], uint32_t digest[kDigestWords]);
void make_accept(const uint32_t digest[kDigestWords], char accept[kAcceptSize]);

// Both. `accept` may overlap `key`.
void accept_key(const char key[kKeySize], char accept[kAcceptSize]);

}  // namespace whit::wire
