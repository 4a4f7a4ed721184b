// SPDX-License-Identifier: MIT
// TlsPath: the search for a path from the peer's certificate to a trust anchor (RFC 5280, 6.1). Mbed TLS takes the
// first issuer that has the name, looks for the next one behind it only, and checks the path afterwards. So it fails on
// an authority that has expired and stands before its valid twin, on a cross-signed certificate whose other issuer is
// the trusted one, and on certificates in another order (RFC 8446, 4.4.2: only the first has a place of its own). Here
// it is asked again, without the certificates that led nowhere, until it finds a path or none is left to leave out.
#pragma once

#include <mbedtls/x509_crt.h>
#include <stdint.h>

namespace whit {

struct TlsRole;

// For the callback of mbedtls_ssl_set_verify(), called for each certificate of a path, the leaf last. Returns the flags
// of MBEDTLS_X509_BADCERT_... that the callback has to set: none but for the leaf, which then has those of the first
// path if there is no good one. `*no_clock`: dates could not be checked.
uint32_t tls_check_path(const TlsRole& role, mbedtls_x509_crt* certificate, int depth, uint32_t flags, bool* no_clock);

}  // namespace whit
