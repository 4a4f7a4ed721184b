// SPDX-License-Identifier: MIT
// R-HS-4: credentials and cookies as they arrive at a server.
#include "whit/credentials.h"

#include <gtest/gtest.h>

#include <functional>
#include <string>
#include <utility>
#include <vector>

#include "unit/addons/sent_fields.h"

namespace whit {
namespace {

std::string basic(Text user, const std::string& password) {
  return sent_fields([&](FieldWriter out) { put_basic(out, user, bytes_of(password)); });
}

// RFC 7617, 2 and 2.1; RFC 4648, 10.
TEST(Credentials, Basic) {
  EXPECT_EQ(basic("Aladdin", "open sesame"), "Authorization: Basic QWxhZGRpbjpvcGVuIHNlc2FtZQ==\r\n");
  EXPECT_EQ(basic("test", "123\xC2\xA3"), "Authorization: Basic dGVzdDoxMjPCow==\r\n");
  EXPECT_EQ(basic("", ""), "Authorization: Basic Og==\r\n");
  EXPECT_EQ(basic("u", ""), "Authorization: Basic dTo=\r\n");
  EXPECT_EQ(basic("u", "p"), "Authorization: Basic dTpw\r\n");
  EXPECT_EQ(basic("u", "a:b"), "Authorization: Basic dTphOmI=\r\n") << "the first colon ends the user";
}

// OCPP passwords are 20 raw bytes.
TEST(Credentials, APasswordIsAnyBytes) {
  const std::string raw(
      "\x00\x01\r\n\xFF\xFE:;\x7F\x80"
      "abcdefghij",
      20);
  EXPECT_EQ(basic("CP1", raw), "Authorization: Basic Q1AxOgABDQr//jo7f4BhYmNkZWZnaGlq\r\n");
}

TEST(Credentials, AUserHasNoColonAndNoControlCharacter) {
  for (const Text user : {Text("a:b"), Text(":"), Text("a\r\nB: c"), Text("a\0", 2), Text("\x7F"), Text("\x1F")}) {
    EXPECT_EQ(basic(user, "p"), "refused");
  }
  EXPECT_EQ(basic("J\xC3\xBC", "p"), "Authorization: Basic SsO8OnA=\r\n");
}

// RFC 6750, 2.1
TEST(Credentials, Bearer) {
  const auto bearer = [](Text token) { return sent_fields([&](FieldWriter out) { put_bearer(out, token); }); };
  EXPECT_EQ(bearer("mF_9.B5f-4.1JqM"), "Authorization: Bearer mF_9.B5f-4.1JqM\r\n");
  EXPECT_EQ(bearer("aZ09-._~+/=="), "Authorization: Bearer aZ09-._~+/==\r\n");
  const std::string jwt(1000, 'j');
  EXPECT_EQ(bearer({jwt.data(), jwt.size()}), "Authorization: Bearer " + jwt + "\r\n");
  for (const Text token : {Text(""), Text("="), Text("a b"), Text("a=b"), Text("a\r\nB: c"), Text("a,b"),
                           Text("\xC3\xA4"), Text("a\0", 2)}) {
    EXPECT_EQ(bearer(token), "refused") << std::string(token.data, token.size);
  }
}

// RFC 6265, 4.1.1 and 4.2.1
TEST(Credentials, Cookies) {
  const auto cookies = [](std::vector<Cookie> all) {
    return sent_fields([&](FieldWriter out) { put_cookies(out, all.data(), all.size()); });
  };
  EXPECT_EQ(cookies({}), "");
  EXPECT_EQ(cookies({{"SID", "31d4d96e407aad42"}, {"lang", "en-US"}, {"e", ""}}),
            "Cookie: SID=31d4d96e407aad42; lang=en-US; e=\r\n");
  for (const Cookie bad :
       {Cookie{"", "v"}, Cookie{"a b", "v"}, Cookie{"a=", "v"}, Cookie{"a;", "v"}, Cookie{"n", "a b"},
        Cookie{"n", "a;b"}, Cookie{"n", "a,b"}, Cookie{"n", "\"a\""}, Cookie{"n", "a\\"}, Cookie{"n", "a\r\nB: c"},
        Cookie{"n", "\xC3\xA4"}, Cookie{"n", "\x7F"}}) {
    EXPECT_EQ(cookies({bad}), "refused") << std::string(bad.value.data, bad.value.size);
    EXPECT_EQ(cookies({{"ok", "v"}, bad}), "refused");
  }
}

}  // namespace
}  // namespace whit
