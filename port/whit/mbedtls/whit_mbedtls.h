// SPDX-License-Identifier: MIT
// TlsNetwork (tls_network.h) for programs in C, beside stack/c/whit.h: wss over the network of another port.
//
//   WHIT_TLS(tls_memory, 6);                                // connections and handshakes of the loop
//   static const whit_tls_span authorities[] = {{authority_der, sizeof authority_der}};
//   static whit_tls_options tls_options;                    // zeros are the defaults
//   ...
//   whit_network* const tls = whit_tls_start(&tls_memory, network);  // in place of `network`
//   tls_options.trusted = authorities;
//   tls_options.trusted_count = 1;
//   if (whit_tls_set_client(tls, &tls_options) != WHIT_OK) ... whit_tls_error_text(whit_network_error(tls))
//   if (whit_loop_start(&loop, &loop_memory, tls) != WHIT_OK) ...
//
// One such network per program: Mbed TLS has one allocator and one random generator. Verification is on: a client
// without trust anchors and without PSK does not connect.
#ifndef WHIT_MBEDTLS_WHIT_MBEDTLS_H
#define WHIT_MBEDTLS_WHIT_MBEDTLS_H

#include <stddef.h>
#include <stdint.h>

#if defined(__cplusplus)
extern "C" {
#endif

typedef struct whit_network whit_network;  // of whit.h

// Bytes, or characters.
typedef struct __attribute__((__may_alias__)) whit_tls_span {
  const void* data;
  size_t size;
} whit_tls_span;

enum { WHIT_TLS_VERSION_ANY, WHIT_TLS_VERSION_1_2, WHIT_TLS_VERSION_1_3 };

// How the validity dates of certificates are checked (RFC 5280, 4.1.2.5).
enum {
  WHIT_TLS_DATES_CLOCK,  // by `unix_time`; a clock that does not know the time fails the handshake
  WHIT_TLS_DATES_FLOOR,  // by the clock while it knows the time; else a certificate is refused that had expired at
                         // `floor_time`
  WHIT_TLS_DATES_IGNORE  // not at all
};

// The configuration of one role. Read, never copied: it and all it points to must live as long as the network uses it.
// Certificates and keys are DER, or, where WHIT_TLS_PEM is on, PEM text whose size counts the ending NUL.
typedef struct __attribute__((__may_alias__)) whit_tls_options {
  // Trust anchors. A client needs them, or a PSK. A server that has them asks its clients for a certificate.
  const whit_tls_span* trusted;
  size_t trusted_count;
  // Our own certificate, then the intermediates, leaf first, and the leaf's key. A server needs them, or a PSK.
  const whit_tls_span* certificates;
  size_t certificate_count;
  whit_tls_span private_key;
  // A key shared beforehand (RFC 4279, RFC 8446 2.2), with WHIT_TLS_PSK: 16 bytes or more, and its name.
  whit_tls_span psk;
  whit_tls_span psk_identity;
  uint8_t min_version;  // WHIT_TLS_VERSION_...
  uint8_t max_version;
  const char* const* alpn;     // ended by null (RFC 7301); null: http/1.1
  uint8_t dates;               // WHIT_TLS_DATES_...
  int64_t (*unix_time)(void);  // seconds since 1970, UTC; 0: not known (yet)
  int64_t floor_time;          // when the image was built
} whit_tls_options;

// What is inside is the port's. Each has room for its namesake in C++ (asserted in whit_mbedtls.cpp).
typedef struct whit_tls_transport {
  void* pointers_[5];
  uint32_t words_[20];
} whit_tls_transport;

typedef struct whit_tls_network {
  void* pointers_[6];
  uint32_t words_[16];
} whit_tls_network;

typedef struct whit_tls_memory {
  whit_tls_network* network;
  whit_tls_transport* transports;  // `slots` of them
  uint16_t slots;
} whit_tls_memory;

// Defines `name`, the memory of a network with so many transports: the connections and handshakes of the loop. The
// network below must have as many.
#define WHIT_TLS(name, count)                          \
  static whit_tls_network name##_network_;             \
  static whit_tls_transport name##_transports_[count]; \
  static const whit_tls_memory name = {&name##_network_, name##_transports_, (count)}

// Makes the network, once, over `below`, which must live as long.
whit_network* whit_tls_start(const whit_tls_memory* memory, whit_network* below);

// Takes the configuration of a role, before the first secure connection of that role. May be called again (a renewed
// certificate) while no connection of the role is in use.
//  WHIT_OK
//  WHIT_IN_USE            connections of this role are in use
//  WHIT_INVALID_ARGUMENT  whit_network_error() says which part: whit_tls_error_text()
//  WHIT_FAILED            the arena is too small for it, there are no random bytes, or an error of Mbed TLS
uint8_t whit_tls_set_client(whit_network* tls, const whit_tls_options* options);
uint8_t whit_tls_set_server(whit_network* tls, const whit_tls_options* options);

// INSECURE, for experiments only. Any machine on the path can pretend to be the server, and read and change every byte.
// Before whit_tls_set_client().
void whit_tls_dangerously_accept_any_server_certificate(whit_network* tls);

// The session of the last connection to host and port (RFC 8446, 2.2; RFC 5077), to keep it through a deep sleep. These
// bytes are as secret as a key. export: the size, 0: there is none, or `out` is too small. import:
// WHIT_INVALID_ARGUMENT: not a session of this version and configuration of Mbed TLS; WHIT_FAILED: no memory to look at
// it.
size_t whit_tls_export_session(const whit_network* tls, const char* host, uint16_t port, uint8_t* out, size_t size);
uint8_t whit_tls_import_session(whit_network* tls, const char* host, uint16_t port, const uint8_t* session,
                                size_t size);
void whit_tls_forget_sessions(whit_network* tls);

// Since the start.
typedef struct whit_tls_statistics {
  uint32_t handshakes;   // completed
  uint32_t resumed;      // of these, with a stored session
  uint32_t failed;       // handshakes that failed, both roles
  int32_t last_failure;  // the error of the last of them; a server's refusals have no event of their own
  uint32_t memory_used;  // bytes of the arena, now
  uint32_t memory_peak;  // ... at the worst moment
  uint32_t memory_size;  // ... all of it
} whit_tls_statistics;
whit_tls_statistics whit_tls_statistics_of(const whit_network* tls);

// A number of TLS in words: of whit_network_error(), or the code of a cause at WHIT_WHERE_SECURE. Never null.
const char* whit_tls_error_text(int32_t error);

#if defined(__cplusplus)
}
#endif

#endif  // WHIT_MBEDTLS_WHIT_MBEDTLS_H
