// SPDX-License-Identifier: MIT
// The numbers of Transport::error() and Cause::code when TLS has ended a connection:
//   1001 ...        TlsError, our own numbers
//   2000 + alert    the peer's fatal alert (RFC 8446, 6; RFC 5246, 7.2)
//   else            the number of the network below (errno, err_t), or a code of Mbed TLS (below -16)
#pragma once

#include <stdint.h>

namespace whit {

// Our own numbers: the peer's certificate, our side, the stream.
enum TlsError : int32_t {
  kTlsOk = 0,
  // The peer's certificate
  kTlsExpired = 1001,        // its time is over
  kTlsNotYetValid = 1002,    // its time has not come
  kTlsWrongName = 1003,      // it is for another host name or address
  kTlsUntrusted = 1004,      // no trust anchor of ours has signed it
  kTlsWeakKey = 1005,        // key or signature is too weak (below P-256, RSA 2048 or SHA-256)
  kTlsWrongUse = 1006,       // it may not be used for this (key usage, extended key usage, path length)
  kTlsNoCertificate = 1007,  // it sent none
  kTlsNoClock = 1008,        // its dates cannot be checked: TlsDates::kClock, and the clock does not know the time
  // Our side
  kTlsNoTrustAnchors = 1020,  // nothing is configured against which the peer could be checked
  kTlsNoCredentials = 1021,   // a server without certificate and PSK, or a role that was not configured
  kTlsBadCertificate = 1022,  // one of our own certificates or trust anchors cannot be parsed
  kTlsBadKey = 1023,          // our key cannot be parsed, or is not the certificate's
  kTlsBadPsk = 1024,          // shorter than 16 bytes, without a name, or not built in (WHIT_TLS_PSK)
  kTlsNoMemory = 1025,        // the arena is exhausted (WHIT_TLS_ARENA_BYTES)
  kTlsNoRandom = 1026,        // the port's generator failed
  kTlsBadHostName = 1027,     // longer than 255 bytes
  kTlsBadAlpn = 1028,         // a name of TlsOptions::alpn is empty or longer than 255 bytes
  kTlsChainTooLong = 1029,    // our own certificates do not fit into a record of WHIT_TLS_OUT_BYTES
  kTlsNoVersion = 1030,       // TlsOptions::min_version is above max_version, or neither is built in
  kTlsNotDer = 1031,          // a certificate or key of ours is not DER, and PEM is not built in (WHIT_TLS_PEM)
  // The stream
  kTlsRecordTooLarge = 1040,  // the peer's record is longer than WHIT_TLS_IN_BYTES
  kTlsKeyUpdate = 1041,       // the peer sent KeyUpdate (RFC 8446, 4.6.3), which Mbed TLS 3.6 does not implement
  kTlsTruncated = 1042,       // TCP ended without close_notify (RFC 8446, 6.1)
  kTlsNotTls = 1043,          // the first byte is not of TLS: a plain client at the TLS port, or a plain server
  kTlsBadRecord = 1044,       // a record could not be decrypted
  kTlsNoCommonSuite = 1045,   // no cipher suite, group or version that both sides speak
  kTlsMessageTooLong = 1046,  // a message of the handshake is longer than WHIT_TLS_IN_BYTES, in however many records
};

constexpr int32_t kTlsAlert = 2000;  // + the alert's number

// One line in English, without a full stop; never nullptr. About 2,900 bytes of flash where it is called, without
// WHIT_TLS_ERROR_TEXTS 40.
const char* tls_error_text(int32_t error);

}  // namespace whit
