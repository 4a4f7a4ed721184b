// SPDX-License-Identifier: MIT
// Views of bytes and of characters: a pointer and a size, nothing owned, nothing terminated by NUL.
// Lengths are counted everywhere, so a NUL in a message, a header field or a URL is a byte like any other.
#pragma once

#include <stddef.h>
#include <stdint.h>

// lwip/sockets.h can define send, close, ... as macros, which would rename the functions declared here. One clear
// message instead of many: the macros go, and the compiler stops.
#if defined(send) || defined(close) || defined(accept) || defined(connect) || defined(listen) || defined(read) || \
    defined(write) || defined(poll) || defined(socket)
#error "Whit: a macro is named send, close, ... With lwIP: Set LWIP_COMPAT_SOCKETS to 2 (functions) or 0 in lwipopts.h"
#undef send
#undef close
#undef accept
#undef connect
#undef listen
#undef read
#undef write
#undef poll
#undef socket
#endif

namespace whit {

// Read-only bytes. The memory is not theirs; the function that hands out a view says how long it is valid.
struct Bytes {
  const uint8_t* data = nullptr;
  size_t size = 0;

  constexpr Bytes() = default;
  constexpr Bytes(const uint8_t* data_in, size_t size_in) : data(data_in), size(size_in) {}

  constexpr bool empty() const { return size == 0; }  // there is none
  // The bytes behind the first `offset`, which are there.
  constexpr Bytes from(size_t offset) const { return {data + offset, size - offset}; }
  // The first `count`, which are there.
  constexpr Bytes first(size_t count) const { return {data, count}; }
};

// Bytes that may be written.
struct MutableBytes {
  uint8_t* data = nullptr;
  size_t size = 0;

  constexpr MutableBytes() = default;
  constexpr MutableBytes(uint8_t* data_in, size_t size_in) : data(data_in), size(size_in) {}

  constexpr operator Bytes() const { return {data, size}; }  // the same, read-only
  constexpr bool empty() const { return size == 0; }         // there is none
  // The bytes behind the first `offset`, which are there.
  constexpr MutableBytes from(size_t offset) const { return {data + offset, size - offset}; }
  // The first `count`, which are there.
  constexpr MutableBytes first(size_t count) const { return {data, count}; }
};

// Read-only characters, usually UTF-8 or ASCII. A string literal converts by itself, without its final NUL.
struct Text {
  const char* data = nullptr;
  size_t size = 0;

  constexpr Text() = default;
  constexpr Text(const char* data_in, size_t size_in) : data(data_in), size(size_in) {}
  // Inlined always, so that the compiler counts the literals.
  [[gnu::always_inline]] constexpr Text(const char* terminated)  // NOLINT: literals convert
      : data(terminated), size(terminated != nullptr ? __builtin_strlen(terminated) : 0) {}

  constexpr bool empty() const { return size == 0; }                     // there is none
  constexpr char operator[](size_t index) const { return data[index]; }  // the character at a position below `size`
  // The characters behind the first `offset`, which are there.
  constexpr Text from(size_t offset) const { return {data + offset, size - offset}; }
  // The first `count`, which are there.
  constexpr Text first(size_t count) const { return {data, count}; }
};

constexpr bool operator==(const Text& left, const Text& right) {
  if (left.size != right.size) return false;
  for (size_t i = 0; i < left.size; ++i) {
    if (left.data[i] != right.data[i]) return false;
  }
  return true;
}
constexpr bool operator!=(const Text& left, const Text& right) { return !(left == right); }

// The same memory seen as bytes or as characters.
inline Bytes as_bytes(Text text) { return {reinterpret_cast<const uint8_t*>(text.data), text.size}; }
inline Text as_text(Bytes bytes) { return {reinterpret_cast<const char*>(bytes.data), bytes.size}; }

}  // namespace whit
