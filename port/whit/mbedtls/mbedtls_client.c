/* SPDX-License-Identifier: MIT
 * Mbed TLS's ssl_client.c and ssl_tls12_client.c, compiled from here in place of there
 * (tools/cmake/whit_mbedtls.cmake), because three of the client's answers are wrong where TLS 1.2 and TLS 1.3 are
 * offered together (3.6.6). Nothing of them is copied or changed: a few names are redirected while the compiler reads
 * them.
 *
 * 1. Signatures. RSA-PSS has to be offered for TLS 1.3, and one list of signatures serves both versions (RFC 8446,
 *    4.2.3), so a TLS 1.2 server may choose it. Mbed TLS can verify it there, but takes it for unsupported.
 * 2. max_fragment_length. The request is written with the extensions of TLS 1.2 and not noted among those that were
 *    sent, so a TLS 1.3 server that grants it (RFC 8446, 4.2 allows that) seems to have answered an unasked question.
 *    And with TLS 1.3 alone it is not written, though OpenSSL knows no other request for short records.
 * 3. Sessions. A client that offers a session of TLS 1.3 offers no TLS 1.2, so a server of TLS 1.2 behind the same
 *    address is not reached. (The other way round, a session of TLS 1.2 saves the key exchange that an offer of TLS 1.3
 *    would have to begin with. That is left as it is; see TlsTransport::retry_without_session().) */
#include "common.h"

#if defined(MBEDTLS_SSL_CLI_C)

#include "ssl_client.h"
#include "ssl_misc.h"

#if defined(MBEDTLS_SSL_PROTO_TLS1_3) && defined(MBEDTLS_SSL_PROTO_TLS1_2)
/* Called between the choice of the versions and the first byte of the ClientHello. */
static int whit_start_client_hello(mbedtls_ssl_context* ssl, unsigned type, unsigned char** buf, size_t* buf_len) {
  if (ssl->tls_version == MBEDTLS_SSL_VERSION_TLS1_3) {
    ssl->handshake->min_tls_version = ssl->conf->min_tls_version;
  }
  return mbedtls_ssl_start_handshake_msg(ssl, type, buf, buf_len);
}
#define mbedtls_ssl_start_handshake_msg whit_start_client_hello
#endif

#if defined(MBEDTLS_SSL_PROTO_TLS1_3) && defined(MBEDTLS_SSL_MAX_FRAGMENT_LENGTH)
static int whit_write_tls13_exts(mbedtls_ssl_context* ssl, unsigned char* buf, unsigned char* end, size_t* out_len) {
  const int result = mbedtls_ssl_tls13_write_client_hello_exts(ssl, buf, end, out_len);
  const int tls12_asks = ssl->handshake->min_tls_version <= MBEDTLS_SSL_VERSION_TLS1_2;
  if (result != 0 || tls12_asks || ssl->conf->mfl_code == MBEDTLS_SSL_MAX_FRAG_LEN_NONE) return result;
  MBEDTLS_SSL_CHK_BUF_PTR(buf, end, *out_len + 5);
  MBEDTLS_PUT_UINT16_BE(MBEDTLS_TLS_EXT_MAX_FRAGMENT_LENGTH, buf, *out_len);
  MBEDTLS_PUT_UINT16_BE(1, buf, *out_len + 2);
  buf[*out_len + 4] = ssl->conf->mfl_code;
  *out_len += 5;
  mbedtls_ssl_tls13_set_hs_sent_ext_mask(ssl, MBEDTLS_TLS_EXT_MAX_FRAGMENT_LENGTH);
  return 0;
}
#define mbedtls_ssl_tls13_write_client_hello_exts whit_write_tls13_exts
#endif

#include "ssl_client.c"
#undef mbedtls_ssl_start_handshake_msg
#undef mbedtls_ssl_tls13_write_client_hello_exts

#if defined(MBEDTLS_SSL_PROTO_TLS1_2)

#if defined(MBEDTLS_SSL_HANDSHAKE_WITH_CERT_ENABLED)
/* Mbed TLS checks next that the signature was offered: CVE-2026-25834 stays mended. */
static int whit_sig_alg_is_supported(const mbedtls_ssl_context* ssl, uint16_t sig_alg) {
#if defined(MBEDTLS_X509_RSASSA_PSS_SUPPORT)
  if (sig_alg == MBEDTLS_TLS1_3_SIG_RSA_PSS_RSAE_SHA256 || sig_alg == MBEDTLS_TLS1_3_SIG_RSA_PSS_RSAE_SHA384) return 1;
#endif
  return mbedtls_ssl_sig_alg_is_supported(ssl, sig_alg);
}
#define mbedtls_ssl_sig_alg_is_supported whit_sig_alg_is_supported
#endif

int whit_write_client_hello_exts(mbedtls_ssl_context* ssl, unsigned char* buf, const unsigned char* end, int uses_ec,
                                 size_t* out_len);
int whit_handshake_client_step(mbedtls_ssl_context* ssl);
#define mbedtls_ssl_tls12_write_client_hello_exts whit_write_client_hello_exts
#define mbedtls_ssl_handshake_client_step whit_handshake_client_step
#include "ssl_tls12_client.c"
#undef mbedtls_ssl_handshake_client_step
#undef mbedtls_ssl_tls12_write_client_hello_exts

static int offers_tls13_session(const mbedtls_ssl_context* ssl) {
  return ssl->handshake->resume && ssl->session_negotiate->tls_version == MBEDTLS_SSL_VERSION_TLS1_3;
}

int mbedtls_ssl_tls12_write_client_hello_exts(mbedtls_ssl_context* ssl, unsigned char* buf, const unsigned char* end,
                                              int uses_ec, size_t* out_len) {
  size_t* const ticket_len = &ssl->session_negotiate->ticket_len;
  const size_t kept = *ticket_len;
  if (offers_tls13_session(ssl)) *ticket_len = 0; /* it has no place in the extension of TLS 1.2 */
  const int result = whit_write_client_hello_exts(ssl, buf, end, uses_ec, out_len);
  *ticket_len = kept;
#if defined(MBEDTLS_SSL_MAX_FRAGMENT_LENGTH) && defined(MBEDTLS_SSL_PROTO_TLS1_3)
  if (ssl->conf->mfl_code != MBEDTLS_SSL_MAX_FRAG_LEN_NONE) {
    mbedtls_ssl_tls13_set_hs_sent_ext_mask(ssl, MBEDTLS_TLS_EXT_MAX_FRAGMENT_LENGTH);
  }
#endif
  return result;
}

/* One step of TLS 1.2, the first of which may be the ServerHello in answer to an offer of both versions. */
int mbedtls_ssl_handshake_client_step(mbedtls_ssl_context* ssl) {
  if (ssl->state == MBEDTLS_SSL_SERVER_HELLO && offers_tls13_session(ssl)) {
    mbedtls_ssl_session_free(ssl->session_negotiate); /* leaves it as it is initialised */
    ssl->handshake->resume = 0;
  }
  return whit_handshake_client_step(ssl);
}

#endif
#endif
