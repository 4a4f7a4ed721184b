// SPDX-License-Identifier: MIT
// The client's part of TlsTransport: the server's name, and stored sessions. Without WHIT_TLS_CLIENT
// tls_client_none.cpp is compiled in its place.
#include <mbedtls/oid.h>
#include <mbedtls/platform.h>
#include <mbedtls/ssl.h>
#include <string.h>

#include "tls_network.h"
#include "tls_platform.h"
#include "tls_role.h"
#include "tls_sessions.h"
#include "tls_transport.h"

namespace whit {

// The host name is kept until the handshake begins; the caller's text need not live as long.
void TlsTransport::begin_client(Transport* below, Text host, uint16_t port) {
  begin(below, false);
  const TlsScope scope(network_->below(), &share_);
  if (host.size > 1 && host[host.size - 1] == '.') --host.size;  // RFC 6066, 3: without the dot of the root
  host_ = static_cast<char*>(mbedtls_calloc(1, host.size + 1));
  if (host_ == nullptr) {
    (void)fail(kTlsNoMemory);
    return;
  }
  memcpy(host_, host.data, host.size);
  host_size_ = static_cast<uint16_t>(host.size);
  port_ = port;
}

// The name is for SNI as well, where addresses have no place (RFC 6066, 3): they are checked in check_name().
int32_t TlsTransport::set_peer_name() {
  uint8_t address[16];
  const bool literal = mbedtls_x509_crt_parse_cn_inet_pton(host_, address) != 0;
  return mbedtls_ssl_set_hostname(ssl_, literal ? nullptr : host_);
}

// A session of a version that is not spoken (any more) is not offered: Mbed TLS would speak it nonetheless.
void TlsTransport::offer_session() {
  if (retried_) return;
  const TlsRole& role = *network_->role(false);
  mbedtls_ssl_session session;
  mbedtls_ssl_session_init(&session);
  offered_ = tls_sessions::load(host(), port_, tls_unix_time(*role.options), &session) &&
             session.MBEDTLS_PRIVATE(tls_version) >= role.config.MBEDTLS_PRIVATE(min_tls_version) &&
             session.MBEDTLS_PRIVATE(tls_version) <= role.config.MBEDTLS_PRIVATE(max_tls_version) &&
             mbedtls_ssl_set_session(ssl_, &session) == 0;
  mbedtls_ssl_session_free(&session);
}

// A client that offers a session speaks that session's version alone (Mbed TLS), and behind one address there may be
// servers of either. A server that refuses it, in whatever way, is therefore asked once more without, on a new TCP
// connection:
// one server may have lost its keys, another has no suite of then. The server's certificate is looked at only when the
// session has been declined; a verdict on it stands.
bool TlsTransport::retry_without_session(int result) {
  const int32_t cause = failure(result);
  if (verified_ || cause == kTlsNoMemory || cause == kTlsNoRandom) return false;
  tls_sessions::forget(host(), port_);
  leave_handshake();
  below_->abort();
  Status status = Status::kOk;
  below_ = network_->below().connect(index_, host(), port_, false, &status);
  offered_ = false;
  below_failed_ = below_ == nullptr;
  if (below_failed_) return false;
  TlsTransport anew(network_, index_, false);
  anew.below_ = below_;
  anew.host_ = host_;
  anew.host_size_ = host_size_;
  anew.port_ = port_;
  anew.share_ = share_;
  anew.stage_ = Stage::kBelow;
  anew.retried_ = true;
  *this = anew;
  network_->announce(index_);
  return true;
}

// A session of TLS 1.2 that was offered and declined had hidden TLS 1.3 from the server, so the one that came of it is
// not kept: the next connection asks for all versions.
void TlsTransport::save_session() {
  if (server_) return;
  const TlsRole& role = *network_->role(false);
  const bool hidden = offered_ && !resumed_ && mbedtls_ssl_get_version_number(ssl_) == MBEDTLS_SSL_VERSION_TLS1_2 &&
                      role.config.MBEDTLS_PRIVATE(max_tls_version) != MBEDTLS_SSL_VERSION_TLS1_2;
  if (hidden) {
    tls_sessions::forget(host(), port_);
  } else {
    tls_sessions::save(host(), port_, tls_unix_time(*role.options), ssl_);
  }
}

// RFC 9525, 6.3: a name in the subject alone does not count (Mbed TLS would take it). RFC 9110, 4.3.4: an address must
// stand among the IP addresses, octet by octet.
uint32_t TlsTransport::check_name(const mbedtls_x509_crt& certificate) const {
  if (mbedtls_x509_crt_has_ext_type(&certificate, MBEDTLS_X509_EXT_SUBJECT_ALT_NAME) == 0) {
    return MBEDTLS_X509_BADCERT_CN_MISMATCH;
  }
  uint8_t address[16];
  const size_t size = mbedtls_x509_crt_parse_cn_inet_pton(host_, address);
  if (size == 0) return 0;  // a name: Mbed TLS has compared it
  const mbedtls_x509_sequence* entry = &certificate.subject_alt_names;
  for (; entry != nullptr; entry = entry->next) {
    const bool is_address = (entry->buf.tag & MBEDTLS_ASN1_TAG_VALUE_MASK) == MBEDTLS_X509_SAN_IP_ADDRESS;
    if (is_address && entry->buf.len == size && memcmp(entry->buf.p, address, size) == 0) return 0;
  }
  return MBEDTLS_X509_BADCERT_CN_MISMATCH;
}

}  // namespace whit
