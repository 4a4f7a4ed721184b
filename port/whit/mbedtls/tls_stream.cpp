// SPDX-License-Identifier: MIT
// TlsTransport while bytes flow: reading and writing records, over the transport below.
#include <mbedtls/net_sockets.h>
#include <mbedtls/ssl.h>

#include "tls_network.h"
#include "tls_platform.h"
#include "tls_transport.h"

namespace whit {

namespace {

// Records without a byte for the application, in one read. A peer that sends more has to wait for the next turn.
constexpr int kMaxIdleRecords = 16;

}  // namespace

Transfer TlsTransport::read(MutableBytes destination) {
  if (stage_ == Stage::kRefused) return discard();
  if (stage_ == Stage::kFailed) return {Status::kFailed, 0};
  if (stage_ == Stage::kEnded) return {Status::kClosed, 0};
  if (stage_ != Stage::kOpen) return {};
  const TlsScope scope(network_->below(), &share_);
  if (pending_end_ != 0) return end(pending_end_);
  size_t size = 0;
  for (int idle = 0; size < destination.size;) {
    below_blocked_ = false;
    note_output();
    const int result = mbedtls_ssl_read(ssl_, destination.data + size, destination.size - size);
    if (result > 0) {
      size += static_cast<size_t>(result);
      continue;
    }
    if (below_is_dry(result)) break;
    if (result == MBEDTLS_ERR_SSL_RECEIVED_NEW_SESSION_TICKET) save_session();
    // 0 is the end only if the transport below has ended: two empty records in a row give it as well.
    const bool went_on = result == MBEDTLS_ERR_SSL_RECEIVED_NEW_SESSION_TICKET || result == MBEDTLS_ERR_SSL_WANT_READ ||
                         (result == 0 && !below_ended_);
    if (went_on && ++idle < kMaxIdleRecords) continue;
    if (!went_on && size == 0) return end(result);
    if (!went_on) pending_end_ = result != 0 ? result : MBEDTLS_ERR_SSL_CONN_EOF;
    network_->announce(index_);
    break;
  }
  return {size != 0 ? Status::kOk : Status::kWouldBlock, size};
}

// True: Mbed TLS waits for the transport below, which announces. Mbed TLS returns the same numbers for reasons of its
// own, after a warning alert or before it parses a ticket.
bool TlsTransport::below_is_dry(int result) const {
  return below_blocked_ && (result == MBEDTLS_ERR_SSL_WANT_READ || result == MBEDTLS_ERR_SSL_WANT_WRITE);
}

// The status for the loop at the end of the stream, in order or not.
Transfer TlsTransport::end(int result) {
  if (result != MBEDTLS_ERR_SSL_PEER_CLOSE_NOTIFY) return {fail(result), 0};
  stage_ = Stage::kEnded;
  return {Status::kClosed, 0};
}

// After a refused handshake the input is read and thrown away, because unread input would make TCP send a reset, which
// destroys the alert (RFC 9112, 9.6, has the same for HTTP).
Transfer TlsTransport::discard() {
  uint8_t scratch[64];
  for (int i = 0; i < kMaxIdleRecords; ++i) {
    const Transfer transfer = below_->read({scratch, sizeof scratch});
    if (transfer.status != Status::kOk) return transfer;
  }
  network_->announce(index_);
  return {};
}

// Mbed TLS's rule for a write that was refused, "repeat it with the same arguments", is only good as long as nothing
// else has sent the rest of the record: reading a ticket does, for one. Then it would encrypt the same bytes once more.
// And while something else waits to be sent, it would report bytes as written that it never looked at.
Transfer TlsTransport::write(Bytes source) {
  if (stage_ == Stage::kFailed || stage_ == Stage::kRefused) return {Status::kFailed, 0};
  if (ssl_ == nullptr || stage_ == Stage::kHandshaking) return {};
  const TlsScope scope(network_->below(), &share_);
  if (blocked_size_ == 0 && !flush()) return {stage_ == Stage::kFailed ? Status::kFailed : Status::kWouldBlock, 0};
  for (int i = 0; i < kMaxIdleRecords; ++i) {
    const bool fresh = blocked_size_ == 0;
    if (!fresh && !output_left()) return taken(blocked_size_);
    int result = 0;
    note_output();
    if (handshake_over()) {
      result = mbedtls_ssl_write(ssl_, source.data, source.size);
      if (result > 0) return taken(fresh ? static_cast<uint32_t>(result) : blocked_size_);
      if (fresh && output_left()) blocked_size_ = record_size(source.size);
    } else {
      result = mbedtls_ssl_handshake(ssl_);  // a ticket that was read, but not looked at
    }
    if (result == MBEDTLS_ERR_SSL_RECEIVED_NEW_SESSION_TICKET) save_session();
    if (result == MBEDTLS_ERR_SSL_WANT_WRITE) return {};
    const bool goes_on =
        result == 0 || result == MBEDTLS_ERR_SSL_WANT_READ || result == MBEDTLS_ERR_SSL_RECEIVED_NEW_SESSION_TICKET;
    if (!goes_on) return {fail(result), 0};
  }
  network_->announce(index_);
  return {};
}

Transfer TlsTransport::taken(uint32_t size) {
  blocked_size_ = 0;
  return {Status::kOk, size};
}

// How many of so many bytes go into one record.
uint32_t TlsTransport::record_size(size_t size) const {
  const size_t most = static_cast<size_t>(mbedtls_ssl_get_max_out_record_payload(ssl_));
  return static_cast<uint32_t>(size < most ? size : most);
}

// mbedtls_ssl_is_handshake_over() says so too while TLS 1.3 tickets are still to be written or looked at.
bool TlsTransport::handshake_over() const { return ssl_->MBEDTLS_PRIVATE(state) == MBEDTLS_SSL_HANDSHAKE_OVER; }

bool TlsTransport::output_left() const { return ssl_->MBEDTLS_PRIVATE(out_left) != 0; }

// Sends the output that Mbed TLS holds. It has no call for that; this one sends nothing of its own as long as output is
// left.
bool TlsTransport::flush() {
  if (!output_left()) return true;
  const int result = mbedtls_ssl_close_notify(ssl_);
  if (result != 0 && result != MBEDTLS_ERR_SSL_WANT_WRITE) (void)fail(result);
  return result == 0 && !output_left();
}

int TlsTransport::send(void* self, const unsigned char* data, size_t size) {
  TlsTransport& transport = *static_cast<TlsTransport*>(self);
  const Transfer transfer = transport.below_->write({data, size});
  if (transfer.status == Status::kOk) return static_cast<int>(transfer.size);
  if (transfer.status == Status::kWouldBlock) {
    transport.below_blocked_ = true;
    return MBEDTLS_ERR_SSL_WANT_WRITE;
  }
  transport.below_failed_ = true;
  return MBEDTLS_ERR_NET_SEND_FAILED;
}

int TlsTransport::receive(void* self, unsigned char* destination, size_t size) {
  TlsTransport& transport = *static_cast<TlsTransport*>(self);
  // Behind the clear part of the handshake nothing is cut or joined.
  const bool clear = transport.ssl_->MBEDTLS_PRIVATE(transform_in) == nullptr;
  const Transfer transfer = clear ? transport.records_.read(transport.below_, {destination, size})
                                  : transport.below_->read({destination, size});
  if (transport.records_.too_long() && transfer.status == Status::kFailed) return MBEDTLS_ERR_SSL_BUFFER_TOO_SMALL;
  switch (transfer.status) {
    case Status::kOk:
      if (transport.first_byte_ == 0) transport.first_byte_ = destination[0];
      return static_cast<int>(transfer.size);
    case Status::kWouldBlock:
      transport.below_blocked_ = true;
      return MBEDTLS_ERR_SSL_WANT_READ;
    case Status::kClosed:
      transport.below_ended_ = true;
      return 0;
    default:
      transport.below_failed_ = true;
      return MBEDTLS_ERR_NET_RECV_FAILED;
  }
}

}  // namespace whit
