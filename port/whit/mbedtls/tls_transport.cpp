// SPDX-License-Identifier: MIT
#include "tls_transport.h"

#include <mbedtls/net_sockets.h>
#include <mbedtls/platform.h>
#include <mbedtls/ssl.h>
#include <string.h>

#include "tls_network.h"
#include "tls_path.h"
#include "tls_platform.h"
#include "tls_role.h"
#include "tls_sessions.h"

namespace whit {

namespace {

// Records without a byte for the application, in one read. A peer that sends more has to wait for the next turn.
constexpr int kMaxIdleRecords = 16;

// What a handshake takes of the arena besides the two record buffers, as measured (README.md, "Cost of a connection").
// One that could not be finished is not begun: half-way there may not even be memory to encrypt an alert.
constexpr uint32_t kServerHandshakeBytes = 1408 * sizeof(void*);
constexpr uint32_t kClientHandshakeBytes = 1920 * sizeof(void*);
static_assert(
    config::kTlsArenaBytes >= config::kTlsInBytes + config::kTlsOutBytes +
                                  (config::kTlsClient ? kClientHandshakeBytes : kServerHandshakeBytes),
    "WHIT_TLS_ARENA_BYTES is less than one handshake takes: raise it, or lower WHIT_TLS_IN_BYTES or OUT_BYTES");

bool has_room(bool server) {
  const TlsArenaUsage usage = tls_arena_usage();
  const uint32_t handshake = server ? kServerHandshakeBytes : kClientHandshakeBytes;
  return usage.size - usage.used >= config::kTlsInBytes + config::kTlsOutBytes + handshake;
}

// The alert of a server that has not even memory for a record, as it stands on the wire before any key (RFC
// 5246, 6.2.1, 7.2). Static, because what the transport below refuses has to be repeated from the same address.
constexpr uint8_t kPlainAlert[] = {
    MBEDTLS_SSL_MSG_ALERT, 3, 3, 0, 2, MBEDTLS_SSL_ALERT_LEVEL_FATAL, MBEDTLS_SSL_ALERT_MSG_INTERNAL_ERROR};

// For parse_ticket(), which Mbed TLS calls without saying for which connection.
TlsTransport* shaking_now;

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
    shaking_ = true;
    stage_ = Stage::kShaking;
    const TlsScope scope(network_->below(), &share_);
    const int32_t result = set_up();
    if (result != 0) (void)fail(result);
  }
  if (stage_ == Stage::kShaking) return shake();
  const bool failed = stage_ == Stage::kRefused || stage_ == Stage::kFailed;
  return {failed ? Layer::kSecure : Layer::kOpen, failed ? Status::kFailed : Status::kOk};
}

// Or has ended, as the handshake will find.
bool TlsTransport::has_spoken() {
  const Transfer transfer = below_->read({&first_byte_, 1});
  if (transfer.status == Status::kOk) records_.begin(first_byte_);
  return transfer.status != Status::kWouldBlock;
}

int32_t TlsTransport::set_up() {
  if (!has_room(server_)) return kTlsNoMemory;
  ssl_ = static_cast<mbedtls_ssl_context*>(mbedtls_calloc(1, sizeof *ssl_));
  if (ssl_ == nullptr) return kTlsNoMemory;
  mbedtls_ssl_init(ssl_);
  int32_t result = mbedtls_ssl_setup(ssl_, &network_->role(server_)->config);
  if (result == 0 && !server_) result = set_peer_name();
  if (result != 0) {
    leave_handshake();  // half a context answers no questions
    return result;
  }
  mbedtls_ssl_set_bio(ssl_, this, send, receive, nullptr);
  mbedtls_ssl_set_verify(ssl_, verify, this);
  if (!server_) offer_session();
  return 0;
}

