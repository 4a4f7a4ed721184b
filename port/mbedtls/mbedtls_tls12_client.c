/* SPDX-License-Identifier: MIT
 * Mbed TLS's ssl_tls12_client.c, compiled from here in place of there (tools/cmake/whit_mbedtls.cmake), because two of
 * its answers to what the client itself has offered are wrong when TLS 1.2 and TLS 1.3 are offered together. Nothing of
 * it is copied or changed: two names are redirected while the compiler reads it.
 *
 * 1. Signatures. RSA-PSS has to be offered for TLS 1.3, and one list of signatures serves both versions (RFC 8446,
 *    4.2.3), so a TLS 1.2 server may choose it. Mbed TLS 3.6.6 can verify it there, but takes it for unsupported.
 * 2. max_fragment_length. The request is written with the extensions of TLS 1.2 and not noted among those that were
 *    sent, so a TLS 1.3 server that grants it (RFC 8446, 4.2 allows that) seems to have answered an unasked question. */
#include "common.h"

#if defined(MBEDTLS_SSL_CLI_C) && defined(MBEDTLS_SSL_PROTO_TLS1_2)

#include "ssl_client.h"
#include "ssl_misc.h"

#if defined(MBEDTLS_SSL_HANDSHAKE_WITH_CERT_ENABLED)
/* Mbed TLS checks next that the signature was offered: CVE-2026-25834 stays mended. */
static inline int whit_sig_alg_is_supported(const mbedtls_ssl_context* ssl, uint16_t sig_alg) {
#if defined(MBEDTLS_X509_RSASSA_PSS_SUPPORT)
  if (sig_alg == MBEDTLS_TLS1_3_SIG_RSA_PSS_RSAE_SHA256) return 1;
#if WHIT_TLS_P384
  if (sig_alg == MBEDTLS_TLS1_3_SIG_RSA_PSS_RSAE_SHA384) return 1;
#endif
#endif
  return mbedtls_ssl_sig_alg_is_supported(ssl, sig_alg);
}
#define mbedtls_ssl_sig_alg_is_supported whit_sig_alg_is_supported
#endif

int whit_write_client_hello_exts(mbedtls_ssl_context* ssl, unsigned char* buf, const unsigned char* end, int uses_ec,
                                 size_t* out_len);
#define mbedtls_ssl_tls12_write_client_hello_exts whit_write_client_hello_exts
#include "ssl_tls12_client.c"
#undef mbedtls_ssl_tls12_write_client_hello_exts

int mbedtls_ssl_tls12_write_client_hello_exts(mbedtls_ssl_context* ssl, unsigned char* buf, const unsigned char* end,
                                              int uses_ec, size_t* out_len) {
#if defined(MBEDTLS_SSL_MAX_FRAGMENT_LENGTH) && defined(MBEDTLS_SSL_PROTO_TLS1_3)
  if (ssl->conf->mfl_code != MBEDTLS_SSL_MAX_FRAG_LEN_NONE) {
    mbedtls_ssl_tls13_set_hs_sent_ext_mask(ssl, MBEDTLS_TLS_EXT_MAX_FRAGMENT_LENGTH);
  }
#endif
  return whit_write_client_hello_exts(ssl, buf, end, uses_ec, out_len);
}

#endif
