// SPDX-License-Identifier: MIT
// A peer made of Mbed TLS itself, at the other side of a pipe, that can also break the rules: send any record at any
// time.
#pragma once

#include <gtest/gtest.h>
#include <mbedtls/ssl.h>

#include <string>

#include "unit/port/mbedtls/bench.h"
#include "whit/mbedtls/tls_platform.h"
#include "whit/mbedtls/tls_role.h"

// Inner calls of Mbed TLS. The first sends the record that was put into the context, the second the Certificate
// message.
extern "C" int mbedtls_ssl_write_record(mbedtls_ssl_context* ssl, int force_flush);
extern "C" int mbedtls_ssl_tls13_write_certificate(mbedtls_ssl_context* ssl);

namespace whit {

// The records of handshakes in the clear, joined and cut anew into ones of `size` bytes; from the first record of
// another type on, everything as it is.
inline std::string cut_records(const std::string& records, size_t size) {
  std::string joined, head, cut;
  size_t at = 0;
  while (at + 5 <= records.size() && records[at] == MBEDTLS_SSL_MSG_HANDSHAKE) {
    const size_t length =
        static_cast<size_t>(static_cast<uint8_t>(records[at + 3]) << 8 | static_cast<uint8_t>(records[at + 4]));
    head = records.substr(at, 3);
    joined += records.substr(at + 5, length);
    at += 5 + length;
  }
  for (size_t i = 0; i < joined.size(); i += size) {
    const std::string part = joined.substr(i, size);
    cut += head + static_cast<char>(part.size() >> 8) + static_cast<char>(part.size() & 0xFF) + part;
  }
  return cut + records.substr(at);
}

class Partner {
 public:
  Partner(TlsBench& bench, TestPeer& peer, bool client, TlsVersion version) : bench_(bench), peer_(peer) {
    const TlsScope scope(bench_.gate, nullptr);
    mbedtls_ssl_config_init(&config_);
    mbedtls_x509_crt_init(&certificate_);
    mbedtls_pk_init(&key_);
    mbedtls_ssl_init(&ssl_);
    const int endpoint = client ? MBEDTLS_SSL_IS_CLIENT : MBEDTLS_SSL_IS_SERVER;
    mbedtls_ssl_config_defaults(&config_, endpoint, MBEDTLS_SSL_TRANSPORT_STREAM, MBEDTLS_SSL_PRESET_DEFAULT);
    mbedtls_ssl_conf_ciphersuites(&config_, tls_suites());
    mbedtls_ssl_conf_rng(&config_, tls_random, nullptr);
    mbedtls_ssl_conf_authmode(&config_, MBEDTLS_SSL_VERIFY_NONE);
    const bool tls12 = version == TlsVersion::kTls12;
    mbedtls_ssl_conf_max_tls_version(&config_, tls12 ? MBEDTLS_SSL_VERSION_TLS1_2 : MBEDTLS_SSL_VERSION_TLS1_3);
    mbedtls_ssl_conf_min_tls_version(&config_, tls12 ? MBEDTLS_SSL_VERSION_TLS1_2 : MBEDTLS_SSL_VERSION_TLS1_3);
    if (!client) {
      const TestCredentials& credentials = test_credentials();
      mbedtls_x509_crt_parse(&certificate_, credentials.certificate.data, credentials.certificate.size);
      mbedtls_pk_parse_key(&key_, credentials.key.data, credentials.key.size, nullptr, 0, tls_random, nullptr);
      mbedtls_ssl_conf_own_cert(&config_, &certificate_, &key_);
    }
    EXPECT_EQ(mbedtls_ssl_setup(&ssl_, &config_), 0);
    mbedtls_ssl_set_bio(&ssl_, this, send, receive, nullptr);
  }
  ~Partner() {
    const TlsScope scope(bench_.gate, nullptr);
    mbedtls_ssl_free(&ssl_);
    mbedtls_pk_free(&key_);
    mbedtls_x509_crt_free(&certificate_);
    mbedtls_ssl_config_free(&config_);
  }

  // The whole handshake with the bench's end.
  bool handshake() {
    const bool done = handshake_until(MBEDTLS_SSL_HANDSHAKE_OVER) == 0;
    if (done) bench_.turns(30);
    return done;
  }

