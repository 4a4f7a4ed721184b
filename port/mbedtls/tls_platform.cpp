// SPDX-License-Identifier: MIT
#include "tls_platform.h"

#include <mbedtls/build_info.h>
#include <mbedtls/entropy.h>
#include <mbedtls/platform_time.h>
#if defined(MBEDTLS_PSA_CRYPTO_EXTERNAL_RNG)
#include <psa/crypto.h>
#endif

#include "whit/config.h"

namespace whit {

namespace {

alignas(TlsArena::kAlignment) uint8_t arena_memory[config::kTlsArenaBytes];
TlsArena arena;
bool arena_attached;

Network* random_source;
TlsArenaShare* share_in_use;
bool refused;
bool no_random;

int64_t clock_ms;
uint32_t clock_s = 0;
uint32_t part_ms;  // of the running second
uint32_t last_ms;
bool clock_started;

}  // namespace

TlsScope::TlsScope(Network& source, TlsArenaShare* share) {
  random_source = &source;
  share_in_use = share;
  refused = no_random = false;
}

TlsScope::~TlsScope() {
  random_source = nullptr;
  share_in_use = nullptr;
}

TlsScope::ForRole::ForRole() : share_(share_in_use) { share_in_use = nullptr; }

TlsScope::ForRole::~ForRole() { share_in_use = share_; }

bool TlsScope::memory_refused() { return refused; }

bool TlsScope::random_failed() { return no_random; }

TlsArenaUsage tls_arena_usage() { return arena.usage(); }

void tls_settle(TlsArenaShare* share, bool out_of_memory) {
  if (share->used == 0) return;
#if defined(WHIT_ASSERTS)
  if (!out_of_memory) __builtin_trap();  // memory for longer than the connection was taken outside of ForRole
#endif
  if (out_of_memory) {
    arena.release_all(share);
  } else {
    arena.disown_all(share);
  }
}

void tls_advance_clock(uint32_t now_ms) {
  const uint32_t passed_ms = clock_started ? now_ms - last_ms : 0;  // of a clock that wraps
  clock_started = true;
  last_ms = now_ms;
  clock_ms += passed_ms;
  // Seconds on the side: a division of 64 bits is 700 bytes of code on a small machine.
  clock_s += (passed_ms + part_ms) / 1000;
  part_ms = (passed_ms + part_ms) % 1000;
}

int64_t tls_clock_ms() { return clock_ms; }

int tls_random(void*, unsigned char* destination, size_t size) {
  if (random_source != nullptr && random_source->random({destination, size}) == Status::kOk) return 0;
  no_random = true;
  return MBEDTLS_ERR_ENTROPY_SOURCE_FAILED;
}

}  // namespace whit

// The names that whit_mbedtls_config.h gives to Mbed TLS.
extern "C" {

void* whit_tls_calloc(size_t count, size_t size);
void* whit_tls_calloc(size_t count, size_t size) {
  using namespace whit;
  if (!arena_attached) {
    arena_attached = true;
    arena.attach(arena_memory, sizeof arena_memory);
  }
  void* memory = nullptr;
  if (size == 0 || count <= sizeof arena_memory / size) memory = arena.allocate(count * size, share_in_use);
  refused = refused || (memory == nullptr && count != 0 && size != 0);
  return memory;
}

void whit_tls_free(void* memory);
void whit_tls_free(void* memory) { whit::arena.release(memory); }

mbedtls_time_t whit_tls_time(mbedtls_time_t* out);
mbedtls_time_t whit_tls_time(mbedtls_time_t* out) {
  // Never 0: that would be "no time" in a ticket key.
  const mbedtls_time_t seconds = static_cast<mbedtls_time_t>(whit::clock_s) + 1;
  if (out != nullptr) *out = seconds;
  return seconds;
}

mbedtls_ms_time_t mbedtls_ms_time() { return whit::clock_ms; }

#if defined(MBEDTLS_PSA_CRYPTO_EXTERNAL_RNG)
psa_status_t mbedtls_psa_external_get_random(mbedtls_psa_external_random_context_t*, uint8_t* output, size_t size,
                                             size_t* written) {
  if (whit::tls_random(nullptr, output, size) != 0) return PSA_ERROR_INSUFFICIENT_ENTROPY;
  *written = size;
  return PSA_SUCCESS;
}
#endif
}
