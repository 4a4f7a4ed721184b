// SPDX-License-Identifier: MIT
// What Mbed TLS asks of a platform: memory, time and random bytes. It asks by plain C functions without a context, so
// TlsScope says, for the length of a call, for whom they are.
#pragma once

#include <stddef.h>
#include <stdint.h>

#include "tls_arena.h"
#include "whit/network.h"

namespace whit {

// From construction to destruction, memory is taken from the arena for `share` (nullptr: for nobody in particular) and
// random bytes come from `source`. Scopes do not nest.
class TlsScope {
 public:
  TlsScope(Network& source, TlsArenaShare* share);
  ~TlsScope();
  TlsScope(const TlsScope&) = delete;
  TlsScope& operator=(const TlsScope&) = delete;

  // What went wrong in this scope, which Mbed TLS reports by many different numbers.
  static bool memory_refused();
  static bool random_failed();

  // Within a scope: memory is for the role and stays, until the end of the block.
  class ForRole {
   public:
    ForRole();
    ~ForRole();

   private:
    TlsArenaShare* share_;
  };
};

TlsArenaUsage tls_arena_usage();

// The connection of `share` is over, and its context freed. After a refused allocation Mbed TLS may have forgotten some
// memory, in which there may be keys: it is taken back. Otherwise there is none left; what was taken meanwhile for
// longer than the connection (none that is known) stays.
void tls_reclaim(TlsArenaShare* share, bool refused);

// The clock for the lifetime of tickets: called with the loop's clock at least once in 49 days.
void tls_advance_clock(uint32_t now_ms);

// Milliseconds since the first call of tls_advance_clock().
int64_t tls_clock_ms();

// For mbedtls_ssl_conf_rng(). 0, or an error of Mbed TLS.
int tls_random(void*, unsigned char* destination, size_t size);

}  // namespace whit
