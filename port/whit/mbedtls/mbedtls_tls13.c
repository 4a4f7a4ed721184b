/* SPDX-License-Identifier: MIT
 * Mbed TLS's ssl_tls13_generic.c, compiled from here in place of there (tools/cmake/whit_mbedtls.cmake), because of one
 * alert. A peer that sends no certificate gets alert 41 of SSL 3 (3.6.6), which TLS 1.3 does not have. RFC
 * 8446, 4.4.2.4 wants certificate_required from a server and decode_error from a client. Nothing of the file is copied
 * or changed: one name is redirected while the compiler reads it. Both uses of the name have the context `ssl` in
 * scope. */
#include "common.h"

#if defined(MBEDTLS_SSL_PROTO_TLS1_3)

#include "ssl_misc.h"

#undef MBEDTLS_SSL_ALERT_MSG_NO_CERT
#define MBEDTLS_SSL_ALERT_MSG_NO_CERT                                                                \
  (ssl->conf->endpoint == MBEDTLS_SSL_IS_SERVER ? (unsigned char)MBEDTLS_SSL_ALERT_MSG_CERT_REQUIRED \
                                                : (unsigned char)MBEDTLS_SSL_ALERT_MSG_DECODE_ERROR)

#include "ssl_tls13_generic.c"

#endif
