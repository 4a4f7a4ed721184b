// SPDX-License-Identifier: MIT
#include "whit/wire/accept_key.h"

#include <gtest/gtest.h>

#include <string>

#include "whit/http/grammar.h"

namespace whit::wire {
namespace {

std::string key_of(const std::string& nonce) {
  uint32_t words[kNonceWords] = {};
  for (size_t i = 0; i < 4 * kNonceWords; ++i) words[i / 4] = words[i / 4] << 8 | static_cast<uint8_t>(nonce.at(i));
  char key[kKeySize + 1];
  for (char& c : key) c = '~';
  make_key(words, key);
  EXPECT_EQ(key[kKeySize], '~');
  return std::string(key, kKeySize);
}

std::string accept_of(const std::string& key) {
  char accept[kAcceptSize + 1];
  for (char& c : accept) c = '~';
  accept_key(key.data(), accept);
  EXPECT_EQ(accept[kAcceptSize], '~');
  return std::string(accept, kAcceptSize);
}

// The opposite of base64, by counting: where a character stands in the alphabet of RFC 4648 table 1.
std::string decode(const std::string& text) {
  const std::string alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
  std::string bits;
  for (const char c : text) {
    if (c == '=') break;
    for (int bit = 5; bit >= 0; --bit) bits += (alphabet.find(c) >> bit & 1) != 0 ? '1' : '0';
  }
  std::string bytes;
  for (size_t i = 0; i + 8 <= bits.size(); i += 8) bytes += static_cast<char>(std::stoi(bits.substr(i, 8), nullptr, 2));
  return bytes;
}

TEST(AcceptKey, ExampleOfTheRfc) {
  // RFC 6455 section 1.3.
  EXPECT_EQ(accept_of("dGhlIHNhbXBsZSBub25jZQ=="), "s3pPLMBiTxaQ9kYGzzhZRbK+xOo=");
  EXPECT_EQ(key_of("the sample nonce"), "dGhlIHNhbXBsZSBub25jZQ==");
}

// Made with another implementation.
TEST(AcceptKey, OtherKeys) {
  EXPECT_EQ(accept_of("AAAAAAAAAAAAAAAAAAAAAA=="), "ICX+Yqv66kxgM0FcWaLWlFLwTAI=");
  EXPECT_EQ(accept_of("/////////////////////w=="), "XXpj4jYzLM2yUE0C7TIgMwTQh2g=");
  EXPECT_EQ(accept_of("AAECAwQFBgcICQoLDA0ODw=="), "Bz3qJYTGdOe8gUSpLosEdiLKDrk=");
  EXPECT_EQ(accept_of("+++++++++++++++++++++w=="), "ixakkuXOmA6rnL940yFjkr2/Yxs=");
  EXPECT_EQ(accept_of("//79/AAQgxBRhyCSizDTjw=="), "MgFf5bZvRAoav/zylB1N4PmdWGQ=");
  EXPECT_EQ(accept_of("x3JJHMbDL1EzLkh9GBhXDw=="), "HSmrc0sMlYUkAGmm5OPpG2HaGWk=");
  // As it was sent, spare bits and all.
  EXPECT_EQ(accept_of("AAAAAAAAAAAAAAAAAAAAA/=="), "Y3/spZqjp+5Mkkv2AXXLUvL5QEc=");
}

// A thousand keys, each from the answer to the one before; the last one was made with another implementation.
TEST(AcceptKey, ChainOfAThousand) {
  std::string nonce(4 * kNonceWords, '\0');
  std::string key;
  std::string accept;
  for (int i = 0; i < 1000; ++i) {
    key = key_of(nonce);
    ASSERT_EQ(decode(key), nonce);
    ASSERT_TRUE(http::valid_key_value({key.data(), key.size()})) << key;
    accept = accept_of(key);
    nonce = decode(accept).substr(0, 4 * kNonceWords);
  }
  EXPECT_EQ(key, "N1LhesSUjQXy5DTfcO4cDQ==");
  EXPECT_EQ(accept, "01BtdTlgLBIznIU+WMyF3LPUXrM=");
}

TEST(AcceptKey, AnswerMayOverwriteTheKey) {
  std::string text = "dGhlIHNhbXBsZSBub25jZQ==....";
  accept_key(text.data(), &text[0]);
  EXPECT_EQ(text, "s3pPLMBiTxaQ9kYGzzhZRbK+xOo=");
}

}  // namespace
}  // namespace whit::wire
