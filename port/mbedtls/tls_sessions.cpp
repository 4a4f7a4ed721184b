// SPDX-License-Identifier: MIT
#include "tls_sessions.h"

#include <mbedtls/platform_util.h>
#include <mbedtls/ssl.h>
#include <string.h>

#include "tls_platform.h"

namespace whit {

namespace {

void put_time(uint8_t* out, int64_t time) {
  for (size_t i = 0; i < TlsSessions::kTimeBytes; ++i) {
    out[i] = static_cast<uint8_t>(static_cast<uint64_t>(time) >> (8 * (TlsSessions::kTimeBytes - 1 - i)));
  }
}

int64_t get_time(const uint8_t* in) {
  uint64_t time = 0;
  for (size_t i = 0; i < TlsSessions::kTimeBytes; ++i) time = time << 8 | in[i];
  return static_cast<int64_t>(time);
}

#if defined(MBEDTLS_SSL_PROTO_TLS1_3) && defined(MBEDTLS_SSL_SESSION_TICKETS) && defined(MBEDTLS_HAVE_TIME)
// RFC 8446, 4.2.11.1: the age of a ticket. The clock by which it was received has stopped since.
void move_to_our_clock(mbedtls_ssl_session* session, int64_t saved, int64_t now) {
  const int64_t age_s = saved != 0 && now > saved ? now - saved : 0;
  session->MBEDTLS_PRIVATE(ticket_reception_time) = tls_clock_ms() - age_s * 1000;
}
#else
void move_to_our_clock(mbedtls_ssl_session*, int64_t, int64_t) {}
#endif

}  // namespace

const TlsSessions::Entry* TlsSessions::find(Text host, uint16_t port) const {
  for (const Entry& entry : entries_) {
    if (entry.used != 0 && entry.port == port && Text(entry.host, entry.host_size) == host) return &entry;
  }
  return nullptr;
}

TlsSessions::Entry* TlsSessions::place(Text host, uint16_t port) {
  if (host.size > kMaxHostBytes) return nullptr;
  const Entry* known = find(host, port);
  if (known != nullptr) return &entries_[known - entries_];
  Entry* oldest = &entries_[0];
  for (Entry& entry : entries_) {
    if (entry.used < oldest->used) oldest = &entry;
  }
  return oldest;
}

void TlsSessions::fill(Entry* entry, Text host, uint16_t port, size_t size) {
  memcpy(entry->host, host.data, host.size);
  entry->host_size = static_cast<uint8_t>(host.size);
  entry->port = port;
  entry->size = static_cast<uint16_t>(size);
  entry->used = ++uses_;
}

bool TlsSessions::load(Text host, uint16_t port, int64_t unix_time, mbedtls_ssl_session* out) const {
  const Entry* entry = find(host, port);
  if (entry == nullptr) return false;
  const size_t size = entry->size - kTimeBytes;
  if (mbedtls_ssl_session_load(out, entry->bytes + kTimeBytes, size) != 0) return false;
  if (entry->imported) move_to_our_clock(out, get_time(entry->bytes), unix_time);
  return true;
}

void TlsSessions::save(Text host, uint16_t port, int64_t unix_time, const mbedtls_ssl_context* ssl) {
  Entry* entry = place(host, port);
  if (entry == nullptr) return;
  mbedtls_ssl_session session;
  mbedtls_ssl_session_init(&session);
  size_t size = 0;
  // The size is asked for first: what does not fit must not destroy what is there.
  if (mbedtls_ssl_get_session(ssl, &session) == 0 &&
      mbedtls_ssl_session_save(&session, nullptr, 0, &size) == MBEDTLS_ERR_SSL_BUFFER_TOO_SMALL &&
      size <= config::kTlsSessionBytes &&
      mbedtls_ssl_session_save(&session, entry->bytes + kTimeBytes, config::kTlsSessionBytes, &size) == 0) {
    put_time(entry->bytes, unix_time);
    entry->imported = false;
    fill(entry, host, port, kTimeBytes + size);
  }
  mbedtls_ssl_session_free(&session);
}

void TlsSessions::forget(Text host, uint16_t port) {
  const Entry* entry = find(host, port);
  if (entry != nullptr) mbedtls_platform_zeroize(&entries_[entry - entries_], sizeof *entry);
}

void TlsSessions::clear() { mbedtls_platform_zeroize(entries_, sizeof entries_); }

size_t TlsSessions::export_bytes(Text host, uint16_t port, MutableBytes out) const {
  const Entry* entry = find(host, port);
  if (entry == nullptr || entry->size > out.size) return 0;
  memcpy(out.data, entry->bytes, entry->size);
  return entry->size;
}

Status TlsSessions::import_bytes(Text host, uint16_t port, Bytes bytes) {
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

}  // namespace whit
