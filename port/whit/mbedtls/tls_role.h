// SPDX-License-Identifier: MIT
// TlsRole: the options of one role as Mbed TLS wants them. Lives in the arena, like all that hangs on it.
#pragma once

#include <mbedtls/ssl.h>
#include <mbedtls/ssl_ticket.h>
#include <mbedtls/x509_crt.h>
#include <stdint.h>

#include "tls_options.h"

namespace whit {

struct TlsRole {
  mbedtls_ssl_config config;
  mbedtls_x509_crt own;
  mbedtls_x509_crt trusted;
  mbedtls_pk_context key;
#if defined(MBEDTLS_SSL_TICKET_C)
  mbedtls_ssl_ticket_context tickets;
#endif
  const TlsOptions* options;
  bool verifies;  // the peer has to have a certificate, or knows the PSK

  // Parses everything. 0, or a TlsError or an error of Mbed TLS; clear() is to be called in either case.
  int32_t set(const TlsOptions& from, bool server);
  void clear();

 private:
  int32_t load_certificates();
  int32_t load_key();
  int32_t load_psk();
  int32_t warm_up();
  int32_t set_protocol(bool server);
  int32_t set_alpn();
  int32_t set_tickets(bool server);
};

// The suites that are offered and accepted (MBEDTLS_TLS_...), the best first, ended by 0.
const int* tls_suites();

// The clock of the options: seconds since 1970, 0 when it is not known.
int64_t tls_unix_time(const TlsOptions& options);

// The flags (MBEDTLS_X509_BADCERT_...) of the dates of a certificate. `*no_clock`: they could not be checked.
uint32_t tls_check_dates(const mbedtls_x509_crt& certificate, const TlsOptions& options, bool* no_clock);

}  // namespace whit
