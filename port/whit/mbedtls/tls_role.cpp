// SPDX-License-Identifier: MIT
#include "tls_role.h"

#include "tls_error.h"
#include "tls_library.h"
#include "tls_platform.h"
#include "tls_transport.h"
#include "whit/config.h"

namespace whit {

const char* const TlsOptions::kHttp11[2] = {"http/1.1", nullptr};

namespace {

constexpr size_t kMinPskBytes = 16;  // 128 bits

// RFC 9325, 4.3 and 4.5: signatures with SHA-256 or better, RSA of 2048 bits, curves of 256.
constexpr mbedtls_x509_crt_profile kProfile = {
    MBEDTLS_X509_ID_FLAG(MBEDTLS_MD_SHA256) | MBEDTLS_X509_ID_FLAG(MBEDTLS_MD_SHA384) |
        MBEDTLS_X509_ID_FLAG(MBEDTLS_MD_SHA512),
    0xFFFFFFF,
    MBEDTLS_X509_ID_FLAG(MBEDTLS_ECP_DP_SECP256R1) | MBEDTLS_X509_ID_FLAG(MBEDTLS_ECP_DP_SECP384R1) |
        MBEDTLS_X509_ID_FLAG(MBEDTLS_ECP_DP_SECP521R1),
    2048,
};

// Signatures that are asked for, ended by 0: one list for both versions (RFC 8446, 4.2.3). TLS 1.3 wants RSA-PSS; a
// client of TLS 1.2 alone does not ask for it, because Mbed TLS would leave it out of the ClientHello.
struct Signatures {
  uint16_t list[8] = {};

  constexpr explicit Signatures(bool pss) {
    size_t count = 0;
    list[count++] = MBEDTLS_TLS1_3_SIG_ECDSA_SECP256R1_SHA256;
    if (config::kTlsP384) list[count++] = MBEDTLS_TLS1_3_SIG_ECDSA_SECP384R1_SHA384;
    if (!config::kTlsRsa) return;
    list[count++] = MBEDTLS_TLS1_3_SIG_RSA_PKCS1_SHA256;
    if (config::kTlsP384) list[count++] = MBEDTLS_TLS1_3_SIG_RSA_PKCS1_SHA384;
    if (config::kTlsP384) list[count++] = MBEDTLS_TLS1_3_SIG_RSA_PKCS1_SHA512;
    if (pss) list[count++] = MBEDTLS_TLS1_3_SIG_RSA_PSS_RSAE_SHA256;
    if (pss && config::kTlsP384) list[count++] = MBEDTLS_TLS1_3_SIG_RSA_PSS_RSAE_SHA384;
  }
};
static_assert(MBEDTLS_TLS1_3_SIG_NONE == 0, "the end of the list");
// Suites that are offered and accepted, ended by 0. Forward secrecy and authenticated encryption only (RFC 9325, 4.2),
// but for the plain PSK suites, which are there for devices that cannot do more. All of them are built in: a server
// that finds a suite of a client's in this list, and not in the library, ends the handshake with an internal error.
struct Suites {
  int list[16] = {};
  size_t count = 0;

