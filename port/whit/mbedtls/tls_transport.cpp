// SPDX-License-Identifier: MIT
// TlsTransport at its end: finish(), abort() and the memory they give back; and the answers it has at any time.
#include "tls_transport.h"

#include <mbedtls/platform.h>
#include <mbedtls/ssl.h>

#include "tls_network.h"
#include "tls_platform.h"

namespace whit {

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
  {
    const TlsScope scope(network_->below(), &share_);
    drop_context();
  }
  stage_ = Stage::kFree;
  below_ = nullptr;
  network_->count_down(server_);
  if (below != nullptr) below->abort();
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
