// SPDX-License-Identifier: MIT
// TlsOptions: the configuration of one role (client or server) of a TlsNetwork. Read, never copied: the object and all
// it points to must live as long as the network uses it (usually static const, in flash).
//
// Certificates and keys are DER, or, where WHIT_TLS_PEM is on, PEM text whose size counts the ending NUL. DER
// certificates stay where they are; PEM ones are decoded into the arena. The numbers of a private key (about 100 bytes
// for P-256) are in the arena as well, because Mbed TLS computes with them.
#pragma once

#include <stddef.h>
#include <stdint.h>

#include "whit/bytes.h"

namespace whit {

// A version; kAny: whatever is built in.
enum class TlsVersion : uint8_t { kAny, kTls12, kTls13 };

// How the validity dates of certificates are checked (RFC 5280, 4.1.2.5). There is no silent default: a device without
// a clock has to choose.
enum class TlsDates : uint8_t {
  kClock,   // by TlsOptions::unix_time; a clock that does not know the time fails the handshake (kTlsNoClock)
  kFloor,   // by the clock while it knows the time; else a certificate is refused that had expired at `floor_time`
  kIgnore,  // not at all
};

// The defaults are all zero bits, so that options in static memory cost no flash.
struct TlsOptions {
  // Trust anchors: certificates of authorities (one file may hold several in PEM). A client needs them, or a PSK. A
  // server that has them asks its clients for a certificate, and refuses a client without one (mutual TLS).
  const Bytes* trusted = nullptr;
  size_t trusted_count = 0;

  // Our own certificate, then the intermediates, leaf first, and the leaf's key. A server needs them, or a PSK.
  const Bytes* certificates = nullptr;
  size_t certificate_count = 0;
  Bytes private_key;

  // A key shared beforehand (RFC 4279, RFC 8446 2.2), with WHIT_TLS_PSK: 16 bytes or more, and its name.
  Bytes psk;
  Text psk_identity;

  // The range of versions. A version that is not built in (WHIT_TLS_1_2, WHIT_TLS_1_3) does not count.
  TlsVersion min_version = TlsVersion::kAny;
  TlsVersion max_version = TlsVersion::kAny;

  // ALPN (RFC 7301), ended by nullptr. nullptr: kHttp11, because a WebSocket handshake is HTTP/1.1 (RFC 6455, 4.1). A
  // list of none is not sent.
  const char* const* alpn = nullptr;

  TlsDates dates = TlsDates::kClock;  // how validity dates are checked
  int64_t (*unix_time)() = nullptr;   // seconds since 1970, UTC; 0: not known (yet)
  int64_t floor_time = 0;             // for kFloor: when the image was built

  static const char* const kHttp11[2];  // "http/1.1", the default of `alpn`
};

}  // namespace whit
