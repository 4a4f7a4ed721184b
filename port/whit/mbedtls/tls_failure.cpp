// SPDX-License-Identifier: MIT
// TlsTransport when TLS has failed: the cause for the application (tls_error.h), and the alert for the peer.
#include <mbedtls/ssl.h>

#include "tls_library.h"
#include "tls_network.h"
#include "tls_platform.h"
#include "tls_sessions.h"
#include "tls_transport.h"

namespace whit {

namespace {

// The alert of a server that has not even memory for a record, as it stands on the wire before any key (RFC
// 5246, 6.2.1, 7.2). Static, because a refused write has to be repeated from the same address.
constexpr uint8_t kPlainAlert[] = {
    MBEDTLS_SSL_MSG_ALERT, 3, 3, 0, 2, MBEDTLS_SSL_ALERT_LEVEL_FATAL, MBEDTLS_SSL_ALERT_MSG_INTERNAL_ERROR};

}  // namespace

// Ends the connection after a fatal error of Mbed TLS: notes the cause, sends the alert, and gives the memory back.
Status TlsTransport::fail(int result) {
  const bool handshake = stage_ == Stage::kBelow || stage_ == Stage::kHandshaking;
  error_ = below_failed_ ? 0 : failure(result);
  if (handshake) {
    network_->count_failure(error());
    // The stored session may be the reason; the next attempt goes without.
    if (offered_) tls_sessions::forget(host(), port_);
  }
  choose_alert(result);
  const bool under_way = stage_ == Stage::kHandshaking && !below_failed_;
  stage_ = under_way ? Stage::kRefused : Stage::kFailed;
  if (send_last() || stage_ == Stage::kFailed) drop_context();
  return Status::kFailed;
}

int32_t TlsTransport::failure(int result) const {
  if (starved_ || TlsScope::memory_refused() || tls_names_memory(result)) return kTlsNoMemory;
  if (TlsScope::random_failed()) return kTlsNoRandom;
  if (result > 0 || ssl_ == nullptr) return result;
  // Mbed TLS keeps a message that comes in parts in the buffer, and has no room for the next.
  const bool in_parts = tls_holds_part_of_message(*ssl_);
  if (records_.too_long() || (in_parts && result == MBEDTLS_ERR_SSL_BAD_INPUT_DATA)) return kTlsMessageTooLong;
  if (below_ended_ && (result == 0 || result == MBEDTLS_ERR_SSL_CONN_EOF)) return kTlsTruncated;
  if (result == MBEDTLS_ERR_SSL_FATAL_ALERT_MESSAGE) {
    // Mbed TLS has the same number for a server of TLS 1.3 that sends no certificate.
    if (ssl_->MBEDTLS_PRIVATE(in_msgtype) != MBEDTLS_SSL_MSG_ALERT) return kTlsNoCertificate;
    return kTlsAlert + ssl_->MBEDTLS_PRIVATE(in_msg)[1];
  }
  return stage_ == Stage::kHandshaking ? certificate_failure(result) : stream_failure(result);
}

// During the handshake.
int32_t TlsTransport::certificate_failure(int result) const {
  constexpr uint32_t kWeak = MBEDTLS_X509_BADCERT_BAD_MD | MBEDTLS_X509_BADCERT_BAD_PK | MBEDTLS_X509_BADCERT_BAD_KEY;
  constexpr uint32_t kUse = MBEDTLS_X509_BADCERT_KEY_USAGE | MBEDTLS_X509_BADCERT_EXT_KEY_USAGE;
  constexpr uint32_t kNoResult = 0xFFFFFFFF;  // Mbed TLS: nothing was verified
  if (no_clock_) return kTlsNoClock;
  const uint32_t flags = verified_ ? mbedtls_ssl_get_verify_result(ssl_) : kNoResult;
  if (flags != kNoResult && flags != 0) {
    if ((flags & kWeak) != 0) return kTlsWeakKey;
    if ((flags & MBEDTLS_X509_BADCERT_NOT_TRUSTED) != 0) return kTlsUntrusted;
    if ((flags & MBEDTLS_X509_BADCERT_CN_MISMATCH) != 0) return kTlsWrongName;
    if ((flags & MBEDTLS_X509_BADCERT_FUTURE) != 0) return kTlsNotYetValid;
    if ((flags & MBEDTLS_X509_BADCERT_EXPIRED) != 0) return kTlsExpired;
    if ((flags & kUse) != 0) return kTlsWrongUse;
  }
  // An error of X.509 has one of ASN.1 or of an identifier in its last bits.
  if (-(-result & ~0x7F) == MBEDTLS_ERR_X509_UNKNOWN_SIG_ALG) return kTlsWeakKey;
  switch (result) {
    case MBEDTLS_ERR_SSL_NO_CLIENT_CERTIFICATE:
      return kTlsNoCertificate;
    case MBEDTLS_ERR_SSL_HANDSHAKE_FAILURE:
    case MBEDTLS_ERR_SSL_BAD_PROTOCOL_VERSION:
      return kTlsNoCommonSuite;
    case MBEDTLS_ERR_PK_UNKNOWN_NAMED_CURVE:
    case MBEDTLS_ERR_PK_UNKNOWN_PK_ALG:
      return kTlsWeakKey;  // of a kind that is not even built in
    default:
      return stream_failure(result);
  }
}

int32_t TlsTransport::stream_failure(int result) const {
  constexpr uint8_t kChangeCipherSpec = 20, kApplicationData = 23;  // the ends of the content types, RFC 8446, 5.1
  constexpr uint8_t kKeyUpdate = 24;
  if (first_byte_ != 0 && (first_byte_ < kChangeCipherSpec || first_byte_ > kApplicationData)) return kTlsNotTls;
  const uint8_t* const head = ssl_->MBEDTLS_PRIVATE(in_hdr);
  const size_t announced = static_cast<size_t>(head[3] << 8 | head[4]);
  const bool record = result == MBEDTLS_ERR_SSL_INVALID_RECORD || result == MBEDTLS_ERR_SSL_BAD_INPUT_DATA ||
                      result == MBEDTLS_ERR_SSL_BUFFER_TOO_SMALL;
  if (record && announced > kTlsMaxIn) return kTlsRecordTooLarge;
  const bool handshake_message = ssl_->MBEDTLS_PRIVATE(in_msgtype) == MBEDTLS_SSL_MSG_HANDSHAKE;
  if (result == MBEDTLS_ERR_SSL_UNEXPECTED_MESSAGE && handshake_message && stage_ != Stage::kHandshaking &&
      ssl_->MBEDTLS_PRIVATE(in_msg)[0] == kKeyUpdate) {
    return kTlsKeyUpdate;
  }
  if (result != MBEDTLS_ERR_SSL_INVALID_MAC) return result;
  // A client that refuses our certificate in TLS 1.3 may say so in the clear (Mbed TLS does): a record of a level and
  // an alert, where an encrypted one is longer.
  const bool clear_alert = stage_ == Stage::kHandshaking && head[0] == MBEDTLS_SSL_MSG_ALERT && announced == 2;
  return clear_alert ? kTlsAlert + head[6] : int32_t{kTlsBadRecord};
}

// Chooses the alert for the peer where Mbed TLS has sent none by itself.
void TlsTransport::choose_alert(int result) {
  // The peer has ended it; or a client failed before the peer has said anything, and stays silent.
  if (below_failed_ || error_ >= kTlsAlert || error_ == kTlsTruncated || (!server_ && first_byte_ == 0)) return;
  const bool set_up = ssl_ != nullptr && ssl_->MBEDTLS_PRIVATE(f_send) != nullptr;  // behind the buffers, see set_up()
  if (set_up && !output_grew()) alert_ = alert_for(result);
  if (!set_up && server_) plain_alert_ = sizeof kPlainAlert;
}

// RFC 8446, 6.2; RFC 5246, 7.2.2. Most alerts come from Mbed TLS itself.
uint8_t TlsTransport::alert_for(int result) const {
  switch (error_) {
    case kTlsRecordTooLarge:
      return MBEDTLS_SSL_ALERT_MSG_RECORD_OVERFLOW;
    case kTlsBadRecord:
      return MBEDTLS_SSL_ALERT_MSG_BAD_RECORD_MAC;
    case kTlsKeyUpdate:
    case kTlsNotTls:
      return MBEDTLS_SSL_ALERT_MSG_UNEXPECTED_MESSAGE;
    case kTlsNoCertificate:
      return MBEDTLS_SSL_ALERT_MSG_HANDSHAKE_FAILURE;
    case kTlsWeakKey:
    case kTlsWrongUse:
      return MBEDTLS_SSL_ALERT_MSG_UNSUPPORTED_CERT;
    case kTlsNoMemory:
    case kTlsNoRandom:
    case kTlsMessageTooLong:
      return MBEDTLS_SSL_ALERT_MSG_INTERNAL_ERROR;
    default:
      break;
  }
  struct Entry {
    int16_t result;
    uint8_t alert;
  };
  static constexpr Entry kEntries[] = {
      {MBEDTLS_ERR_SSL_INVALID_RECORD, MBEDTLS_SSL_ALERT_MSG_UNEXPECTED_MESSAGE},
      {MBEDTLS_ERR_SSL_UNEXPECTED_MESSAGE, MBEDTLS_SSL_ALERT_MSG_UNEXPECTED_MESSAGE},
      {MBEDTLS_ERR_SSL_DECODE_ERROR, MBEDTLS_SSL_ALERT_MSG_DECODE_ERROR},
      {MBEDTLS_ERR_SSL_ILLEGAL_PARAMETER, MBEDTLS_SSL_ALERT_MSG_ILLEGAL_PARAMETER},
      {MBEDTLS_ERR_SSL_HANDSHAKE_FAILURE, MBEDTLS_SSL_ALERT_MSG_HANDSHAKE_FAILURE},
      {MBEDTLS_ERR_SSL_BAD_PROTOCOL_VERSION, MBEDTLS_SSL_ALERT_MSG_PROTOCOL_VERSION},
      {MBEDTLS_ERR_SSL_BAD_CERTIFICATE, MBEDTLS_SSL_ALERT_MSG_BAD_CERT},
      {MBEDTLS_ERR_SSL_UNSUPPORTED_EXTENSION, MBEDTLS_SSL_ALERT_MSG_UNSUPPORTED_EXT},
  };
  const bool of_alert = ssl_->MBEDTLS_PRIVATE(in_msgtype) == MBEDTLS_SSL_MSG_ALERT;
  if (of_alert && result == MBEDTLS_ERR_SSL_INVALID_RECORD) return MBEDTLS_SSL_ALERT_MSG_DECODE_ERROR;
  for (const Entry& entry : kEntries) {
    if (entry.result == result) return entry.alert;
  }
  return MBEDTLS_SSL_ALERT_MSG_INTERNAL_ERROR;
}

// Sends the output that Mbed TLS holds, then the alert. true: nothing is left. false: the transport below is full, and
// announces.
bool TlsTransport::send_last() {
  while (plain_alert_ != 0) {
    const Transfer transfer = below_->write({kPlainAlert + sizeof kPlainAlert - plain_alert_, plain_alert_});
    if (transfer.status == Status::kWouldBlock) return false;
    plain_alert_ = transfer.status == Status::kOk ? static_cast<uint8_t>(plain_alert_ - transfer.size) : uint8_t{0};
  }
  if (ssl_ == nullptr) return true;
  int result = 0;
  // As long as something is left, this call sends that alone.
  if (output_left()) result = mbedtls_ssl_send_alert_message(ssl_, MBEDTLS_SSL_ALERT_LEVEL_FATAL, alert_);
  if (result == 0 && alert_ != 0) {
    result = mbedtls_ssl_send_alert_message(ssl_, MBEDTLS_SSL_ALERT_LEVEL_FATAL, alert_);
    alert_ = 0;
  }
  return result != MBEDTLS_ERR_SSL_WANT_WRITE;
}

// Whether Mbed TLS has made a record in the present step of the handshake: if the step fails, that was the alert. (The
// type of the record says so only before it is encrypted.) Behind the handshake it makes none but warnings.
void TlsTransport::note_output() { last_count_ = ssl_->MBEDTLS_PRIVATE(cur_out_ctr)[7]; }

bool TlsTransport::output_grew() const {
  const bool ours =
      error_ == kTlsNoMemory || error_ == kTlsNoRandom;  // may also happen behind a record of the handshake
  return !ours && !handshake_over() && ssl_->MBEDTLS_PRIVATE(cur_out_ctr)[7] != last_count_;
}

}  // namespace whit
