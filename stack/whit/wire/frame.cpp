// SPDX-License-Identifier: MIT
#include "whit/wire/frame.h"

namespace whit::wire {
namespace {

constexpr uint8_t kReserved = 0x70;
constexpr uint8_t kMasked = 0x80;
constexpr uint8_t kLength = 0x7F;
constexpr uint8_t kLength16 = 126;  // two bytes of length follow
constexpr uint8_t kLength64 = 127;  // eight bytes of length follow

constexpr uint8_t length_bytes(uint8_t length) {
  if (length < kLength16) return 0;
  return length == kLength16 ? 2 : 8;
}

}  // namespace

size_t FrameHeader::take(Role receiver, const uint8_t* bytes, size_t size) {
  const uint8_t* at = bytes;
  const uint8_t* const end = at + size;
  unsigned position = fill_;
  if (position == 0) {
    first_ = *at++;
    // RFC 6455 section 5.2: reserved bits are zero unless an extension was negotiated, which never happens here, and
    // the opcodes 3-7 and B-F are reserved. Section 5.5: control frames must not be fragmented ...
    if ((first_ & (kReserved | 7)) > 2 || (is_control(opcode()) && !fin())) return 0;
    position = 1;
  }
  // Whether there is a key is known without looking: the wrong direction is refused.
  const unsigned key_bytes = sizeof key - wire::key_bytes(receiver);
  if (position == 1 && at != end) {
    const uint8_t second = *at++;
    length = second & kLength;
    extended_ = length_bytes(second & kLength);
    key = {};
    if (extended_ != 0) {
      length = 0;
      // ... and carry 125 bytes at most.
      if (is_control(opcode())) return 0;
    }
    // Section 5.1: a client masks, a server does not; each fails the connection when the other does not do its part.
    if ((second & kMasked) != key_bytes * (kMasked / sizeof key)) return 0;
    position = 2;
  }
  const unsigned key_begin = 2u + extended_;
  for (; position < key_begin && at != end; ++position) {
    length = length << 8 | *at++;
    // Section 5.2: the minimal number of bytes must be used, and the most significant bit of 64 must be 0.
    const uint32_t least = extended_ == 2 ? uint32_t{kLength16} : 0x10000;
    if (position + 1 == key_begin && (length < least || static_cast<int64_t>(length) < 0)) return 0;
  }
  for (; position < key_begin + key_bytes && at != end; ++position) key.bytes[position - key_begin] = *at++;
  fill_ = position == key_begin + key_bytes ? kComplete : static_cast<uint8_t>(position);
  return static_cast<size_t>(at - bytes);
}

size_t frame_overhead(Role sender, size_t length) {
  size_t size = 2;
  if (length >= kLength16) size = length > 0xFFFF ? 10 : 4;
  return size + key_bytes(sender);
}

size_t encode_frame_header(uint8_t* out, uint8_t first, size_t length, const kernels::MaskKey* key) {
  out[0] = first;
  // Section 5.2: the minimal number of bytes, most significant first.
  uint8_t second = length > 0xFFFF ? kLength64 : kLength16;
  if (length < kLength16) second = static_cast<uint8_t>(length);
  size_t size = 2u + length_bytes(second);
  for (size_t i = size; i > 2;) {
    out[--i] = static_cast<uint8_t>(length);
    length >>= 8;
  }
  out[1] = second;
  if (key == nullptr) return size;
  out[1] |= kMasked;
  for (const uint8_t byte : key->bytes) out[size++] = byte;
  return size;
}

}  // namespace whit::wire
