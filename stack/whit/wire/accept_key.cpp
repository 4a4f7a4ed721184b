// SPDX-License-Identifier: MIT
#include "whit/wire/accept_key.h"

#include "whit/wire/sha1.h"

namespace whit::wire {
namespace {

// RFC 6455 section 1.3, and the bit that SHA-1 puts behind a message.
constexpr char kGuid[] = "258EAFA5-E914-47DA-95CA-C5AB0DC85B11\x80\0\0";

// RFC 4648 section 4, `value` below 64.
char digit(uint32_t value) {
  if (value < 26) return static_cast<char>('A' + value);
  if (value < 52) return static_cast<char>('a' + (value - 26));
  if (value < 62) return static_cast<char>('0' + (value - 52));
  return value == 62 ? '+' : '/';
}

// Base64 of words, the most significant byte of each first, as SHA-1 leaves them. Their bytes are no multiple of three,
// so the last character has spare bits, which are zero (RFC 4648 section 3.5), and "=" fills the group of four. Bit by
// bit: there is one in a handshake.
void encode(const uint32_t* words, size_t bits, char* out) {
  size_t written = 0;
  for (size_t bit = 0; bit < bits;) {
    uint32_t value = 0;
    for (int i = 0; i < 6; ++i, ++bit) {
      value = value << 1;
      if (bit < bits) value |= words[bit / 32] >> (31 - bit % 32) & 1;
    }
    out[written++] = digit(value);
  }
  while (written % 4 != 0) out[written++] = '=';
}

}  // namespace

void make_key(const uint32_t nonce[kNonceWords], char key[kKeySize]) { encode(nonce, 32 * kNonceWords, key); }

void hash_key(const char key[kKeySize], uint32_t digest[kDigestWords]) {
  // 24 + 36 bytes: the first block has room for the end mark but not for the length, which makes a second block.
  uint32_t schedule[16];
  const char* from = key;
  for (size_t i = 0; i < 16; ++i) {
    if (i == kKeySize / 4) from = kGuid;
    uint32_t word = 0;
    for (const char* end = from + 4; from != end; ++from) word = word << 8 | static_cast<uint8_t>(*from);
    schedule[i] = word;
  }
  sha1_block(kSha1Start, schedule, digest);
  for (size_t i = 0; i < 15; ++i) schedule[i] = 0;
  schedule[15] = 60 * 8;
  sha1_block(digest, schedule, digest);
}

void make_accept(const uint32_t digest[kDigestWords], char accept[kAcceptSize]) {
  encode(digest, 32 * kDigestWords, accept);
}

void accept_key(const char key[kKeySize], char accept[kAcceptSize]) {
  uint32_t digest[kDigestWords];
  hash_key(key, digest);
  make_accept(digest, accept);
}

}  // namespace whit::wire
