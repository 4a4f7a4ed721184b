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

bool is_digit_of_base64(char c) {
  const char letter = static_cast<char>(c | 0x20);
  return (letter >= 'a' && letter <= 'z') || (c >= '0' && c <= '9') || c == '+' || c == '/';
}

// Base64 of `size` bytes, which lie in words with the most significant first, as SHA-1 leaves them. `size` is no
// multiple of three, so the last character has spare bits, which are zero (RFC 4648 section 3.5), and "=" fills the
// group of four. Bit by bit: there is one in a handshake.
void encode(const uint32_t* words, size_t size, char* out) {
  size_t written = 0;
  for (size_t bit = 0; bit < size * 8;) {
    uint32_t value = 0;
    for (int i = 0; i < 6; ++i, ++bit) {
      value = value << 1;
      if (bit < size * 8) value |= words[bit / 32] >> (31 - bit % 32) & 1;
    }
    out[written++] = digit(value);
  }
  while (written % 4 != 0) out[written++] = '=';
}

}  // namespace

void make_key(const uint32_t nonce[kNonceWords], char key[kKeySize]) { encode(nonce, 4 * kNonceWords, key); }

bool key_valid(const Text& key) {
  if (key.size != kKeySize || key[22] != '=' || key[23] != '=') return false;
  // The 22nd character carries two bits, so a canonical encoder ends in A, Q, g or w. RFC 4648 section 3.5 leaves it to
  // the decoder whether to refuse others. We take them: the key decodes to 16 bytes all the same, which is all that RFC
  // 6455 section 4.2.1 asks, it is hashed as text, and home-made clients send 22 random characters.
  for (size_t i = 0; i < 22; ++i) {
    if (!is_digit_of_base64(key[i])) return false;
  }
  return true;
}

void accept_key(const char key[kKeySize], char accept[kAcceptSize]) {
  // 24 + 36 bytes: the first block has room for the end mark but not for the length, which makes a second block.
  uint32_t schedule[16];
  const char* from = key;
  for (size_t i = 0; i < 16; ++i) {
    if (i == kKeySize / 4) from = kGuid;
    uint32_t word = 0;
    for (const char* end = from + 4; from != end; ++from) word = word << 8 | static_cast<uint8_t>(*from);
    schedule[i] = word;
  }
  uint32_t state[5];
  for (size_t i = 0; i < 5; ++i) state[i] = kSha1Start[i];
  sha1_block(state, schedule);
  for (size_t i = 0; i < 15; ++i) schedule[i] = 0;
  schedule[15] = 60 * 8;
  sha1_block(state, schedule);
  encode(state, 20, accept);
}

}  // namespace whit::wire
