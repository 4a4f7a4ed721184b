// SPDX-License-Identifier: MIT
// In place of tls_client.cpp and tls_sessions.cpp: no client, because set_client() fails.
#include "tls_network.h"
#include "tls_sessions.h"
#include "tls_transport.h"

namespace whit {

void TlsTransport::begin_client(Transport*, Text, uint16_t) {}

int32_t TlsTransport::set_peer_name() { return 0; }

void TlsTransport::offer_session() {}

bool TlsTransport::retry_without_session(int) { return false; }

void TlsTransport::save_session() {}

uint32_t TlsTransport::check_name(const mbedtls_x509_crt&) const { return 0; }

namespace tls_sessions {

void forget(Text, uint16_t) {}

void clear() {}

size_t export_bytes(Text, uint16_t, MutableBytes) { return 0; }

Status import_bytes(Text, uint16_t, Bytes) { return Status::kInvalidArgument; }

}  // namespace tls_sessions

}  // namespace whit
