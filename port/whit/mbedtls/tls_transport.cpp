// SPDX-License-Identifier: MIT
#include "tls_transport.h"

#include <mbedtls/platform.h>
#include <mbedtls/ssl.h>

#include "tls_network.h"
#include "tls_platform.h"

namespace whit {

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

Status TlsTransport::finish() {
  if (stage_ == Stage::kFailed) return Status::kFailed;
  if (stage_ == Stage::kRefused && (ssl_ != nullptr || plain_alert_ != 0)) {
    const TlsScope scope(network_->below(), &share_);
    if (!send_last()) return Status::kWouldBlock;
    drop_context();
  }
  if (stage_ == Stage::kOpen || stage_ == Stage::kEnded) {
    const TlsScope scope(network_->below(), &share_);
    if (!flush()) return stage_ == Stage::kFailed ? Status::kFailed : Status::kWouldBlock;
    if (!notified_) {
      notified_ = true;
      const int result = mbedtls_ssl_close_notify(ssl_);  // RFC 8446, 6.1
      if (result == MBEDTLS_ERR_SSL_WANT_WRITE) return Status::kWouldBlock;
      if (result != 0) return fail(result);
    }
  }
  return below_->finish();
}

void TlsTransport::abort() {
  if (stage_ == Stage::kFree) return;
  Transport* const below = below_;
  tear_down();
  stage_ = Stage::kFree;
  below_ = nullptr;
  network_->count_down(server_);
  if (below != nullptr) below->abort();
}

void TlsTransport::tear_down() {
  const TlsScope scope(network_->below(), &share_);
  drop_context();
}

// Gives all memory back, and the place among the handshakes.
void TlsTransport::drop_context() {
  leave_handshake();
  mbedtls_free(host_);
  host_ = nullptr;
  host_size_ = 0;
  tls_reclaim(&share_, error_ == kTlsNoMemory);
}

void TlsTransport::leave_handshake() {
  if (ssl_ != nullptr) {
    mbedtls_ssl_free(ssl_);
    mbedtls_free(ssl_);
    ssl_ = nullptr;
  }
  if (has_turn_) network_->end_handshake();
  has_turn_ = false;
}

int32_t TlsTransport::error() const {
  if (error_ != 0) return error_;
  return below_ != nullptr ? below_->error() : network_->below().error();
}

uint32_t TlsTransport::unacknowledged() const { return below_ != nullptr ? below_->unacknowledged() : 0; }

Address TlsTransport::remote() const { return below_ != nullptr ? below_->remote() : Address(); }

}  // namespace whit
