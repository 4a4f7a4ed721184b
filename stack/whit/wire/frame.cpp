// SPDX-License-Identifier: MIT
#include "whit/wire/frame.h"

namespace whit::wire {
namespace {

constexpr uint8_t kFin = 0x80;
constexpr uint8_t kReserved = 0x70;
constexpr uint8_t kOpcode = 0x0F;
constexpr uint8_t kMasked = 0x80;
constexpr uint8_t kLength = 0x7F;
constexpr uint8_t kLength16 = 126;  // two bytes of length follow
constexpr uint8_t kLength64 = 127;  // eight bytes of length follow

constexpr size_t length_bytes(uint8_t length) {
  if (length < kLength16) return 0;
  return length == kLength16 ? 2 : 8;
}

}  // namespace

size_t frame_header_size(uint8_t second) {
  return 2 + length_bytes(second & kLength) + ((second & kMasked) != 0 ? sizeof(MaskKey) : 0);
}

bool frame_start_valid(Role receiver, const uint8_t* header, size_t size) {
  const uint8_t first = header[0];
  const bool control = is_control(static_cast<Opcode>(first & kOpcode));
  // RFC 6455 section 5.2: reserved bits are zero unless an extension was negotiated, which never happens here.
  if ((first & kReserved) != 0) return false;
  // Section 5.2: 3-7 and B-F are reserved.
  if ((first & 0x07) > 2) return false;
  // Section 5.5: control frames must not be fragmented ...
  if (control && (first & kFin) == 0) return false;
  if (size < 2) return true;
  const uint8_t second = header[1];
  // Section 5.1: a client masks, a server does not; each fails the connection when the other does not do its part.
  if (((second & kMasked) != 0) != (receiver == Role::kServer)) return false;
  // ... and carry 125 bytes at most.
  return !control || (second & kLength) <= kMaxControlPayload;
}

bool decode_frame_header(const uint8_t* header, FrameHeader* out) {
  out->opcode = static_cast<Opcode>(header[0] & kOpcode);
  out->fin = (header[0] & kFin) != 0;
  const uint8_t second = header[1];
  const size_t extra = length_bytes(second & kLength);
  header += 2;
  uint64_t length = second & kLength;
  if (extra != 0) {
    length = 0;
    for (size_t i = 0; i < extra; ++i) length = length << 8 | *header++;
    // Section 5.2: the minimal number of bytes must be used, and the most significant bit of 64 must be 0.
    if (length < (extra == 2 ? uint32_t{kLength16} : 0x10000) || (length >> 63) != 0) return false;
  }
  out->length = length;
  out->key = MaskKey{};
  if ((second & kMasked) == 0) return true;
  for (uint8_t& byte : out->key.bytes) byte = *header++;
  return true;
}

size_t encode_frame_header(uint8_t* out, Opcode opcode, bool fin, uint64_t length, const MaskKey* key) {
  out[0] = static_cast<uint8_t>(static_cast<uint8_t>(opcode) | (fin ? kFin : 0));
  // Section 5.2: the minimal number of bytes, most significant first.
  uint8_t second = length > 0xFFFF ? kLength64 : kLength16;
  if (length < kLength16) second = static_cast<uint8_t>(length);
  size_t size = 2 + length_bytes(second);
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
