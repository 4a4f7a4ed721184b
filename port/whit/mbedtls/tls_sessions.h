// SPDX-License-Identifier: MIT
// The client's sessions, one per host and port, as the bytes that Mbed TLS makes of them, in static memory outside the
// arena, which a program without clients does not have. The oldest gives way.
//
// A stored session is: when it was saved in seconds since 1970 (8 bytes, in this machine's order; 0: the clock did not
// know), then the output of mbedtls_ssl_session_save(). A session whose host name does not fit is not kept.
#pragma once

#include <stddef.h>
#include <stdint.h>

#include "whit/bytes.h"
#include "whit/config.h"
#include "whit/status.h"

struct mbedtls_ssl_context;
struct mbedtls_ssl_session;

namespace whit {

// At most WHIT_TLS_SESSIONS, which belong to the one TlsNetwork of the program.
namespace tls_sessions {

constexpr size_t kTimeBytes = 8;

// Whether there is one, put into `out` (initialised, to be freed by the caller). `unix_time`: now, 0: not known.
bool load(Text host, uint16_t port, int64_t unix_time, mbedtls_ssl_session* out);
// Keeps the session that `ssl` has now; a full one that cannot be kept leaves the old one.
void save(Text host, uint16_t port, int64_t unix_time, const mbedtls_ssl_context* ssl);
void forget(Text host, uint16_t port);
void clear();

// As TlsNetwork has them.
size_t export_bytes(Text host, uint16_t port, MutableBytes out);
Status import_bytes(Text host, uint16_t port, Bytes bytes);

}  // namespace tls_sessions

}  // namespace whit
