// SPDX-License-Identifier: MIT
// What the port needs of Mbed TLS and of its configuration, where that is the project's own: one message for each
// option that is missing. Nothing of this is code; CMake compiles it before the rest of the port.
#if !__has_include(<mbedtls/build_info.h>)
#error "Whit needs Mbed TLS 3.6: there is no mbedtls/build_info.h, so this is 2.28 or older, or not in the include path"
#else

#include <mbedtls/build_info.h>

#if MBEDTLS_VERSION_NUMBER < 0x03060000 || MBEDTLS_VERSION_NUMBER >= 0x03070000
#error "Whit needs Mbed TLS 3.6: this is another version, see MBEDTLS_VERSION_STRING in mbedtls/build_info.h"
#else

#include "whit/config.h"

namespace {

using namespace whit;

// A macro that is not defined is its own name when it is expanded and made text.
constexpr bool differ(const char* one, const char* other) {
  while (*one != 0 && *one == *other) {
    ++one;
    ++other;
  }
  return *one != *other;
}

#define WHIT_TEXT(text) #text
#define WHIT_EXPANDED(text) WHIT_TEXT(text)

// Where `wanted` holds, `fact` has to be defined, which Mbed TLS derives from `option`, or is `option` itself.
#define WHIT_NEEDS(wanted, reason, option, fact)                 \
  static_assert(!(wanted) || differ(#fact, WHIT_EXPANDED(fact)), \
                reason " needs " #option ": define it in Mbed TLS's configuration")

WHIT_NEEDS(true, "Whit", MBEDTLS_SSL_TLS_C, MBEDTLS_SSL_TLS_C);
WHIT_NEEDS(true, "Whit", MBEDTLS_SSL_ALPN, MBEDTLS_SSL_ALPN);
WHIT_NEEDS(true, "Whit", MBEDTLS_X509_CRT_PARSE_C, MBEDTLS_X509_CRT_PARSE_C);
WHIT_NEEDS(true, "Whit", MBEDTLS_PK_PARSE_C, MBEDTLS_PK_PARSE_C);
WHIT_NEEDS(true, "Whit", MBEDTLS_ECDSA_C, MBEDTLS_PK_CAN_ECDSA_SIGN);
WHIT_NEEDS(true, "Whit", MBEDTLS_ECP_DP_SECP256R1_ENABLED, MBEDTLS_ECP_HAVE_SECP256R1);
WHIT_NEEDS(true, "Whit", MBEDTLS_SHA256_C, MBEDTLS_MD_CAN_SHA256);
WHIT_NEEDS(config::kTlsClient, "WHIT_TLS_CLIENT", MBEDTLS_SSL_CLI_C, MBEDTLS_SSL_CLI_C);
WHIT_NEEDS(config::kTlsClient, "WHIT_TLS_CLIENT", MBEDTLS_SSL_SERVER_NAME_INDICATION,
           MBEDTLS_SSL_SERVER_NAME_INDICATION);
WHIT_NEEDS(config::kTlsClient, "WHIT_TLS_CLIENT", MBEDTLS_SSL_SESSION_TICKETS, MBEDTLS_SSL_SESSION_TICKETS);
WHIT_NEEDS(config::kTlsServer, "WHIT_TLS_SERVER", MBEDTLS_SSL_SRV_C, MBEDTLS_SSL_SRV_C);
WHIT_NEEDS(config::kTlsTickets, "WHIT_TLS_TICKETS", MBEDTLS_SSL_TICKET_C, MBEDTLS_SSL_TICKET_C);
WHIT_NEEDS(config::kTlsTickets, "WHIT_TLS_TICKETS", MBEDTLS_HAVE_TIME, MBEDTLS_HAVE_TIME);
WHIT_NEEDS(config::kTls12, "WHIT_TLS_1_2", MBEDTLS_SSL_PROTO_TLS1_2, MBEDTLS_SSL_PROTO_TLS1_2);
WHIT_NEEDS(config::kTls12, "WHIT_TLS_1_2", MBEDTLS_SSL_EXTENDED_MASTER_SECRET, MBEDTLS_SSL_EXTENDED_MASTER_SECRET);
WHIT_NEEDS(config::kTls12, "WHIT_TLS_1_2", MBEDTLS_KEY_EXCHANGE_ECDHE_ECDSA_ENABLED,
           MBEDTLS_KEY_EXCHANGE_ECDHE_ECDSA_ENABLED);
WHIT_NEEDS(config::kTls13, "WHIT_TLS_1_3", MBEDTLS_SSL_PROTO_TLS1_3, MBEDTLS_SSL_PROTO_TLS1_3);
WHIT_NEEDS(config::kTls13, "WHIT_TLS_1_3", MBEDTLS_SSL_TLS1_3_KEY_EXCHANGE_MODE_EPHEMERAL_ENABLED,
           MBEDTLS_SSL_TLS1_3_KEY_EXCHANGE_MODE_EPHEMERAL_ENABLED);
WHIT_NEEDS(config::kTls13, "WHIT_TLS_1_3", MBEDTLS_SSL_TLS1_3_KEY_EXCHANGE_MODE_PSK_EPHEMERAL_ENABLED,
           MBEDTLS_SSL_TLS1_3_KEY_EXCHANGE_MODE_PSK_EPHEMERAL_ENABLED);
WHIT_NEEDS(config::kTlsAesGcm, "WHIT_TLS_AES_GCM", MBEDTLS_AES_C, MBEDTLS_SSL_HAVE_AES);
WHIT_NEEDS(config::kTlsAesGcm, "WHIT_TLS_AES_GCM", MBEDTLS_GCM_C, MBEDTLS_SSL_HAVE_GCM);
WHIT_NEEDS(config::kTlsChacha20Poly1305, "WHIT_TLS_CHACHA20_POLY1305", MBEDTLS_CHACHAPOLY_C,
           MBEDTLS_SSL_HAVE_CHACHAPOLY);
WHIT_NEEDS(config::kTlsP384, "WHIT_TLS_P384", MBEDTLS_ECP_DP_SECP384R1_ENABLED, MBEDTLS_ECP_HAVE_SECP384R1);
WHIT_NEEDS(config::kTlsP384, "WHIT_TLS_P384", MBEDTLS_SHA384_C, MBEDTLS_MD_CAN_SHA384);
WHIT_NEEDS(config::kTlsP384, "WHIT_TLS_P384", MBEDTLS_SHA512_C, MBEDTLS_MD_CAN_SHA512);
WHIT_NEEDS(config::kTlsX25519, "WHIT_TLS_X25519", MBEDTLS_ECP_DP_CURVE25519_ENABLED, MBEDTLS_ECP_HAVE_CURVE25519);
WHIT_NEEDS(config::kTlsRsa, "WHIT_TLS_RSA", MBEDTLS_RSA_C, MBEDTLS_RSA_C);
WHIT_NEEDS(config::kTlsRsa, "WHIT_TLS_RSA", MBEDTLS_PKCS1_V15, MBEDTLS_PKCS1_V15);
WHIT_NEEDS(config::kTlsRsa, "WHIT_TLS_RSA", MBEDTLS_PKCS1_V21, MBEDTLS_PKCS1_V21);
WHIT_NEEDS(config::kTlsRsa, "WHIT_TLS_RSA", MBEDTLS_X509_RSASSA_PSS_SUPPORT, MBEDTLS_X509_RSASSA_PSS_SUPPORT);
WHIT_NEEDS(config::kTlsRsa&& config::kTls12, "WHIT_TLS_RSA", MBEDTLS_KEY_EXCHANGE_ECDHE_RSA_ENABLED,
           MBEDTLS_KEY_EXCHANGE_ECDHE_RSA_ENABLED);
WHIT_NEEDS(config::kTlsPsk&& config::kTls12, "WHIT_TLS_PSK", MBEDTLS_KEY_EXCHANGE_PSK_ENABLED,
           MBEDTLS_KEY_EXCHANGE_PSK_ENABLED);
WHIT_NEEDS(config::kTlsPsk&& config::kTls12, "WHIT_TLS_PSK", MBEDTLS_KEY_EXCHANGE_ECDHE_PSK_ENABLED,
           MBEDTLS_KEY_EXCHANGE_ECDHE_PSK_ENABLED);
WHIT_NEEDS(config::kTlsPem, "WHIT_TLS_PEM", MBEDTLS_PEM_PARSE_C, MBEDTLS_PEM_PARSE_C);
WHIT_NEEDS(config::kTlsMaxFragmentLength, "WHIT_TLS_MAX_FRAGMENT_LENGTH", MBEDTLS_SSL_MAX_FRAGMENT_LENGTH,
           MBEDTLS_SSL_MAX_FRAGMENT_LENGTH);
static_assert(!config::kTlsP384 || !config::kTlsAesGcm ||
                  !differ("MBEDTLS_AES_ONLY_128_BIT_KEY_LENGTH", WHIT_EXPANDED(MBEDTLS_AES_ONLY_128_BIT_KEY_LENGTH)),
              "WHIT_TLS_P384 comes with AES-256: do not define MBEDTLS_AES_ONLY_128_BIT_KEY_LENGTH");

}  // namespace

#endif
#endif
