// SPDX-License-Identifier: MIT
// What Transport::error() and Cause::code say when TLS has ended a connection: one of our own numbers, an alert of the
// peer, or Mbed TLS's own code.
//   1 ... 99        TlsError
//   256 + alert     the peer's fatal alert (RFC 8446, 6; RFC 5246, 7.2)
//   below 0         an error of Mbed TLS (mbedtls/error.h), with MBEDTLS_ERR_ taken as it is
#pragma once

#include <stdint.h>

namespace whit {

enum TlsError : int32_t {
  kTlsOk = 0,
  // The peer's certificate
  kTlsExpired = 1,        // its time is over
  kTlsNotYetValid = 2,    // its time has not come
  kTlsWrongName = 3,      // it is for another host name or address
  kTlsUntrusted = 4,      // no trust anchor of ours has signed it
  kTlsWeakKey = 5,        // key or signature is too weak (below P-256, RSA 2048 or SHA-256)
  kTlsWrongUse = 6,       // it may not be used for this (key usage, extended key usage, path length)
  kTlsNoCertificate = 7,  // it sent none
  kTlsNoClock = 8,        // its dates cannot be judged: TlsDates::kClock, and the clock does not know the time
  // Our side
  kTlsNoTrustAnchors = 20,  // nothing is configured against which the peer could be checked
  kTlsNoCredentials = 21,   // a server without certificate and PSK, or a role that was not configured
  kTlsBadCertificate = 22,  // one of our own certificates or trust anchors cannot be parsed
  kTlsBadKey = 23,          // our key cannot be parsed, or is not the certificate's
  kTlsBadPsk = 24,          // shorter than 16 bytes, without a name, or not built in (WHIT_TLS_PSK)
  kTlsNoMemory = 25,        // the arena is exhausted (WHIT_TLS_ARENA_BYTES)
  kTlsNoRandom = 26,        // the port's generator failed
  kTlsBadHostName = 27,     // longer than 255 bytes
  // The stream
  kTlsRecordTooLarge = 40,  // the peer's record is longer than WHIT_TLS_IN_BYTES
  kTlsKeyUpdate = 41,       // the peer sent KeyUpdate (RFC 8446, 4.6.3), which Mbed TLS 3.6 does not implement
  kTlsTruncated = 42,       // TCP ended without close_notify (RFC 8446, 6.1)
  kTlsNotTls = 43,          // what arrived first is not TLS: a plain client at the TLS port, or a plain server
  kTlsBadRecord = 44,       // a record could not be decrypted
  kTlsNoCommonSuite = 45,   // no cipher suite, group or version that both sides speak
};

constexpr int32_t kTlsAlert = 256;  // + the alert's number

// One line in English, without a full stop; never nullptr. About 1.3 KB of flash where it is used.
const char* tls_error_text(int32_t error);

}  // namespace whit
