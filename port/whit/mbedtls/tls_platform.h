// SPDX-License-Identifier: MIT
// The platform of Mbed TLS: memory, time and random bytes. It calls plain C functions without a context, so TlsScope
// names the owner for the length of a call. The Mbed TLS of a project has memory and time of its own: of it nothing is
// counted here.
#pragma once

#include <stddef.h>
#include <stdint.h>

#include "tls_arena.h"
#include "whit/network.h"

namespace whit {

// From construction to destruction, memory is taken from the arena for `share` (nullptr: no owner) and
// random bytes come from `source`. Scopes do not nest.
class TlsScope {
 public:
  TlsScope(Network& source, TlsArenaShare* share);
  ~TlsScope();
  TlsScope(const TlsScope&) = delete;
  TlsScope& operator=(const TlsScope&) = delete;

  // Failures in this scope, which Mbed TLS reports by many different numbers. memory_refused(): of the arena.
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

// All zero where the memory is not the arena's, but the project's.
TlsArenaUsage tls_arena_usage();

// An error of the project's Mbed TLS says that memory was refused; always false for the own copy, whose arena knows.
bool tls_names_memory(int32_t result);

// To be called when the connection of `share` is over and its context freed. After a refused allocation Mbed TLS may
// have lost some blocks, in which there may be keys: they are taken back. Otherwise none is left; a block that was
// taken for longer than the connection (none is known) stays.
void tls_reclaim(TlsArenaShare* share, bool out_of_memory);

// The clock for the lifetime of tickets: called with the loop's clock at least once in 49 days.
void tls_advance_clock(uint32_t now_ms);

// For mbedtls_ssl_conf_rng(). 0, or an error of Mbed TLS.
int tls_random(void*, unsigned char* destination, size_t size);

}  // namespace whit
