// SPDX-License-Identifier: MIT
#include "tls_platform.h"

#include <mbedtls/asn1.h>
#include <mbedtls/bignum.h>
#include <mbedtls/cipher.h>
#include <mbedtls/ecp.h>
#include <mbedtls/entropy.h>
#include <mbedtls/md.h>
#include <mbedtls/pk.h>
#include <mbedtls/platform_time.h>
#include <mbedtls/x509.h>
#if defined(MBEDTLS_PSA_CRYPTO_EXTERNAL_RNG)
#include <psa/crypto.h>
#endif

#include "tls_library.h"
#include "whit/config.h"

namespace whit {

namespace {

// Of the present TlsScope.
struct {
  Network* random_source;
  TlsArenaShare* share;
  bool refused;
  bool no_random;
} scope;

}  // namespace

TlsScope::TlsScope(Network& source, TlsArenaShare* share) { scope = {&source, share, false, false}; }

TlsScope::~TlsScope() {
  scope.random_source = nullptr;
  scope.share = nullptr;
}

TlsScope::ForRole::ForRole() : share_(scope.share) { scope.share = nullptr; }

TlsScope::ForRole::~ForRole() { scope.share = share_; }

bool TlsScope::memory_refused() { return scope.refused; }

bool TlsScope::random_failed() { return scope.no_random; }

int tls_random(void*, unsigned char* destination, size_t size) {
  if (scope.random_source != nullptr && scope.random_source->random({destination, size}) == Status::kOk) return 0;
  scope.no_random = true;
  return MBEDTLS_ERR_ENTROPY_SOURCE_FAILED;
}

}  // namespace whit

#if defined(WHIT_TLS_OWN_LIBRARY)

namespace whit {

namespace {

alignas(TlsArena::kAlignment) uint8_t arena_memory[config::kTlsArenaBytes];
TlsArena arena;
bool arena_attached;

struct {
  int64_t ms;
  uint32_t s;
  uint32_t part_ms;  // of the running second
  uint32_t last_ms;
  bool started;
} running;

}  // namespace

TlsArenaUsage tls_arena_usage() { return arena.usage(); }

bool tls_names_memory(int32_t) { return false; }

void tls_reclaim(TlsArenaShare* share, bool out_of_memory) {
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
  const uint32_t passed_ms = running.started ? now_ms - running.last_ms : 0;  // of a clock that wraps
  running.started = true;
  running.last_ms = now_ms;
  running.ms += passed_ms;
  // Seconds on the side: a division of 64 bits is 700 bytes of code on a small machine.
  running.s += (passed_ms + running.part_ms) / 1000;
  running.part_ms = (passed_ms + running.part_ms) % 1000;
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
  if (size == 0 || count <= sizeof arena_memory / size) memory = arena.allocate(count * size, scope.share);
  if (memory == nullptr && count != 0 && size != 0) scope.refused = true;
  return memory;
}

void whit_tls_free(void* memory);
void whit_tls_free(void* memory) { whit::arena.release(memory); }

mbedtls_time_t whit_tls_time(mbedtls_time_t* out);
mbedtls_time_t whit_tls_time(mbedtls_time_t* out) {
  // Never 0: that would be "no time" in a ticket key.
  const mbedtls_time_t seconds = static_cast<mbedtls_time_t>(whit::running.s) + 1;
  if (out != nullptr) *out = seconds;
  return seconds;
}

mbedtls_ms_time_t mbedtls_ms_time() { return whit::running.ms; }

#if defined(MBEDTLS_PSA_CRYPTO_EXTERNAL_RNG)
psa_status_t mbedtls_psa_external_get_random(mbedtls_psa_external_random_context_t*, uint8_t* output, size_t size,
                                             size_t* written) {
  if (whit::tls_random(nullptr, output, size) != 0) return PSA_ERROR_INSUFFICIENT_ENTROPY;
  *written = size;
  return PSA_SUCCESS;
}
#endif
}

#else  // the Mbed TLS of the project

namespace whit {

TlsArenaUsage tls_arena_usage() { return {}; }

// Each of Mbed TLS's modules has a number of its own for it. The upper bits of an error are those of the module that
// reports it, the lower seven those of a module beneath.
bool tls_names_memory(int32_t result) {
  constexpr int kReporting[] = {MBEDTLS_ERR_SSL_ALLOC_FAILED, MBEDTLS_ERR_X509_ALLOC_FAILED,
                                MBEDTLS_ERR_PK_ALLOC_FAILED,  MBEDTLS_ERR_ECP_ALLOC_FAILED,
                                MBEDTLS_ERR_MD_ALLOC_FAILED,  MBEDTLS_ERR_CIPHER_ALLOC_FAILED};
  if (result >= 0) return false;
  const int upper = -result & ~0x7F, lower = -result & 0x7F;
  for (const int code : kReporting) {
    if (upper == -code) return true;
  }
  return lower == -MBEDTLS_ERR_MPI_ALLOC_FAILED || lower == -MBEDTLS_ERR_ASN1_ALLOC_FAILED;
}

void tls_reclaim(TlsArenaShare*, bool) {}

void tls_advance_clock(uint32_t) {}

}  // namespace whit

#endif
