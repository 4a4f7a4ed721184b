// SPDX-License-Identifier: MIT
// What only clients do: the server's name, and sessions of before. Without WHIT_TLS_CLIENT there is
// tls_client_none.cpp.
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
  const TlsScope scope(*network_->below_, &share_);
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

// The name is for SNI as well, where addresses have no place (RFC 6066, 3): they are checked in judge_name().
int32_t TlsTransport::set_peer_name() {
  uint8_t address[16];
  const bool literal = mbedtls_x509_crt_parse_cn_inet_pton(host_, address) != 0;
  return mbedtls_ssl_set_hostname(ssl_, literal ? nullptr : host_);
}

void TlsTransport::offer_session() {
  mbedtls_ssl_session session;
  mbedtls_ssl_session_init(&session);
  const int64_t now = tls_unix_time(*network_->role(false)->options);
  offered_ = tls_sessions::load(host(), port_, now, &session) && mbedtls_ssl_set_session(ssl_, &session) == 0;
  mbedtls_ssl_session_free(&session);
}

void TlsTransport::save_session() {
  if (server_) return;
  tls_sessions::save(host(), port_, tls_unix_time(*network_->role(false)->options), ssl_);
}

// RFC 9525, 6.3: a name in the subject alone does not count (Mbed TLS would take it). RFC 9110, 4.3.4: an address must
// stand among the IP addresses, octet by octet.
uint32_t TlsTransport::judge_name(const mbedtls_x509_crt& certificate) const {
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
