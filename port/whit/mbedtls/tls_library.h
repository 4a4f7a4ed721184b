// SPDX-License-Identifier: MIT
// The Mbed TLS beneath the port: Whit's own copy, compiled with whit_mbedtls_config.h, or that of the project, with a
// configuration of its own (README.md, "The Mbed TLS of the project"). tls_requirements.cpp checks the latter.
#pragma once

#include <mbedtls/ssl.h>
#include <stdint.h>

namespace whit {

#if defined(WHIT_TLS_OWN_LIBRARY)
inline constexpr bool kTlsOwnLibrary = true;
#else
inline constexpr bool kTlsOwnLibrary = false;
#endif

// Payload of the longest record that is received, and sent. Of the own copy: WHIT_TLS_IN_BYTES and WHIT_TLS_OUT_BYTES.
inline constexpr uint32_t kTlsMaxIn = MBEDTLS_SSL_IN_CONTENT_LEN;
inline constexpr uint32_t kTlsMaxOut = MBEDTLS_SSL_OUT_CONTENT_LEN;

// A handshake message may come in several records (RFC 8446, 5.1). Before 3.6.3 Mbed TLS refuses it.
inline constexpr bool kTlsJoinsRecords = MBEDTLS_VERSION_NUMBER >= 0x03060300;

// A part of such a message waits in the buffer for the rest.
inline bool tls_holds_part_of_message(const mbedtls_ssl_context& ssl) {
#if MBEDTLS_VERSION_NUMBER >= 0x03060300
  return ssl.MBEDTLS_PRIVATE(badmac_seen_or_in_hsfraglen) != 0;
#else
  (void)ssl;
  return false;
#endif
}

}  // namespace whit
