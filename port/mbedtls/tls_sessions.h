// SPDX-License-Identifier: MIT
// TlsSessions: the client's sessions, one per host and port, as the bytes that Mbed TLS makes of them, in static memory
// outside the arena. The oldest gives way.
//
// A stored session is: when it was saved in seconds since 1970 (8 bytes, network order; 0: the clock did not know),
// then the output of mbedtls_ssl_session_save(). A session whose host name does not fit is not kept.
#pragma once

#include <stddef.h>
#include <stdint.h>

#include "whit/bytes.h"
#include "whit/config.h"
#include "whit/status.h"

struct mbedtls_ssl_context;
struct mbedtls_ssl_session;

namespace whit {

class TlsSessions {
 public:
  static constexpr size_t kMaxHostBytes = 64;
  static constexpr size_t kTimeBytes = 8;

  constexpr TlsSessions() = default;

  // Whether there is one, put into `out` (initialised, to be freed by the caller). `unix_time`: now, 0: not known.
  bool load(Text host, uint16_t port, int64_t unix_time, mbedtls_ssl_session* out) const;
  // Keeps the session that `ssl` has now; a full one that cannot be kept leaves the old one.
  void save(Text host, uint16_t port, int64_t unix_time, const mbedtls_ssl_context* ssl);
  void forget(Text host, uint16_t port);
  void clear();

  size_t export_bytes(Text host, uint16_t port, MutableBytes out) const;
  Status import_bytes(Text host, uint16_t port, Bytes bytes);

 private:
  struct Entry {
    uint32_t used = 0;  // the higher, the later; 0: free
    uint16_t port = 0;
    uint16_t size = 0;
    uint8_t host_size = 0;
    bool imported = false;  // Mbed TLS's clock was another one when it was saved
    char host[kMaxHostBytes] = {};
    uint8_t bytes[kTimeBytes + config::kTlsSessionBytes] = {};
  };

  const Entry* find(Text host, uint16_t port) const;
  Entry* place(Text host, uint16_t port);
  void fill(Entry* entry, Text host, uint16_t port, size_t size);

  static constexpr size_t kEntries = config::kTlsSessions != 0 ? config::kTlsSessions : 1;  // 0: no clients
  Entry entries_[kEntries] = {};
  uint32_t uses_ = 0;
};

}  // namespace whit
