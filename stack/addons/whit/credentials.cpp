// SPDX-License-Identifier: MIT
#include "whit/credentials.h"

#include <stdint.h>

namespace whit {

namespace {

bool is_control(char c) { return static_cast<uint8_t>(c) < ' ' || c == 0x7F; }

bool is_one_of(char c, const char* characters) {
  while (*characters != '\0' && *characters != c) ++characters;
  return *characters != '\0';
}

bool is_alphanumeric(char c) {
  const char small = static_cast<char>(c | 0x20);
  return (c >= '0' && c <= '9') || (small >= 'a' && small <= 'z');
}

// RFC 6750, 2.1: b64token.
bool is_bearer_token(Text token) {
  size_t size = token.size;
  while (size != 0 && token[size - 1] == '=') --size;
  for (size_t i = 0; i < size; ++i) {
    if (!is_alphanumeric(token[i]) && !is_one_of(token[i], "-._~+/")) return false;
  }
  return size != 0;
}

// RFC 6265, 4.1.1, whose name is a token of RFC 9110, 5.6.2.
bool is_cookie_name(Text name) {
  for (size_t i = 0; i < name.size; ++i) {
    if (!is_alphanumeric(name[i]) && !is_one_of(name[i], "!#$%&'*+-.^_`|~")) return false;
  }
  return !name.empty();
}

bool is_cookie_value(Text value) {
  for (size_t i = 0; i < value.size; ++i) {
    if (value[i] <= ' ' || value[i] >= 0x7F || is_one_of(value[i], "\",;\\")) return false;
  }
  return true;
}

// Base64 (RFC 4648, 4) of bytes that come one by one.
class Base64 {
 public:
  explicit Base64(FieldWriter out) : out_(out) {}

  void put(uint8_t byte) {
    bits_ = bits_ << 8 | byte;
    if (++count_ == 3) flush();
  }
  void finish() {
    if (count_ != 0) flush();
  }

 private:
  void flush() {
    constexpr char kDigits[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    bits_ <<= 8 * (3 - count_);
    char digits[4];
    for (unsigned i = 0; i < 4; ++i) digits[i] = i <= count_ ? kDigits[bits_ >> (18 - 6 * i) & 63] : '=';
    out_.add({digits, sizeof digits});
    bits_ = 0;
    count_ = 0;
  }

  FieldWriter out_;
  uint32_t bits_ = 0;
  unsigned count_ = 0;
};

}  // namespace

void put_basic(FieldWriter out, Text user, Bytes password) {
  for (size_t i = 0; i < user.size; ++i) {
    if (user[i] == ':' || is_control(user[i])) return out.refuse();
  }
  out.put("Authorization", "Basic ");
  Base64 encoded(out);
  for (size_t i = 0; i < user.size; ++i) encoded.put(static_cast<uint8_t>(user[i]));
  encoded.put(':');
  for (size_t i = 0; i < password.size; ++i) encoded.put(password.data[i]);
  encoded.finish();
}

void put_bearer(FieldWriter out, Text token) {
  if (!is_bearer_token(token)) return out.refuse();
  out.put("Authorization", "Bearer ");
  out.add(token);
}

void put_cookies(FieldWriter out, const Cookie* cookies, size_t count) {
  for (size_t i = 0; i < count; ++i) {
    if (!is_cookie_name(cookies[i].name) || !is_cookie_value(cookies[i].value)) return out.refuse();
    if (i == 0) {
      out.begin("Cookie");
    } else {
      out.add("; ");
    }
    out.add(cookies[i].name);
    out.add("=");
    out.add(cookies[i].value);
  }
}

}  // namespace whit
