// SPDX-License-Identifier: MIT
#include "whit/check_credentials.h"

#include <stddef.h>
#include <stdint.h>

#include "whit/url_reference.h"

namespace whit {

namespace {

// Compares bytes that come one by one with a secret. What differs is only gathered, never looked at before the end.
// Volatile, so that no compiler ends the loop of a caller when the result is known.
class Comparison {
 public:
  void add(uint8_t given, uint8_t wanted) { difference_ = static_cast<uint8_t>(difference_ | (given ^ wanted)); }
  void fail() { difference_ = 0xFF; }
  bool equal() const { return difference_ == 0; }

 private:
  volatile uint8_t difference_ = 0;
};

// The byte of a secret that stands at `at`; of one that is shorter, the first one again.
uint8_t byte_at(Bytes secret, size_t at) { return secret.data[at < secret.size ? at : 0]; }

// "user:password", byte by byte.
struct UserAndPassword {
  Bytes user;
  Bytes password;

  size_t size() const { return user.size + 1 + password.size; }
  uint8_t operator[](size_t at) const {
    if (at < user.size) return user.data[at];
    if (at == user.size || password.empty()) return ':';
    return byte_at(password, at - user.size - 1);
  }
};

// RFC 4648, 4: the six bits of a digit; 64 or more: it is none.
uint32_t digit_value(char c) {
  if (c >= 'A' && c <= 'Z') return static_cast<uint32_t>(c - 'A');
  if (c >= 'a' && c <= 'z') return static_cast<uint32_t>(c - 'a') + 26;
  if (c >= '0' && c <= '9') return static_cast<uint32_t>(c - '0') + 52;
  return c == '+' ? 62 : c == '/' ? 63 : 64;
}

// RFC 9110, 11.4: a scheme without regard to case, one space or more, and the rest. Empty: it is another scheme.
Text credentials_of(Text authorization, Text scheme) {
  if (authorization.size <= scheme.size || !same_but_for_case(authorization.first(scheme.size), scheme)) return {};
  Text rest = authorization.from(scheme.size);
  if (rest[0] != ' ') return {};
  while (!rest.empty() && rest[0] == ' ') rest = rest.from(1);
  return rest;
}

// Writes a challenge, a quoted string of which is the realm.
class Challenge {
 public:
  explicit Challenge(MutableBytes room) : room_(room) {}

  void put(Text text) {
    for (size_t i = 0; i < text.size; ++i) put(text[i]);
  }
  // RFC 9110, 5.6.4
  void put_quoted(Text text) {
    put('"');
    for (size_t i = 0; i < text.size; ++i) {
      const uint8_t c = static_cast<uint8_t>(text[i]);
      valid_ = valid_ && c >= ' ' && c != 0x7F;
      if (c == '"' || c == '\\') put('\\');
      put(text[i]);
    }
    put('"');
  }
  Text done() const { return valid_ && size_ <= room_.size ? as_text(room_.first(size_)) : Text(); }

 private:
  void put(char c) {
    if (size_ < room_.size) room_.data[size_] = static_cast<uint8_t>(c);
    ++size_;
  }

  MutableBytes room_;
  size_t size_ = 0;
  bool valid_ = true;
};

}  // namespace

bool check_basic(Text authorization, Text user, Bytes password) {
  for (size_t i = 0; i < user.size; ++i) {
    if (user[i] == ':') return false;
  }
  Text digits = credentials_of(authorization, "basic");
  if (digits.empty() || digits.size % 4 != 0) return false;
  size_t padding = 0;
  while (padding < 2 && digits[digits.size - 1] == '=') {
    --digits.size;
    ++padding;
  }
  const UserAndPassword secret{as_bytes(user), password};
  Comparison comparison;
  uint32_t bits = 0;
  size_t size = 0;
  for (size_t i = 0; i < digits.size; ++i) {
    const uint32_t value = digit_value(digits[i]);
    if (value > 63) return false;
    bits = (bits << 6 | value) & 0xFFFF;
    if (i % 4 == 0) continue;
    comparison.add(static_cast<uint8_t>(bits >> (6 - 2 * (i % 4))), secret[size]);
    ++size;
  }
  // The last digit has bits that belong to no byte.
  if ((padding == 1 && (bits & 3) != 0) || (padding == 2 && (bits & 15) != 0)) return false;
  if (size != secret.size()) comparison.fail();
  return comparison.equal();
}

bool check_bearer(Text authorization, Text token) {
  const Text given = credentials_of(authorization, "bearer");
  return !token.empty() && same_secret(as_bytes(given), as_bytes(token));
}

bool same_secret(Bytes given, Bytes secret) {
  if (secret.empty()) return given.empty();
  Comparison comparison;
  for (size_t i = 0; i < given.size; ++i) comparison.add(given.data[i], byte_at(secret, i));
  if (given.size != secret.size) comparison.fail();
  return comparison.equal();
}

Text basic_challenge(Text realm, MutableBytes room) {
  Challenge out(room);
  out.put("WWW-Authenticate: Basic realm=");
  out.put_quoted(realm);
  out.put(", charset=\"UTF-8\"\r\n");
  return out.done();
}

Text bearer_challenge(Text realm, Text authorization, MutableBytes room) {
  Challenge out(room);
  out.put("WWW-Authenticate: Bearer realm=");
  out.put_quoted(realm);
  if (!credentials_of(authorization, "bearer").empty()) out.put(", error=\"invalid_token\"");
  out.put("\r\n");
  return out.done();
}

}  // namespace whit
