// SPDX-License-Identifier: MIT
// Masking for x86 (RFC 6455 section 5.3): 128 bytes at a time where the CPU has AVX2, else and below that the portable
// kernel. What the CPU has is one load and one test here: the compiler's run time asks it before main().
#include <immintrin.h>

#include "host_kernels/mask.h"

namespace whit::kernels {
namespace {

constexpr size_t kBlock = 128;

[[gnu::target("avx2")]] inline __m256i load(const uint8_t* source) {
  return _mm256_loadu_si256(static_cast<const __m256i*>(static_cast<const void*>(source)));
}

[[gnu::target("avx2")]] inline void store(uint8_t* destination, __m256i value) {
  _mm256_storeu_si256(static_cast<__m256i*>(static_cast<void*>(destination)), value);
}

// At least one block. All of it is read before any of it is written: the destination may lie just below the source.
[[gnu::target("avx2"), gnu::noinline]] MaskKey mask_blocks(uint8_t* destination, const uint8_t* source, size_t size,
                                                           MaskKey key) {
  const __m256i wide = _mm256_set1_epi32(static_cast<int>(host::word_of(key)));
  const uint8_t* const end = source + (size & ~(kBlock - 1));
  do {
    const __m256i first = _mm256_xor_si256(load(source), wide);
    const __m256i second = _mm256_xor_si256(load(source + 32), wide);
    const __m256i third = _mm256_xor_si256(load(source + 64), wide);
    const __m256i fourth = _mm256_xor_si256(load(source + 96), wide);
    store(destination, first);
    store(destination + 32, second);
    store(destination + 64, third);
    store(destination + 96, fourth);
    source += kBlock;
    destination += kBlock;
  } while (source != end);
  return host::mask(destination, source, size % kBlock, key);
}

}  // namespace

MaskKey mask(uint8_t* destination, const uint8_t* source, size_t size, MaskKey key) {
  if (size >= kBlock && __builtin_cpu_supports("avx2")) return mask_blocks(destination, source, size, key);
  return host::mask(destination, source, size, key);
}

}  // namespace whit::kernels