  // A server of TLS 1.3 whose Certificate message has none. Returns the error of Mbed TLS that ends the handshake.
  int handshake_with_empty_certificate() {
    const int result = handshake_until(MBEDTLS_SSL_SERVER_CERTIFICATE);
    if (result != 0) return result;
    mbedtls_ssl_key_cert* const own = config_.MBEDTLS_PRIVATE(key_cert);
    config_.MBEDTLS_PRIVATE(key_cert) = nullptr;
    {
      const TlsScope scope(bench_.gate, nullptr);
      EXPECT_EQ(mbedtls_ssl_tls13_write_certificate(&ssl_), 0);
    }
    config_.MBEDTLS_PRIVATE(key_cert) = own;
    ssl_.MBEDTLS_PRIVATE(state) = MBEDTLS_SSL_CERTIFICATE_VERIFY;
    return handshake_until(MBEDTLS_SSL_HANDSHAKE_OVER);
  }

  int write(const std::string& text) {
    const TlsScope scope(bench_.gate, nullptr);
    return mbedtls_ssl_write(&ssl_, reinterpret_cast<const uint8_t*>(text.data()), text.size());
  }
  // One record of any type.
  int record(uint8_t type, const std::string& content) {
    const TlsScope scope(bench_.gate, nullptr);
    ssl_.MBEDTLS_PRIVATE(out_msgtype) = type;
    ssl_.MBEDTLS_PRIVATE(out_msglen) = content.size();
    memcpy(ssl_.MBEDTLS_PRIVATE(out_msg), content.data(), content.size());
    return mbedtls_ssl_write_record(&ssl_, 1);
  }
  int alert(uint8_t level, uint8_t number) { return record(MBEDTLS_SSL_MSG_ALERT, {char(level), char(number)}); }
  // The output of the bench's end: text, or the error of Mbed TLS.
  int read(std::string* text) {
    const TlsScope scope(bench_.gate, nullptr);
    uint8_t room[20000];
    const int result = mbedtls_ssl_read(&ssl_, room, sizeof room);
    if (result > 0) text->append(reinterpret_cast<char*>(room), static_cast<size_t>(result));
    return result;
  }

  // Not 0: the clear part of the handshake is sent in records of so many bytes.
  size_t cut = 0;

  // Holds records back, so that the test can send them cut.
  bool hold = false;
  std::string held;

  mbedtls_ssl_context ssl_;

 private:
  // 0: `state` was reached. MBEDTLS_ERR_SSL_TIMEOUT: the peer has not answered in 400 turns.
  int handshake_until(int state) {
    for (int i = 0; i < 400 && ssl_.MBEDTLS_PRIVATE(state) != state; ++i) {
      int result = MBEDTLS_ERR_SSL_WANT_READ;
      {
        const TlsScope scope(bench_.gate, nullptr);
        do {
          result = mbedtls_ssl_handshake_step(&ssl_);
        } while (result == 0 && ssl_.MBEDTLS_PRIVATE(state) != state);
      }
      if (result != 0 && result != MBEDTLS_ERR_SSL_WANT_READ && result != MBEDTLS_ERR_SSL_WANT_WRITE) return result;
      if (result != 0) bench_.turn();
    }
    return ssl_.MBEDTLS_PRIVATE(state) == state ? 0 : MBEDTLS_ERR_SSL_TIMEOUT;
  }

  static int send(void* self, const unsigned char* data, size_t size) {
    Partner& partner = *static_cast<Partner*>(self);
    std::string text(reinterpret_cast<const char*>(data), size);
    if (text[0] != MBEDTLS_SSL_MSG_HANDSHAKE) partner.cut = 0;
    if (partner.cut != 0) text = cut_records(text, partner.cut);
    if (partner.hold) {
      partner.held += text;
    } else {
      partner.peer_.send(text);
    }
    return static_cast<int>(size);
  }
  static int receive(void* self, unsigned char* destination, size_t size) {
    Partner& partner = *static_cast<Partner*>(self);
    partner.inbox_ += partner.peer_.take();
    if (partner.inbox_.empty()) return partner.peer_.closed() ? 0 : MBEDTLS_ERR_SSL_WANT_READ;
    size = size < partner.inbox_.size() ? size : partner.inbox_.size();
    memcpy(destination, partner.inbox_.data(), size);
    partner.inbox_.erase(0, size);
    return static_cast<int>(size);
  }

  TlsBench& bench_;
  TestPeer& peer_;
  mbedtls_ssl_config config_;
  mbedtls_x509_crt certificate_;
  mbedtls_pk_context key_;
  std::string inbox_;
};

}  // namespace whit
