// SPDX-License-Identifier: MIT
// Sec-WebSocket-Key and Sec-WebSocket-Accept: RFC 6455 sections 4.1 (item 7) and 4.2.2 (item 5.4), base64 of RFC 4648.
// Takes the random bytes as an argument and compares nothing: the client compares the 28 characters itself, all of
// them.
#pragma once

#include <stddef.h>
#include <stdint.h>

#include "whit/bytes.h"
#include "whit/wire/scan.h"

namespace whit::wire {

constexpr size_t kNonceWords = 4;
constexpr size_t kDigestWords = 5;
constexpr size_t kKeySize = 24;     // characters of a key
constexpr size_t kAcceptSize = 28;  // characters of the answer

// The key of a client: base64 of 16 random bytes, which are four words, the most significant byte first. No NUL is
// written.
void make_key(const uint32_t nonce[kNonceWords], char key[kKeySize]);

// True when `key` is base64 of exactly 16 bytes: 22 characters of the alphabet and "==". The 22nd carries two bits, so
// a canonical encoder ends in A, Q, g or w. RFC 4648 section 3.5 leaves it to the decoder whether to refuse others. We
// take them: the key decodes to 16 bytes all the same, which is all that RFC 6455 section 4.2.1 asks, it is hashed as
// text, and home-made clients send 22 random characters.
inline bool key_valid(Text key) { return take_run(&key, kBase64Digit) == 22 && take_last(&key, "=="); }

// The answer of a server to a key, in two steps: SHA-1 of the key and the GUID, and base64 of that. `key` is taken as
// it was sent, whatever it is. No NUL is written.
void hash_key(const char key[kKeySize], uint32_t digest[kDigestWords]);
void make_accept(const uint32_t digest[kDigestWords], char accept[kAcceptSize]);

// Both. `accept` may overlap `key`.
void accept_key(const char key[kKeySize], char accept[kAcceptSize]);

}  // namespace whit::wire
