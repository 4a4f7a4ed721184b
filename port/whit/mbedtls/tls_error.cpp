// SPDX-License-Identifier: MIT
#include "tls_error.h"

#include <stddef.h>

#include "whit/config.h"

namespace whit {

namespace {

struct Entry {
  int16_t number;
  const char* text;
};

constexpr Entry kOwn[] = {
    {kTlsExpired, "the peer's certificate has expired"},
    {kTlsNotYetValid, "the peer's certificate is not valid yet"},
    {kTlsWrongName, "the peer's certificate is for another name"},
    {kTlsUntrusted, "the peer's certificate is not signed by an authority that is trusted"},
    {kTlsWeakKey, "the peer's certificate has a key or signature that is too weak, or of a kind that is not built in"},
    {kTlsWrongUse, "the peer's certificate is not for this use"},
    {kTlsNoCertificate, "the peer has sent no certificate"},
    {kTlsNoClock, "the clock does not know the time, so the peer's certificate cannot be checked"},
    {kTlsNoTrustAnchors, "nothing is configured that the server could be checked against"},
    {kTlsNoCredentials, "no certificate and no pre-shared key is configured"},
    {kTlsBadCertificate, "a certificate of ours cannot be read"},
    {kTlsBadKey, "our private key cannot be read, or does not belong to the certificate"},
    {kTlsBadPsk, "the pre-shared key is too short, has no name, or is not built in"},
    {kTlsNoMemory, "the memory for TLS is used up"},
    {kTlsNoRandom, "no random bytes"},
    {kTlsBadHostName, "the host name is too long"},
    {kTlsBadAlpn, "a protocol name for ALPN is empty or too long"},
    {kTlsChainTooLong, "our certificates are longer than a record that we send (WHIT_TLS_OUT_BYTES)"},
    {kTlsNoVersion, "no version of TLS is allowed and built in"},
    {kTlsNotDer, "a certificate or key of ours is not DER, and PEM is not built in (WHIT_TLS_PEM)"},
    {kTlsRecordTooLarge, "the peer has sent a record that is longer than our buffer"},
    {kTlsKeyUpdate, "the peer has changed its keys, which is not supported"},
    {kTlsTruncated, "the peer has ended TCP without ending TLS"},
    {kTlsNotTls, "the peer does not speak TLS"},
    {kTlsBadRecord, "a record could not be decrypted"},
    {kTlsNoCommonSuite, "no version and cipher suite in common"},
    {kTlsMessageTooLong, "the peer has sent a message of the handshake that is longer than our buffer"},
};

// RFC 8446, 6; RFC 5246, 7.2.
constexpr Entry kAlerts[] = {
    {0, "the peer's alert: close_notify"},
    {10, "the peer's alert: unexpected_message"},
    {20, "the peer's alert: bad_record_mac"},
    {22, "the peer's alert: record_overflow"},
    {40, "the peer's alert: handshake_failure"},
    {42, "the peer's alert: bad_certificate"},
    {43, "the peer's alert: unsupported_certificate"},
    {44, "the peer's alert: certificate_revoked"},
    {45, "the peer's alert: certificate_expired"},
    {46, "the peer's alert: certificate_unknown"},
    {47, "the peer's alert: illegal_parameter"},
    {48, "the peer's alert: unknown_ca"},
    {49, "the peer's alert: access_denied"},
    {50, "the peer's alert: decode_error"},
    {51, "the peer's alert: decrypt_error"},
    {70, "the peer's alert: protocol_version"},
    {71, "the peer's alert: insufficient_security"},
    {80, "the peer's alert: internal_error"},
    {86, "the peer's alert: inappropriate_fallback"},
    {90, "the peer's alert: user_canceled"},
    {109, "the peer's alert: missing_extension"},
    {110, "the peer's alert: unsupported_extension"},
    {112, "the peer's alert: unrecognized_name"},
    {115, "the peer's alert: unknown_psk_identity"},
    {116, "the peer's alert: certificate_required"},
    {120, "the peer's alert: no_application_protocol"},
};

template <size_t kCount>
const char* find(const Entry (&table)[kCount], int32_t number, const char* otherwise) {
  for (const Entry& entry : table) {
    if (entry.number == number) return entry.text;
  }
  return otherwise;
}

}  // namespace

const char* tls_error_text(int32_t error) {
  if constexpr (!config::kTlsErrorTexts) return "see tls_error.h for the number";
  if (error == kTlsOk) return "no error";
  if (error >= kTlsAlert && error < kTlsAlert + 256) return find(kAlerts, error - kTlsAlert, "an alert without a name");
  return find(kOwn, error, "an error of Mbed TLS or of the network below");
}

}  // namespace whit
