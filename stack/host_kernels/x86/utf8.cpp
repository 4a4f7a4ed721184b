// SPDX-License-Identifier: MIT
// UTF-8 for x86: blocks of 64 bytes where the CPU has AVX2, else and for short pieces the portable kernel.
//
// The method is that of J. Keiser and D. Lemire, "Validating UTF-8 In Less Than One Instruction Per Byte", Software:
// Practice and Experience 51 (5), 2021. Whatever is wrong with two neighbours shows in three half bytes: both of the
// first one and the upper of the second. Each kind of error is a bit, each half byte has a table that says which errors
// it allows, and those which all three allow have happened. That leaves the third and fourth byte of a character, which
// two comparisons find.
#include <immintrin.h>

#include "host_kernels/utf8.h"

namespace whit::kernels {
namespace {

constexpr size_t kBlock = 64;
constexpr size_t kLeast = 32;  // bytes that are worth a block

// Half bytes as sets: bit n stands for the value n.
constexpr unsigned from_to(unsigned low, unsigned high) { return (2U << high) - (1U << low); }
constexpr unsigned kAny = from_to(0x0, 0xF);
constexpr unsigned kAscii = from_to(0x0, 0x7);
constexpr unsigned kContinuation = from_to(0x8, 0xB);
constexpr unsigned kLead = from_to(0xC, 0xF);

struct Error {
  unsigned first_high;
  unsigned first_low;
  unsigned second_high;
};

constexpr Error kErrors[8] = {
    {kLead, kAny, kAscii | kLead},                          // a character breaks off
    {kAscii, kAny, kContinuation},                          // a continuation of nothing
    {1U << 0xC, from_to(0x0, 0x1), kContinuation},          // C0, C1: overlong
    {1U << 0xE, 1U << 0x0, from_to(0x8, 0x9)},              // E0 80..9F: overlong
    {1U << 0xE, 1U << 0xD, from_to(0xA, 0xB)},              // ED A0..BF: surrogates
    {1U << 0xF, 1U << 0x0 | from_to(0x5, 0xF), 1U << 0x8},  // F0 80..8F: overlong; F5 and up: beyond U+10FFFF
    {1U << 0xF, from_to(0x4, 0xF), from_to(0x9, 0xB)},      // F4 90..BF and up: beyond U+10FFFF
    {kContinuation, kAny, kContinuation},                   // an error only where no third or fourth byte is due
};

struct Tables {
  alignas(16) uint8_t first_high[16];
  alignas(16) uint8_t first_low[16];
  alignas(16) uint8_t second_high[16];
};

constexpr Tables make_tables() {
  Tables tables{};
  for (unsigned value = 0; value < 16; ++value) {
    for (unsigned bit = 0; bit < 8; ++bit) {
      const auto flag = [&](unsigned set) { return static_cast<uint8_t>(set >> value & 1U ? 1U << bit : 0U); };
      tables.first_high[value] |= flag(kErrors[bit].first_high);
      tables.first_low[value] |= flag(kErrors[bit].first_low);
      tables.second_high[value] |= flag(kErrors[bit].second_high);
    }
  }
  return tables;
}

constexpr Tables kTables = make_tables();

[[gnu::target("avx2")]] inline __m256i load(const uint8_t* data) {
  return _mm256_loadu_si256(static_cast<const __m256i*>(static_cast<const void*>(data)));
}

[[gnu::target("avx2")]] inline __m256i look_up(const uint8_t (&table)[16], __m256i half_bytes) {
  const __m128i half = _mm_load_si128(static_cast<const __m128i*>(static_cast<const void*>(table)));
  return _mm256_shuffle_epi8(_mm256_broadcastsi128_si256(half), half_bytes);
}

[[gnu::target("avx2")]] inline __m256i high_half(__m256i bytes) {
  return _mm256_and_si256(_mm256_srli_epi16(bytes, 4), _mm256_set1_epi8(0x0F));
}

// Not zero where something is wrong with a byte of `now` and the up to three before it. What follows is not looked at.
[[gnu::target("avx2")]] inline __m256i errors_of(__m256i now, __m256i before) {
  const __m256i middle = _mm256_permute2x128_si256(before, now, 0x21);  // the upper half of one, the lower of the other
  const __m256i one_back = _mm256_alignr_epi8(now, middle, 15);
  const __m256i two_back = _mm256_alignr_epi8(now, middle, 14);
  const __m256i three_back = _mm256_alignr_epi8(now, middle, 13);
  const __m256i first_low = _mm256_and_si256(one_back, _mm256_set1_epi8(0x0F));
  const __m256i first =
      _mm256_and_si256(look_up(kTables.first_high, high_half(one_back)), look_up(kTables.first_low, first_low));
  const __m256i pairs = _mm256_and_si256(first, look_up(kTables.second_high, high_half(now)));
  // The top bit is set where a third byte (two back: E0 and up) or a fourth one (three back: F0 and up) is due. There,
  // and only there, two continuations in a row are right: their bit in `pairs` is the top one, too.
  const __m256i third = _mm256_subs_epu8(two_back, _mm256_set1_epi8(0xE0 - 0x80));
  const __m256i fourth = _mm256_subs_epu8(three_back, _mm256_set1_epi8(0xF0 - 0x80));
  const __m256i due = _mm256_and_si256(_mm256_or_si256(third, fourth), _mm256_set1_epi8(-0x80));
  return _mm256_xor_si256(due, pairs);
}

// Not zero if a character is unfinished at the end of these bytes.
[[gnu::target("avx2")]] inline __m256i unfinished_of(__m256i bytes) {
  const __m256i most = _mm256_set_epi8(-0x41, -0x21, -0x11, -1, -1, -1, -1, -1, -1, -1, -1, -1, -1, -1, -1, -1, -1, -1,
                                       -1, -1, -1, -1, -1, -1, -1, -1, -1, -1, -1, -1, -1, -1);
  return _mm256_subs_epu8(bytes, most);
}

struct Check {
  __m256i before;
  __m256i errors;

