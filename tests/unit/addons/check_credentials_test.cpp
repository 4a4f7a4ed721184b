// SPDX-License-Identifier: MIT
// R-HS-4, R-HS-5: credentials of a request as a server checks them; credentials_test.cpp writes them.
#include "whit/check_credentials.h"

#include <gtest/gtest.h>
#include <setjmp.h>
#include <signal.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include <string>

#include "unit/addons/sent_fields.h"
#include "unit/emulated.h"
#include "whit/credentials.h"

namespace whit {
namespace {

bool basic(const std::string& field, Text user, const std::string& password) {
  return check_basic({field.data(), field.size()}, user, bytes_of(password));
}
bool bearer(const std::string& field, Text token) { return check_bearer({field.data(), field.size()}, token); }

std::string value_of(const std::string& field) { return field.substr(15, field.size() - 17); }

// RFC 7617, 2 and 2.1
TEST(CheckCredentials, Basic) {
  EXPECT_TRUE(basic("Basic QWxhZGRpbjpvcGVuIHNlc2FtZQ==", "Aladdin", "open sesame"));
  EXPECT_TRUE(basic("Basic dGVzdDoxMjPCow==", "test", "123\xC2\xA3"));
  EXPECT_TRUE(basic("Basic dTphOmI=", "u", "a:b")) << "the first colon ends the user";
  EXPECT_TRUE(basic("Basic Og==", "", ""));
  EXPECT_TRUE(basic("Basic dTo=", "u", ""));
  EXPECT_FALSE(basic("Basic QWxhZGRpbjpvcGVuIHNlc2FtZQ==", "aladdin", "open sesame"));
  EXPECT_FALSE(basic("Basic QWxhZGRpbjpvcGVuIHNlc2FtZQ==", "Aladdin", "open sesam"));
  EXPECT_FALSE(basic("Basic QWxhZGRpbjpvcGVuIHNlc2FtZQ==", "Aladdin", "open sesame!"));
  EXPECT_FALSE(basic("Basic QWxhZGRpbjpvcGVuIHNlc2FtZQ==", "Aladdin", ""));
  EXPECT_FALSE(basic("Basic Og==", "", "p"));
  EXPECT_FALSE(basic("Basic dTo=", "", "u:"));
}

TEST(CheckCredentials, AUserWithAColonIsNobody) {
  EXPECT_TRUE(basic("Basic dTphOmI=", "u", "a:b"));
  EXPECT_FALSE(basic("Basic dTphOmI=", "u:a", "b")) << "it would be the user u with another password";
}

// RFC 9110, 11.4
TEST(CheckCredentials, TheSchemeIsWithoutRegardToCase) {
  EXPECT_TRUE(basic("bASIC dTpw", "u", "p"));
  EXPECT_TRUE(basic("Basic   dTpw", "u", "p"));
  EXPECT_TRUE(bearer("BEARER x", "x"));
  for (const char* field : {"", "Basic", "Basic ", "Basic\tdTpw", "BasicdTpw", "Basi dTpw", "Basicx dTpw", "dTpw",
                            "Bearer dTpw", " Basic dTpw", "Basic  "}) {
    EXPECT_FALSE(basic(field, "u", "p")) << field;
    EXPECT_FALSE(basic(field, "", "")) << field;
  }
}

// RFC 4648, 3.2, 3.3 and 3.5
TEST(CheckCredentials, Base64IsStrict) {
  ASSERT_TRUE(basic("Basic dTpwcA==", "u", "pp"));
  ASSERT_TRUE(basic("Basic dTpwcHA=", "u", "ppp"));
  for (const char* field :
       {"Basic dTpwcA",    "Basic dTpwcA=",    "Basic dTpwcA===", "Basic dTpwcA== ",    "Basic dTpwcA==,",
        "Basic dTpw cA==", "Basic dTpwcA==\n", "Basic dTpwcB==",  "Basic dTpwcP==",     "Basic =",
        "Basic ==",        "Basic ===",        "Basic ====",      "Basic dTpw====",     "Basic dTpwc===",
        "Basic dTpw=A==",  "Basic dTpwcA=A",   "Basic dTpwc-==",  "Basic dTpwcA==dTpw", "Basic realm=\"dTpwcA==\""}) {
    EXPECT_FALSE(basic(field, "u", "pp")) << field;
  }
  EXPECT_FALSE(basic("Basic dTpwY===", "u", "p")) << "a digit that makes no byte";
  EXPECT_FALSE(basic("Basic dTpwcHB=", "u", "ppp")) << "bits that belong to no byte";
  EXPECT_FALSE(basic("Basic dTpwcHD=", "u", "ppp"));
}

// OCPP passwords are 20 raw bytes; whatever a client of Whit writes, a server of Whit reads.
TEST(CheckCredentials, APasswordIsAnyBytes) {
  std::string password;
  for (int size = 0; size < sample(260); ++size) {
    const std::string field =
        value_of(sent_fields([&](FieldWriter out) { put_basic(out, "CP1", bytes_of(password)); }));
    EXPECT_TRUE(basic(field, "CP1", password)) << size;
    for (size_t at = 0; at < password.size(); at += 7) {
      std::string wrong = password;
      wrong[at] = static_cast<char>(wrong[at] ^ 0x80);
      EXPECT_FALSE(basic(field, "CP1", wrong)) << size << " at " << at;
    }
    EXPECT_FALSE(basic(field, "CP1", password + '\0')) << size;
    password += static_cast<char>(255 - size);
  }
}

// RFC 6750, 2.1
TEST(CheckCredentials, Bearer) {
  EXPECT_TRUE(bearer("Bearer mF_9.B5f-4.1JqM", "mF_9.B5f-4.1JqM"));
  for (const char* field :
       {"Bearer mF_9.B5f-4.1JqN", "Bearer mF_9.B5f-4.1Jq", "Bearer mF_9.B5f-4.1JqMM", "Bearer nF_9.B5f-4.1JqM",
        "Bearer mF_9.B5f-4.1JqM ", "Basic mF_9.B5f-4.1JqM", "mF_9.B5f-4.1JqM", "Bearer", "Bearer ", ""}) {
    EXPECT_FALSE(bearer(field, "mF_9.B5f-4.1JqM")) << field;
  }
  EXPECT_FALSE(bearer("Bearer mm", "m")) << "what repeats the first byte is longer";
  EXPECT_FALSE(bearer("Bearer ", "")) << "a token that was not configured";
  EXPECT_FALSE(bearer("", ""));
}

// The last byte of a secret lies in memory that cannot be read: to read it is to be seen.
sigjmp_buf jump;
void on_fault(int) { siglongjmp(jump, 1); }

class Fence {
 public:
  Fence() : page_(static_cast<size_t>(sysconf(_SC_PAGESIZE))) {
    void* memory = mmap(nullptr, 2 * page_, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    memory_ = memory != MAP_FAILED ? static_cast<uint8_t*>(memory) : nullptr;
    struct sigaction action = {};
    action.sa_handler = on_fault;
    sigaction(SIGSEGV, &action, &before_);
  }
  ~Fence() {
    sigaction(SIGSEGV, &before_, nullptr);
    munmap(memory_, 2 * page_);
  }
  // The text, whose last byte lies behind the fence.
  Bytes put(const std::string& text) {
    mprotect(memory_, 2 * page_, PROT_READ | PROT_WRITE);
    uint8_t* const begin = memory_ + page_ + 1 - text.size();
    memcpy(begin, text.data(), text.size());
    mprotect(memory_ + page_, page_, PROT_NONE);
    return {begin, text.size()};
  }

 private:
  size_t page_;
  uint8_t* memory_;
  struct sigaction before_ = {};
};

template <typename Check>
bool reads_the_last_byte(const Check& check) {
  if (sigsetjmp(jump, 1) != 0) return true;
  check();
  return false;
}

TEST(CheckCredentials, ASecretIsReadToItsEndThoughItsFirstByteIsWrong) {
  Fence fence;
  const Bytes password = fence.put("secret");
  ASSERT_TRUE(reads_the_last_byte([&] { (void)same_secret(bytes_of("secret"), password); }));
  EXPECT_TRUE(reads_the_last_byte([&] { (void)same_secret(bytes_of("Xecret"), password); }));
  EXPECT_TRUE(reads_the_last_byte([&] { (void)same_secret(bytes_of("XXXXXXXXXX"), password); })) << "one too long";
  EXPECT_FALSE(reads_the_last_byte([&] { (void)same_secret(bytes_of("secre"), password); })) << "one too short";
  const std::string wrong = "Basic dTpYZWNyZXQ=";  // u:Xecret
  EXPECT_TRUE(reads_the_last_byte([&] { (void)check_basic({wrong.data(), wrong.size()}, "u", password); }));
  const std::string wrong_user = "Basic WDpzZWNyZXQ=";  // X:secret
  EXPECT_TRUE(reads_the_last_byte([&] { (void)check_basic({wrong_user.data(), wrong_user.size()}, "u", password); }));
  EXPECT_TRUE(reads_the_last_byte([&] { (void)check_bearer("Bearer Xecret", as_text(password)); }));
}

std::string text_of(Text text) { return {text.data, text.size}; }

// RFC 7617, 2 and 2.1; RFC 9110, 11.6.1 and 5.6.4
TEST(CheckCredentials, AChallengeForBasic) {
  uint8_t room[80];
  EXPECT_EQ(text_of(basic_challenge("heat pump 7", {room, sizeof room})),
            "WWW-Authenticate: Basic realm=\"heat pump 7\", charset=\"UTF-8\"\r\n");
  EXPECT_EQ(text_of(basic_challenge("a\"b\\c", {room, sizeof room})),
            "WWW-Authenticate: Basic realm=\"a\\\"b\\\\c\", charset=\"UTF-8\"\r\n");
  const Text exact = basic_challenge("r", {room, 52});
  EXPECT_EQ(exact.size, 52u) << "51 bytes and the realm";
  EXPECT_TRUE(basic_challenge("r", {room, 51}).empty()) << "nothing is cut off";
  EXPECT_TRUE(basic_challenge("a\r\nSet-Cookie: b", {room, sizeof room}).empty());
  EXPECT_TRUE(basic_challenge("\x7F", {room, sizeof room}).empty());
}

// RFC 6750, 3
TEST(CheckCredentials, AChallengeForBearer) {
  uint8_t room[80];
  EXPECT_EQ(text_of(bearer_challenge("r", "", {room, sizeof room})), "WWW-Authenticate: Bearer realm=\"r\"\r\n")
      << "no error for a request without credentials";
  EXPECT_EQ(text_of(bearer_challenge("r", "Bearer x", {room, sizeof room})),
            "WWW-Authenticate: Bearer realm=\"r\", error=\"invalid_token\"\r\n");
}

}  // namespace
}  // namespace whit
