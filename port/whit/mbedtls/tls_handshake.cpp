// SPDX-License-Identifier: MIT
// TlsTransport from a transport below to an open connection: its turn, and the handshake, step by step.
#include <mbedtls/platform.h>
#include <mbedtls/ssl.h>
#include <string.h>

#include "tls_library.h"
#include "tls_network.h"
#include "tls_path.h"
#include "tls_platform.h"
#include "tls_role.h"
#include "tls_transport.h"

namespace whit {

namespace {

// Bytes that a handshake takes of the arena besides the two record buffers, as measured (README.md, "Cost of a
// connection"). Without room for all of it none is begun: half-way there may not even be memory to encrypt an alert.
constexpr uint32_t kServerHandshakeBytes = 1408 * sizeof(void*);
constexpr uint32_t kClientHandshakeBytes = 1920 * sizeof(void*);
static_assert(
    !kTlsOwnLibrary ||
        config::kTlsArenaBytes >=
            kTlsMaxIn + kTlsMaxOut + (config::kTlsClient ? kClientHandshakeBytes : kServerHandshakeBytes),
    "WHIT_TLS_ARENA_BYTES is less than one handshake takes: raise it, or lower WHIT_TLS_IN_BYTES or OUT_BYTES");

bool has_room(bool server) {
  const TlsArenaUsage usage = tls_arena_usage();
  const uint32_t handshake = server ? kServerHandshakeBytes : kClientHandshakeBytes;
  return usage.size - usage.used >= kTlsMaxIn + kTlsMaxOut + handshake;
}

// For parse_ticket(), which Mbed TLS calls without a connection.
TlsTransport* handshaking_now;

}  // namespace

void TlsTransport::begin(Transport* below, bool server) {
  below_ = below;
  stage_ = Stage::kBelow;
  network_->count_up(server);
}

Progress TlsTransport::progress() {
  if (stage_ == Stage::kBelow) {
    const Progress below = below_->progress();
    if (below.status != Status::kOk) return below;
    stage_ = server_ ? Stage::kSilent : Stage::kWaiting;
  }
  if (stage_ == Stage::kSilent) {
    if (!has_spoken()) return {Layer::kSecure, Status::kWouldBlock};
    stage_ = Stage::kWaiting;
  }
  if (stage_ == Stage::kWaiting) {
    if (!network_->begin_handshake()) return {Layer::kSecure, Status::kNoSlot};
    has_turn_ = true;
    stage_ = Stage::kHandshaking;
    const TlsScope scope(network_->below(), &share_);
    const int32_t result = set_up();
    if (result != 0) (void)fail(result);
  }
  if (stage_ == Stage::kHandshaking) return handshake_step();
  const bool failed = stage_ == Stage::kRefused || stage_ == Stage::kFailed;
  return {failed ? Layer::kSecure : Layer::kOpen, failed ? Status::kFailed : Status::kOk};
}

// True also when the stream has ended or failed; the handshake then reports that.
bool TlsTransport::has_spoken() {
  const Transfer transfer = below_->read({&first_byte_, 1});
  if (transfer.status == Status::kOk) records_.begin(first_byte_);
  return transfer.status != Status::kWouldBlock;
}

int32_t TlsTransport::set_up() {
  if (kTlsOwnLibrary && !has_room(server_)) return kTlsNoMemory;
  ssl_ = static_cast<mbedtls_ssl_context*>(mbedtls_calloc(1, sizeof *ssl_));
  if (ssl_ == nullptr) return kTlsNoMemory;
  mbedtls_ssl_init(ssl_);
  int32_t result = mbedtls_ssl_setup(ssl_, &network_->role(server_)->config);
  if (result == 0 && !server_) result = set_peer_name();
  if (result != 0) {
    leave_handshake();  // failure() cannot read half a context
    return result;
  }
  mbedtls_ssl_set_bio(ssl_, this, send, receive, nullptr);
  mbedtls_ssl_set_verify(ssl_, verify, this);
  if (!server_) offer_session();
  return 0;
}

// One step of the handshake, so that the loop looks at the other connections between two of them.
Progress TlsTransport::handshake_step() {
  constexpr Progress kOnTheWay{Layer::kSecure, Status::kWouldBlock};
  if (!network_->take_step()) {
    network_->announce(index_);
    return kOnTheWay;
  }
  const TlsScope scope(network_->below(), &share_);
  below_blocked_ = false;
  handshaking_now = this;
  note_output();
  int result = mbedtls_ssl_handshake_step(ssl_);
  handshaking_now = nullptr;
  // An alert that could not leave at once: Mbed TLS would send it twice.
  if (ssl_->MBEDTLS_PRIVATE(send_alert) != 0) result = ssl_->MBEDTLS_PRIVATE(alert_reason);
  if (server_ && result == 0) use_application_keys();
  starved_ = starved_ || TlsScope::memory_refused();  // Mbed TLS may fail only in a later step
  if (result == 0 && handshake_over()) {
    handshake_done();
    return {};
  }
  const bool waits = result == MBEDTLS_ERR_SSL_WANT_READ || result == MBEDTLS_ERR_SSL_WANT_WRITE;
  if (result != 0 && !waits) {
    if (offered_ && retry_without_session(result)) return kOnTheWay;
    (void)fail(result);
    return {Layer::kSecure, Status::kFailed};
  }
  if (!below_blocked_) network_->announce(index_);
  return kOnTheWay;
}

// RFC 8446, 4.4.4: behind its Finished a server sends with the keys of the application. Mbed TLS does so only when the
// client's has come, and until then sends alerts that no peer can decrypt.
void TlsTransport::use_application_keys() {
#if defined(MBEDTLS_SSL_PROTO_TLS1_3)
  mbedtls_ssl_transform* const keys = ssl_->MBEDTLS_PRIVATE(transform_application);
  if (keys == nullptr || ssl_->MBEDTLS_PRIVATE(transform_out) == keys) return;
  ssl_->MBEDTLS_PRIVATE(transform_out) = keys;
  memset(ssl_->MBEDTLS_PRIVATE(cur_out_ctr), 0, sizeof ssl_->MBEDTLS_PRIVATE(cur_out_ctr));
#endif
}

void TlsTransport::handshake_done() {
  stage_ = Stage::kOpen;
  has_turn_ = false;
  network_->end_handshake();
  if (!server_) resumed_ = offered_ && !verified_;
  network_->count_handshake(resumed_);
  // In TLS 1.3 there is nothing to resume yet: the ticket comes later (RFC 8446, 4.6.1).
  if (mbedtls_ssl_get_version_number(ssl_) == MBEDTLS_SSL_VERSION_TLS1_2) save_session();
}

int TlsTransport::parse_ticket(void* tickets, mbedtls_ssl_session* session, unsigned char* bytes, size_t size) {
#if defined(MBEDTLS_SSL_TICKET_C)
  const TlsScope::ForRole scope;  // it may be time for a new ticket key
  const int result = mbedtls_ssl_ticket_parse(tickets, session, bytes, size);
  if (result == 0 && handshaking_now != nullptr) handshaking_now->resumed_ = true;
  return result;
#else
  (void)tickets, (void)session, (void)bytes, (void)size;
  return MBEDTLS_ERR_SSL_FEATURE_UNAVAILABLE;
#endif
}

int TlsTransport::write_ticket(void* tickets, const mbedtls_ssl_session* session, unsigned char* out,
                               const unsigned char* end, size_t* size, uint32_t* lifetime_s) {
#if defined(MBEDTLS_SSL_TICKET_C)
  const TlsScope::ForRole scope;
  return mbedtls_ssl_ticket_write(tickets, session, out, end, size, lifetime_s);
#else
  (void)tickets, (void)session, (void)out, (void)end, (void)size, (void)lifetime_s;
  return MBEDTLS_ERR_SSL_FEATURE_UNAVAILABLE;
#endif
}

// Called for each certificate of a chain, the trust anchor included, the leaf last. Only the leaf gets flags.
int TlsTransport::verify(void* self, mbedtls_x509_crt* certificate, int depth, uint32_t* flags) {
  TlsTransport& transport = *static_cast<TlsTransport*>(self);
  transport.verified_ = true;
  *flags =
      tls_check_path(*transport.network_->role(transport.server_), certificate, depth, *flags, &transport.no_clock_);
  if (depth == 0 && !transport.server_) *flags |= transport.check_name(*certificate);
  // RFC 8446, 6.2: certificate_expired is for "not currently valid", too. Without a clock it is certificate_unknown.
  const bool early = (*flags & MBEDTLS_X509_BADCERT_FUTURE) != 0;
  if (early && !transport.no_clock_) *flags |= MBEDTLS_X509_BADCERT_EXPIRED;
  return 0;
}

}  // namespace whit