  [[gnu::target("avx2")]] void add(const uint8_t* block) {
    const __m256i first = load(block);
    const __m256i second = load(block + 32);
    if (_mm256_movemask_epi8(_mm256_or_si256(first, second)) == 0) {
      errors = _mm256_or_si256(errors, unfinished_of(before));
    } else {
      errors = _mm256_or_si256(errors, _mm256_or_si256(errors_of(first, before), errors_of(second, first)));
    }
    before = second;
  }
};

// Whether this is text of whole characters.
[[gnu::target("avx2"), gnu::noinline]] bool valid(const uint8_t* data, size_t size) {
  Check check{_mm256_setzero_si256(), _mm256_setzero_si256()};
  for (; size >= kBlock; size -= kBlock, data += kBlock) check.add(data);
  if (size != 0) {
    // Zeros are ASCII and change nothing.
    alignas(32) uint8_t last[kBlock] = {};
    memcpy(last, data, size);
    check.add(last);
  }
  const __m256i errors = _mm256_or_si256(check.errors, unfinished_of(check.before));
  return _mm256_testz_si256(errors, errors) != 0;
}

// How many of the bytes before `end` are the beginning of a character that lacks some.
size_t unfinished_before(const uint8_t* end) {
  if (end[-1] >= 0xC0) return 1;
  if (end[-2] >= 0xE0) return 2;
  return end[-3] >= 0xF0 ? 3 : 0;
}

}  // namespace

bool Utf8::feed(const uint8_t* data, size_t size) {
  uint64_t state = state_;
  if (size >= kLeast && __builtin_cpu_supports("avx2")) {
    // Up to three bytes that a character from before lacks. If one is wrong, the state stays kRefused to the end.
    for (int i = 0; i < 3 && state != host::kStart; ++i, --size) state = host::run(state, data++, 1);
    const size_t whole = size - unfinished_before(data + size);
    if (!valid(data, whole)) return false;
    data += whole;
    size -= whole;
  }
  state_ = static_cast<uint32_t>(host::feed(state, data, size));
  return state_ != host::kRefused;
}

}  // namespace whit::kernels
