// SPDX-License-Identifier: MIT
#include "tls_network.h"

#include <mbedtls/build_info.h>
#include <mbedtls/platform.h>
#if defined(MBEDTLS_PSA_CRYPTO_C)
#include <psa/crypto.h>
#endif

#include "tls_platform.h"
#include "tls_role.h"
#include "whit/config.h"

namespace whit {

namespace {

constexpr size_t kMaxHostBytes = 255;  // RFC 1035, 2.3.4

// TLS 1.3 computes through the PSA interface, which wants to be started; a second start does nothing.
bool start_crypto() {
#if defined(MBEDTLS_PSA_CRYPTO_C)
  return psa_crypto_init() == PSA_SUCCESS;
#else
  return true;
#endif
}

}  // namespace

Status TlsNetworkBase::set_client(const TlsOptions& options) { return set(options, false); }

Status TlsNetworkBase::set_server(const TlsOptions& options) { return set(options, true); }

Status TlsNetworkBase::set(const TlsOptions& options, bool server) {
  if (in_use_[server] != 0) return Status::kInUse;
  const TlsScope scope(*below_, nullptr);
  drop(server);
  const bool built_in = server ? config::kTlsServer : config::kTlsClient;
  if (refuse(built_in ? kTlsOk : kTlsNoCredentials)) return Status::kInvalidArgument;
  int32_t result = kTlsNoMemory;
  auto* const role = static_cast<TlsRole*>(mbedtls_calloc(1, sizeof(TlsRole)));
  if (role != nullptr) {
    result = start_crypto() ? role->set(options, server) : kTlsNoRandom;
    if (result == 0) {
      roles_[server] = role;
      if (!server && accept_any_) mbedtls_ssl_conf_authmode(&role->config, MBEDTLS_SSL_VERIFY_NONE);
      return Status::kOk;
    }
    role->clear();
    mbedtls_free(role);
  }
  if (TlsScope::memory_refused() || tls_names_memory(result)) result = kTlsNoMemory;
  if (TlsScope::random_failed()) result = kTlsNoRandom;
  error_ = result;
  return result > 0 && result != kTlsNoMemory && result != kTlsNoRandom ? Status::kInvalidArgument : Status::kFailed;
}

void TlsNetworkBase::drop(bool server) {
  if (!server) tls_sessions::clear();
  if (roles_[server] == nullptr) return;
  roles_[server]->clear();
  mbedtls_free(roles_[server]);
  roles_[server] = nullptr;
}

size_t TlsNetworkBase::export_session(Text host, uint16_t port, MutableBytes out) const {
  return tls_sessions::export_bytes(host, port, out);
}

Status TlsNetworkBase::import_session(Text host, uint16_t port, Bytes session) {
  const TlsScope scope(*below_, nullptr);
  return tls_sessions::import_bytes(host, port, session);
}

TlsStatistics TlsNetworkBase::statistics() const {
  return {tls_arena_usage(), handshakes_done_, resumed_, failed_, last_failure_};
}

uint16_t TlsNetworkBase::capacity() const {
  const uint16_t below = below_->capacity();
  return below < count_ ? below : count_;
}

// A port may hand out received frames in portions. After a long step this turn fetches all that arrived meanwhile:
// otherwise a deadline could expire on a connection whose bytes wait in the controller.
void TlsNetworkBase::poll(uint32_t now_ms) {
  constexpr uint32_t kLongMs = 100;
  constexpr int kPortions = 8;  // of four frames, on the boards here: more than their controllers hold
  tls_advance_clock(now_ms);
  const bool stood_still = step_taken_ && now_ms - polled_ms_ >= kLongMs;
  step_taken_ = false;
  polled_ms_ = now_ms;
  for (int i = 0; i < (stood_still ? kPortions : 1); ++i) below_->poll(now_ms);
}

void TlsNetworkBase::attach(IndexQueue* ready) {
  ready_ = ready;
  below_->attach(ready);
}

void TlsNetworkBase::announce(uint16_t index) { ready_->add(index); }

bool TlsNetworkBase::refuse(int32_t error) {
  error_ = error;
  return error != 0;
}

Status TlsNetworkBase::listen(uint8_t listener, Text address, uint16_t port, bool secure) {
  if (refuse(secure && roles_[1] == nullptr ? kTlsNoCredentials : kTlsOk)) return Status::kInvalidArgument;
  const Status status = below_->listen(listener, address, port, false);
  if (status == Status::kOk && secure) secure_listeners_ = static_cast<uint8_t>(secure_listeners_ | 1u << listener);
  return status;
}

void TlsNetworkBase::unlisten(uint8_t listener) {
  below_->unlisten(listener);
  secure_listeners_ = static_cast<uint8_t>(secure_listeners_ & ~(1u << listener));
}

TlsTransport& TlsNetworkBase::fresh(uint16_t index, bool server) {
  return *new (&transports_[index]) TlsTransport(this, index, server);
}

Transport* TlsNetworkBase::accept(uint8_t listener, uint16_t index) {
  Transport* const below = below_->accept(listener, index);
  if (below == nullptr) return nullptr;
  TlsTransport& transport = fresh(index, true);
  if ((secure_listeners_ & 1u << listener) == 0) return below;
  transport.begin(below, true);
  return &transport;
}

bool TlsNetworkBase::can_verify() const { return roles_[0]->verifies || accept_any_; }

Transport* TlsNetworkBase::connect(uint16_t index, Text host, uint16_t port, bool secure, Status* status) {
  *status = Status::kInvalidArgument;
  error_ = 0;
  TlsTransport& transport = fresh(index, false);
  if (!secure) return below_->connect(index, host, port, false, status);
  if (refuse(roles_[0] == nullptr || !can_verify() ? kTlsNoTrustAnchors : kTlsOk)) return nullptr;
  if (refuse(host.size > kMaxHostBytes ? kTlsBadHostName : kTlsOk)) {
    *status = Status::kFailed;
    return nullptr;
  }
  Transport* const below = below_->connect(index, host, port, false, status);
  if (below == nullptr) return nullptr;
  transport.begin_client(below, host, port);
  return &transport;
}

void TlsNetworkBase::count_handshake(bool resumed) {
  ++handshakes_done_;
  if (resumed) ++resumed_;
}

void TlsNetworkBase::count_failure(int32_t error) {
  ++failed_;
  last_failure_ = error;
}

// Public-key operations take long on a small machine: between two of them the loop goes once round.
bool TlsNetworkBase::take_step() {
  if (step_taken_) return false;
  step_taken_ = true;
  return true;
}

bool TlsNetworkBase::begin_handshake() {
  if (handshakes_running_ >= config::kTlsHandshakes) {
    turn_wanted_ = true;
    return false;
  }
  ++handshakes_running_;
  return true;
}

void TlsNetworkBase::end_handshake() {
  --handshakes_running_;
  if (!turn_wanted_) return;
  turn_wanted_ = false;
  for (uint16_t i = 0; i < count_; ++i) {
    if (transports_[i].stage_ == TlsTransport::Stage::kWaiting) announce(i);
  }
}

}  // namespace whit
