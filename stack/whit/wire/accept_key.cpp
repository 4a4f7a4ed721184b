// SPDX-License-Identifier: MIT
#include "whit/wire/accept_key.h"

#include "whit/wire/sha1.h"

namespace whit::wire {
namespace {

constexpr size_t kKeyWords = kKeySize / 4;

constexpr uint32_t word(const char* text) {
  uint32_t value = 0;
  for (size_t i = 0; i < 4; ++i) value = value << 8 | static_cast<uint8_t>(text[i]);
  return value;
}

// 258EAFA5-E914-47DA-95CA-C5AB0DC85B11 (RFC 6455 section 1.3), as the words that SHA-1 wants.
constexpr uint32_t kGuid[9] = {word("258E"), word("AFA5"), word("-E91"), word("4-47"), word("DA-9"),
                               word("5CA-"), word("C5AB"), word("0DC8"), word("5B11")};

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

void encode(const uint8_t* data, size_t size, char* out) {
  uint32_t bits = 0;
  size_t count = 0;
  size_t written = 0;
  for (size_t i = 0; i < size; ++i) {
    bits = bits << 8 | data[i];
    for (count += 8; count >= 6; count -= 6) out[written++] = digit((bits >> (count - 6)) & 63);
  }
  // The last character has spare bits, which are zero (section 3.5), and "=" fills the group of four.
  out[written++] = digit((bits << (6 - count)) & 63);
  while ((written & 3) != 0) out[written++] = '=';
}

}  // namespace

void make_key(const uint8_t nonce[kNonceSize], char key[kKeySize]) { encode(nonce, kNonceSize, key); }

bool key_valid(Text key) {
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
  uint32_t schedule[16] = {};
  for (size_t i = 0; i < kKeyWords; ++i) schedule[i] = word(key + 4 * i);
  for (size_t i = 0; i < 9; ++i) schedule[kKeyWords + i] = kGuid[i];
  schedule[15] = 0x80000000;
  uint32_t state[5];
  for (size_t i = 0; i < 5; ++i) state[i] = kSha1Start[i];
  sha1_block(state, schedule);
  for (uint32_t& empty : schedule) empty = 0;
  schedule[15] = (kKeySize + sizeof kGuid) * 8;
  sha1_block(state, schedule);
  uint8_t digest[20];
  for (size_t i = 0; i < 20; ++i) digest[i] = static_cast<uint8_t>(state[i / 4] >> (24 - 8 * (i & 3)));
  encode(digest, sizeof digest, accept);
}

}  // namespace whit::wire
