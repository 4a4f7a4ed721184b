// SPDX-License-Identifier: MIT
#include "tls_sessions.h"

#include <mbedtls/platform_time.h>
#include <mbedtls/platform_util.h>
#include <mbedtls/ssl.h>
#include <string.h>

#include "tls_library.h"

namespace whit::tls_sessions {

namespace {

constexpr size_t kMaxHostBytes = 64;

struct Entry {
  uint32_t used = 0;  // the higher, the later; 0: free
  uint16_t port = 0;
  uint16_t size = 0;
  uint8_t host_size = 0;
  bool imported = false;  // Mbed TLS's clock was another one when it was saved
  char host[kMaxHostBytes] = {};
  uint8_t bytes[kTimeBytes + config::kTlsSessionBytes] = {};
};

Entry entries[config::kTlsSessions];
uint32_t uses;

#if defined(MBEDTLS_SSL_PROTO_TLS1_3) && defined(MBEDTLS_SSL_SESSION_TICKETS) && defined(MBEDTLS_HAVE_TIME)
// RFC 8446, 4.2.11.1: the age of a ticket. The clock by which it was received has stopped since.
void move_to_our_clock(mbedtls_ssl_session* session, int64_t saved, int64_t now) {
  const int64_t age_s = saved != 0 && now > saved ? now - saved : 0;
  session->MBEDTLS_PRIVATE(ticket_reception_time) = mbedtls_ms_time() - age_s * 1000;
}
#else
void move_to_our_clock(mbedtls_ssl_session*, int64_t, int64_t) {}
#endif

Entry* find(Text host, uint16_t port) {
  for (Entry& entry : entries) {
    if (entry.used != 0 && entry.port == port && Text(entry.host, entry.host_size) == host) return &entry;
  }
  return nullptr;
}

// Where a session of this host is to be put; nullptr: nowhere, its name is too long.
Entry* place(Text host, uint16_t port) {
  if (host.size > kMaxHostBytes) return nullptr;
  Entry* const known = find(host, port);
  if (known != nullptr) return known;
  Entry* oldest = &entries[0];
  for (Entry& entry : entries) {
    if (entry.used < oldest->used) oldest = &entry;
  }
  return oldest;
}

// The ticket goes into the ClientHello, which Mbed TLS sends as one record.
bool fits_hello(const mbedtls_ssl_session& session) {
  constexpr size_t kHelloBytes = 640;  // without the ticket; about 330 and the host name
  return session.MBEDTLS_PRIVATE(ticket_len) + kHelloBytes <= kTlsMaxOut;
}

void fill(Entry* entry, Text host, uint16_t port, size_t size) {
  memcpy(entry->host, host.data, host.size);
  entry->host_size = static_cast<uint8_t>(host.size);
  entry->port = port;
  entry->size = static_cast<uint16_t>(size);
  entry->used = ++uses;
}

}  // namespace

bool load(Text host, uint16_t port, int64_t unix_time, mbedtls_ssl_session* out) {
  const Entry* entry = find(host, port);
  if (entry == nullptr) return false;
  const size_t size = entry->size - kTimeBytes;
  if (mbedtls_ssl_session_load(out, entry->bytes + kTimeBytes, size) != 0) return false;
  int64_t saved = 0;
  memcpy(&saved, entry->bytes, sizeof saved);
  if (entry->imported) move_to_our_clock(out, saved, unix_time);
  return true;
}

void save(Text host, uint16_t port, int64_t unix_time, const mbedtls_ssl_context* ssl) {
  Entry* entry = place(host, port);
  if (entry == nullptr) return;
  mbedtls_ssl_session session;
  mbedtls_ssl_session_init(&session);
  size_t size = 0;
  // The size is asked for first: a session that does not fit must not destroy the stored one.
  if (mbedtls_ssl_get_session(ssl, &session) == 0 && fits_hello(session) &&
      mbedtls_ssl_session_save(&session, nullptr, 0, &size) == MBEDTLS_ERR_SSL_BUFFER_TOO_SMALL &&
      size <= config::kTlsSessionBytes &&
      mbedtls_ssl_session_save(&session, entry->bytes + kTimeBytes, config::kTlsSessionBytes, &size) == 0) {
    memcpy(entry->bytes, &unix_time, sizeof unix_time);
    entry->imported = false;
    fill(entry, host, port, kTimeBytes + size);
  }
  mbedtls_ssl_session_free(&session);
}

void forget(Text host, uint16_t port) {
  Entry* const entry = find(host, port);
  if (entry != nullptr) mbedtls_platform_zeroize(entry, sizeof *entry);
}

void clear() { mbedtls_platform_zeroize(entries, sizeof entries); }

size_t export_bytes(Text host, uint16_t port, MutableBytes out) {
  const Entry* entry = find(host, port);
  if (entry == nullptr || entry->size > out.size) return 0;
  memcpy(out.data, entry->bytes, entry->size);
  return entry->size;
}

Status import_bytes(Text host, uint16_t port, Bytes bytes) {
  if (host.empty() || host.size > kMaxHostBytes) return Status::kInvalidArgument;
  if (bytes.size <= kTimeBytes || bytes.size > kTimeBytes + config::kTlsSessionBytes) return Status::kInvalidArgument;
  mbedtls_ssl_session session;
  mbedtls_ssl_session_init(&session);
  const int result = mbedtls_ssl_session_load(&session, bytes.data + kTimeBytes, bytes.size - kTimeBytes);
  mbedtls_ssl_session_free(&session);
  if (result == MBEDTLS_ERR_SSL_ALLOC_FAILED) return Status::kFailed;
  if (result != 0) return Status::kInvalidArgument;
  Entry* entry = place(host, port);
  memcpy(entry->bytes, bytes.data, bytes.size);
  entry->imported = true;
  fill(entry, host, port, bytes.size);
  return Status::kOk;
}

}  // namespace whit::tls_sessions