// One step of the handshake, so that the loop looks at the other connections between two of them.
Progress TlsTransport::shake() {
  constexpr Progress kOnTheWay{Layer::kSecure, Status::kWouldBlock};
  if (!network_->take_step()) {
    network_->announce(index_);
    return kOnTheWay;
  }
  const TlsScope scope(network_->below(), &share_);
  below_blocked_ = false;
  shaking_now = this;
  note_output();
  int result = mbedtls_ssl_handshake_step(ssl_);
  shaking_now = nullptr;
  // An alert that could not leave at once: Mbed TLS would send it twice.
  if (ssl_->MBEDTLS_PRIVATE(send_alert) != 0) result = ssl_->MBEDTLS_PRIVATE(alert_reason);
  if (server_ && result == 0) use_application_keys();
  starved_ = starved_ || TlsScope::memory_refused();  // Mbed TLS may stumble over it only in a later step
  if (result == 0 && handshake_over()) {
    shaken();
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

void TlsTransport::shaken() {
  stage_ = Stage::kOpen;
  shaking_ = false;
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
  if (result == 0 && shaking_now != nullptr) shaking_now->resumed_ = true;
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

// Whether Mbed TLS waits for the transport below, which then announces. It says the same for reasons of its own, after
// a warning alert or before it looks at a ticket.
bool TlsTransport::below_is_dry(int result) const {
  return below_blocked_ && (result == MBEDTLS_ERR_SSL_WANT_READ || result == MBEDTLS_ERR_SSL_WANT_WRITE);
}

// The stream has ended in one way or another.
Transfer TlsTransport::end(int result) {
  if (result != MBEDTLS_ERR_SSL_PEER_CLOSE_NOTIFY) return {fail(result), 0};
  stage_ = Stage::kEnded;
  return {Status::kClosed, 0};
}

// After a refused handshake, what the peer sends is read, so that TCP does not answer with a reset, which would destroy
// the alert (RFC 9112, 9.6, has the same for HTTP).
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
  if (ssl_ == nullptr || stage_ == Stage::kShaking) return {};
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

// Sends what Mbed TLS has made and not yet sent. It has no call for that; this one sends nothing of its own as long as
// something is left.
bool TlsTransport::flush() {
  if (!output_left()) return true;
  const int result = mbedtls_ssl_close_notify(ssl_);
  if (result != 0 && result != MBEDTLS_ERR_SSL_WANT_WRITE) (void)fail(result);
  return result == 0 && !output_left();
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
  tls_settle(&share_, error_ == kTlsNoMemory);
}

void TlsTransport::leave_handshake() {
  if (ssl_ != nullptr) {
    mbedtls_ssl_free(ssl_);
    mbedtls_free(ssl_);
    ssl_ = nullptr;
  }
  if (shaking_) network_->end_handshake();
  shaking_ = false;
}

int32_t TlsTransport::error() const {
  if (error_ != 0) return error_;
  return below_ != nullptr ? below_->error() : network_->below().error();
}

uint32_t TlsTransport::unacknowledged() const { return below_ != nullptr ? below_->unacknowledged() : 0; }

Address TlsTransport::remote() const { return below_ != nullptr ? below_->remote() : Address(); }

// Mbed TLS has said something from which there is no way back. Notes why, tells the peer, and gives the memory back.
Status TlsTransport::fail(int result) {
  const bool handshake = stage_ == Stage::kBelow || stage_ == Stage::kShaking;
  error_ = below_failed_ ? 0 : failure(result);
  if (handshake) {
    network_->count_failure(error());
    // The session may be what the server choked on; the next attempt goes without.
    if (offered_) tls_sessions::forget(host(), port_);
  }
  choose_alert(result);
  const bool under_way = stage_ == Stage::kShaking && !below_failed_;
  stage_ = under_way ? Stage::kRefused : Stage::kFailed;
  if (send_last() || stage_ == Stage::kFailed) drop_context();
  return Status::kFailed;
}

int32_t TlsTransport::failure(int result) const {
  if (starved_ || TlsScope::memory_refused()) return kTlsNoMemory;
  if (TlsScope::random_failed()) return kTlsNoRandom;
  if (result > 0 || ssl_ == nullptr) return result;
  // Mbed TLS keeps a message that comes in parts in the buffer, and has no room for the next.
  const bool in_parts = ssl_->MBEDTLS_PRIVATE(badmac_seen_or_in_hsfraglen) != 0;
  if (records_.too_long() || (in_parts && result == MBEDTLS_ERR_SSL_BAD_INPUT_DATA)) return kTlsMessageTooLong;
  if (below_ended_ && (result == 0 || result == MBEDTLS_ERR_SSL_CONN_EOF)) return kTlsTruncated;
  if (result == MBEDTLS_ERR_SSL_FATAL_ALERT_MESSAGE) return kTlsAlert + ssl_->MBEDTLS_PRIVATE(in_msg)[1];
  return stage_ == Stage::kShaking ? certificate_failure(result) : stream_failure(result);
}

// While shaking hands.
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
  if (record && announced > config::kTlsInBytes) return kTlsRecordTooLarge;
  const bool handshake_message = ssl_->MBEDTLS_PRIVATE(in_msgtype) == MBEDTLS_SSL_MSG_HANDSHAKE;
  if (result == MBEDTLS_ERR_SSL_UNEXPECTED_MESSAGE && handshake_message && stage_ != Stage::kShaking &&
      ssl_->MBEDTLS_PRIVATE(in_msg)[0] == kKeyUpdate) {
    return kTlsKeyUpdate;
  }
  if (result != MBEDTLS_ERR_SSL_INVALID_MAC) return result;
  // A client that refuses our certificate in TLS 1.3 may say so in the clear (Mbed TLS does): a record of a level and
  // an alert, where an encrypted one is longer.
  const bool clear_alert = stage_ == Stage::kShaking && head[0] == MBEDTLS_SSL_MSG_ALERT && announced == 2;
  return clear_alert ? kTlsAlert + head[6] : int32_t{kTlsBadRecord};
}

// What is to be told to the peer, where Mbed TLS has not done so by itself.
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

// Sends what Mbed TLS has made, then the alert. true: nothing is left. false: the transport below is full, and
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

// Called for each certificate of a chain, the trust anchor included, the leaf last. What is found is for the leaf.
int TlsTransport::verify(void* self, mbedtls_x509_crt* certificate, int depth, uint32_t* flags) {
  TlsTransport& transport = *static_cast<TlsTransport*>(self);
  transport.verified_ = true;
  *flags =
      tls_judge_path(*transport.network_->role(transport.server_), certificate, depth, *flags, &transport.no_clock_);
  if (depth == 0 && !transport.server_) *flags |= transport.judge_name(*certificate);
  // RFC 8446, 6.2: certificate_expired is for "not currently valid", too. Without a clock it is certificate_unknown.
  const bool early = (*flags & MBEDTLS_X509_BADCERT_FUTURE) != 0;
  if (early && !transport.no_clock_) *flags |= MBEDTLS_X509_BADCERT_EXPIRED;
  return 0;
}

}  // namespace whit