  constexpr Suites() {
    if (config::kTlsPreferChacha20) add_chacha20();
    if (config::kTlsAesGcm) add_aes_gcm();
    if (!config::kTlsPreferChacha20) add_chacha20();
  }
  constexpr void add(bool built_in, int suite) {
    if (built_in) list[count++] = suite;
  }
  constexpr void add_chacha20() {
    if (!config::kTlsChacha20Poly1305) return;
    add(config::kTls13, MBEDTLS_TLS1_3_CHACHA20_POLY1305_SHA256);
    add(config::kTls12, MBEDTLS_TLS_ECDHE_ECDSA_WITH_CHACHA20_POLY1305_SHA256);
    add(config::kTls12 && config::kTlsRsa, MBEDTLS_TLS_ECDHE_RSA_WITH_CHACHA20_POLY1305_SHA256);
    add(config::kTls12 && config::kTlsPsk, MBEDTLS_TLS_ECDHE_PSK_WITH_CHACHA20_POLY1305_SHA256);
    add(config::kTls12 && config::kTlsPsk, MBEDTLS_TLS_PSK_WITH_CHACHA20_POLY1305_SHA256);
  }
  constexpr void add_aes_gcm() {
    add(config::kTls13, MBEDTLS_TLS1_3_AES_128_GCM_SHA256);
    add(config::kTls13 && config::kTlsP384, MBEDTLS_TLS1_3_AES_256_GCM_SHA384);
    add(config::kTls12, MBEDTLS_TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256);
    add(config::kTls12 && config::kTlsP384, MBEDTLS_TLS_ECDHE_ECDSA_WITH_AES_256_GCM_SHA384);
    add(config::kTls12 && config::kTlsRsa, MBEDTLS_TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256);
    add(config::kTls12 && config::kTlsRsa && config::kTlsP384, MBEDTLS_TLS_ECDHE_RSA_WITH_AES_256_GCM_SHA384);
    add(config::kTls12 && config::kTlsPsk, MBEDTLS_TLS_PSK_WITH_AES_128_GCM_SHA256);
  }
};
constexpr Suites kSuites;
constexpr Signatures kSignatures{config::kTls13};
constexpr Signatures kTls12Signatures{false};

// RFC 6066, 4: asks the peer for records that fit our buffer. 2^9 to 2^12 are the sizes there are, 0 is "do not ask".
constexpr uint8_t fragment_length(uint32_t buffer) {
  uint8_t code = 0;
  for (uint32_t size = 512; size <= buffer && code < 4; size *= 2) ++code;
  return buffer < 16384 ? code : uint8_t{0};
}
static_assert(fragment_length(1023) == MBEDTLS_SSL_MAX_FRAG_LEN_512, "the numbers of the sizes");
static_assert(fragment_length(4096) == MBEDTLS_SSL_MAX_FRAG_LEN_4096 && fragment_length(16384) == 0, "the ends");
[[maybe_unused]] constexpr uint8_t kAskedFragmentLength = fragment_length(kTlsMaxIn);

// DER begins with the tag of a SEQUENCE; other bytes are taken for PEM.
bool is_pem(Bytes from) {
  constexpr uint8_t kSequence = 0x30;
  return !from.empty() && from.data[0] != kSequence;
}

int add_certificates(mbedtls_x509_crt* chain, Bytes from) {
  if (from.empty()) return MBEDTLS_ERR_X509_INVALID_FORMAT;
  if (config::kTlsPem && is_pem(from)) return mbedtls_x509_crt_parse(chain, from.data, from.size);
  return mbedtls_x509_crt_parse_der_nocopy(chain, from.data, from.size);
}

// Mbed TLS sends a Certificate message as one record. Sizes of TLS 1.3 (RFC 8446, 4 and 4.4.2): 8 bytes, and 5 for each
// certificate.
bool fits_record(const mbedtls_x509_crt& chain) {
  size_t size = 8;
  for (const mbedtls_x509_crt* each = &chain; each != nullptr && each->raw.p != nullptr; each = each->next) {
    size += 5 + each->raw.len;
  }
  return size <= kTlsMaxOut;
}

constexpr int64_t kSecondsPerDay = 24 * 60 * 60;

// Days since 1970-01-01 in the Gregorian calendar: years counted from March, so that the leap day is the last.
int32_t days(int32_t year, int32_t month, int32_t day) {
  const int32_t y = month > 2 ? year : year - 1;
  const int32_t day_of_year = (153 * (month > 2 ? month - 3 : month + 9) + 2) / 5 + day - 1;
  return 365 * y + y / 4 - y / 100 + y / 400 + day_of_year - 719468;
}

int64_t seconds(const mbedtls_x509_time& time) {
  return days(time.year, time.mon, time.day) * kSecondsPerDay + time.hour * 3600 + time.min * 60 + time.sec;
}

}  // namespace

const int* tls_suites() { return kSuites.list; }

int64_t tls_unix_time(const TlsOptions& options) { return options.unix_time != nullptr ? options.unix_time() : 0; }

uint32_t tls_check_dates(const mbedtls_x509_crt& certificate, const TlsOptions& options, bool* no_clock) {
  if (options.dates == TlsDates::kIgnore) return 0;
  const int64_t now = tls_unix_time(options);
  if (now == 0 && options.dates == TlsDates::kClock) {
    *no_clock = true;
    return MBEDTLS_X509_BADCERT_FUTURE;
  }
  if ((now != 0 ? now : options.floor_time) > seconds(certificate.valid_to)) return MBEDTLS_X509_BADCERT_EXPIRED;
  if (now != 0 && now < seconds(certificate.valid_from)) return MBEDTLS_X509_BADCERT_FUTURE;
  return 0;
}

int32_t TlsRole::set(const TlsOptions& from, bool server) {
  options = &from;
  mbedtls_ssl_config_init(&config);
  mbedtls_x509_crt_init(&own);
  mbedtls_x509_crt_init(&trusted);
  mbedtls_pk_init(&key);
#if defined(MBEDTLS_SSL_TICKET_C)
  mbedtls_ssl_ticket_init(&tickets);
#endif
  const int endpoint = server ? MBEDTLS_SSL_IS_SERVER : MBEDTLS_SSL_IS_CLIENT;
  int32_t result =
      mbedtls_ssl_config_defaults(&config, endpoint, MBEDTLS_SSL_TRANSPORT_STREAM, MBEDTLS_SSL_PRESET_DEFAULT);
  if (result == 0) result = load_certificates();
  if (result == 0) result = load_key();
  if (result == 0) result = load_psk();
  if (result == 0) result = warm_up();
  if (result != 0) return result;
  const bool authenticates = from.certificate_count != 0 || !from.psk.empty();
  if (server && !authenticates) return kTlsNoCredentials;
  verifies = from.trusted_count != 0 || !from.psk.empty();
  result = set_protocol(server);
  if (result == 0) result = set_alpn();
  return result != 0 ? result : set_tickets(server);
}

void TlsRole::clear() {
#if defined(MBEDTLS_SSL_TICKET_C)
  mbedtls_ssl_ticket_free(&tickets);
#endif
  mbedtls_ssl_config_free(&config);
  mbedtls_pk_free(&key);
  mbedtls_x509_crt_free(&trusted);
  mbedtls_x509_crt_free(&own);
}

int32_t TlsRole::load_certificates() {
  for (size_t i = 0; i < options->trusted_count; ++i) {
    // Above 0: that many certificates of a PEM file could not be parsed. In a system's bundle there may be some whose
    // kind of key is not built in; but one has to be usable.
    if (!config::kTlsPem && is_pem(options->trusted[i])) return kTlsNotDer;
    const int result = add_certificates(&trusted, options->trusted[i]);
    if (result < 0 || trusted.raw.p == nullptr) return kTlsBadCertificate;
  }
  for (size_t i = 0; i < options->certificate_count; ++i) {
    if (!config::kTlsPem && is_pem(options->certificates[i])) return kTlsNotDer;
    if (add_certificates(&own, options->certificates[i]) != 0) return kTlsBadCertificate;
  }
  if (options->trusted_count != 0) mbedtls_ssl_conf_ca_chain(&config, &trusted, nullptr);
  return fits_record(own) ? kTlsOk : kTlsChainTooLong;
}

int32_t TlsRole::load_key() {
  if (options->certificate_count == 0) return 0;
  const Bytes from = options->private_key;
  if (!config::kTlsPem && is_pem(from)) return kTlsNotDer;
  if (mbedtls_pk_parse_key(&key, from.data, from.size, nullptr, 0, tls_random, nullptr) != 0) return kTlsBadKey;
  if (mbedtls_pk_check_pair(&own.pk, &key, tls_random, nullptr) != 0) return kTlsBadKey;
  return mbedtls_ssl_conf_own_cert(&config, &own, &key);
}

// RSA keys keep numbers that they compute at their first use, and grow them at the next. That has to happen here, where
// memory is taken for the role, and not in the midst of a connection.
int32_t TlsRole::warm_up() {
#if defined(MBEDTLS_RSA_C)
  uint8_t signature[MBEDTLS_PK_SIGNATURE_MAX_SIZE] = {};
  const uint8_t hash[32] = {};
  size_t size = 0;
  for (int i = 0; i < 3 && mbedtls_pk_get_type(&key) == MBEDTLS_PK_RSA; ++i) {
    const int result = mbedtls_pk_sign(&key, MBEDTLS_MD_SHA256, hash, sizeof hash, signature, sizeof signature, &size,
                                       tls_random, nullptr);
    if (result != 0) return result;
  }
  for (mbedtls_x509_crt* each = &trusted; each != nullptr && each->raw.p != nullptr; each = each->next) {
    if (mbedtls_pk_get_type(&each->pk) != MBEDTLS_PK_RSA || mbedtls_pk_get_len(&each->pk) > sizeof signature) continue;
    signature[sizeof signature - 1] = 1;  // a wrong one: its verdict does not matter
    size = mbedtls_pk_get_len(&each->pk);
    const int result = mbedtls_pk_verify(&each->pk, MBEDTLS_MD_SHA256, hash, sizeof hash, signature, size);
    if (result != 0 && TlsScope::memory_refused()) return result;
  }
#endif
  return 0;
}

int32_t TlsRole::load_psk() {
  if (options->psk.empty()) return 0;
#if defined(MBEDTLS_SSL_HANDSHAKE_WITH_PSK_ENABLED)  // resumption in TLS 1.3 has the calls built in without
                                                     // WHIT_TLS_PSK
  if (!config::kTlsPsk || options->psk.size < kMinPskBytes || options->psk_identity.empty()) return kTlsBadPsk;
  const Bytes identity = as_bytes(options->psk_identity);
  if (mbedtls_ssl_conf_psk(&config, options->psk.data, options->psk.size, identity.data, identity.size) == 0) return 0;
#endif
  return kTlsBadPsk;
}

int32_t TlsRole::set_protocol(bool server) {
  mbedtls_ssl_conf_rng(&config, tls_random, nullptr);
  // Mbed TLS sets up no connection whose range has a version that is not built in.
  const bool tls13_only = !config::kTls12 || options->min_version == TlsVersion::kTls13;
  const bool tls12_only = !config::kTls13 || options->max_version == TlsVersion::kTls12;
  if (tls12_only && tls13_only) return kTlsNoVersion;
  mbedtls_ssl_conf_min_tls_version(&config, tls13_only ? MBEDTLS_SSL_VERSION_TLS1_3 : MBEDTLS_SSL_VERSION_TLS1_2);
  mbedtls_ssl_conf_max_tls_version(&config, tls12_only ? MBEDTLS_SSL_VERSION_TLS1_2 : MBEDTLS_SSL_VERSION_TLS1_3);
  mbedtls_ssl_conf_ciphersuites(&config, tls_suites());
  mbedtls_ssl_conf_cert_profile(&config, &kProfile);
  mbedtls_ssl_conf_sig_algs(&config, (tls12_only ? kTls12Signatures : kSignatures).list);
  // RFC 8446, 4.4.2: a server asks for a certificate only where it can verify one.
  const bool asks = !server || options->trusted_count != 0;
  mbedtls_ssl_conf_authmode(&config, asks ? MBEDTLS_SSL_VERIFY_REQUIRED : MBEDTLS_SSL_VERIFY_NONE);
#if defined(MBEDTLS_SSL_MAX_FRAGMENT_LENGTH)
  // mbedtls_ssl_conf_max_frag_len() refuses more than MBEDTLS_SSL_OUT_CONTENT_LEN, although the request is for received
  // records. Sent records stay within WHIT_TLS_OUT_BYTES anyway.
  // Only the own copy can ask for them where TLS 1.3 is offered, too (mbedtls_client.c).
  if (!server && (kTlsOwnLibrary || tls12_only)) config.MBEDTLS_PRIVATE(mfl_code) = kAskedFragmentLength;
#endif
  return 0;
}

// Mbed TLS only reads the list, but wants it writable.
int32_t TlsRole::set_alpn() {
  const char* const* const alpn = options->alpn != nullptr ? options->alpn : TlsOptions::kHttp11;
  if (*alpn == nullptr) return 0;
  return mbedtls_ssl_conf_alpn_protocols(&config, const_cast<const char**>(alpn)) == 0 ? kTlsOk : kTlsBadAlpn;
}

int32_t TlsRole::set_tickets([[maybe_unused]] bool server) {
#if defined(MBEDTLS_SSL_SESSION_TICKETS) && defined(MBEDTLS_SSL_CLI_C)
  if (!server) {
    mbedtls_ssl_conf_session_tickets(&config, MBEDTLS_SSL_SESSION_TICKETS_ENABLED);
#if defined(MBEDTLS_SSL_PROTO_TLS1_3) && MBEDTLS_VERSION_NUMBER >= 0x03060100
    // Off by default, and then TLS 1.3 tickets are thrown away without a word.
    mbedtls_ssl_conf_tls13_enable_signal_new_session_tickets(&config,
                                                             MBEDTLS_SSL_TLS1_3_SIGNAL_NEW_SESSION_TICKETS_ENABLED);
#endif
  }
#endif
#if defined(MBEDTLS_SSL_TICKET_C)
  if (!server || !config::kTlsTickets) return 0;
  const auto cipher = config::kTlsAesGcm ? MBEDTLS_CIPHER_AES_128_GCM : MBEDTLS_CIPHER_CHACHA20_POLY1305;
  const int result = mbedtls_ssl_ticket_setup(&tickets, tls_random, nullptr, cipher, config::kTlsTicketLifetimeS);
  if (result != 0) return result;
  mbedtls_ssl_conf_session_tickets_cb(&config, TlsTransport::write_ticket, TlsTransport::parse_ticket, &tickets);
#endif
  return 0;
}

}  // namespace whit
