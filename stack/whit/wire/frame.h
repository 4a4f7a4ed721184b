// SPDX-License-Identifier: MIT
// The header of one frame: RFC 6455 section 5.2, both directions, any length up to 2^63-1 on a 32-bit machine.
// Refuses reserved bits (no extension is negotiated here), reserved opcodes, the wrong mask direction, control frames
// that are fragmented or long, lengths that are not in their shortest form and lengths with the top bit set. Does not
// know messages: whether a continuation fits here is the session's affair (section 5.4).
#pragma once

#include <stddef.h>
#include <stdint.h>

#include "whit/wire/mask.h"

namespace whit::wire {

enum class Opcode : uint8_t {
  kContinuation = 0x0,
  kText = 0x1,
  kBinary = 0x2,
  kClose = 0x8,
  kPing = 0x9,
  kPong = 0xA,
};

// Control frames are those with the top bit of the opcode set (RFC 6455 section 5.5).
constexpr bool is_control(Opcode opcode) { return (static_cast<uint8_t>(opcode) & 0x8) != 0; }

enum class Role : uint8_t { kServer, kClient };

constexpr size_t kMaxFrameHeader = 14;      // 2, 8 bytes of length, 4 bytes of key
constexpr size_t kMaxControlPayload = 125;  // RFC 6455 section 5.5

struct FrameHeader {
  uint64_t length;  // payload bytes
  MaskKey key;      // all zero in a frame that is not masked
  Opcode opcode;
  bool fin;
};

// The size of the whole header, 2 to 14, from its second byte.
size_t frame_header_size(uint8_t second);

// Judges the first bytes of a frame as soon as they are there, `size` being 1 or 2. `receiver` is who we are.
// The first byte gives away reserved bits, reserved opcodes and fragmented control frames; the second one the wrong
// mask direction (RFC 6455 section 5.1) and control frames above 125 bytes. False: fail the connection with 1002.
bool frame_start_valid(Role receiver, const uint8_t* header, size_t size);

// Decodes a whole header (frame_header_size() bytes) whose start is valid. False: the length is not in its shortest
// form, or has its top bit set (RFC 6455 section 5.2); `out` then holds nothing of use. Fail the connection with 1002.
bool decode_frame_header(const uint8_t* header, FrameHeader* out);

// Writes a header with the shortest form of the length, which is below 2^63. `key` is null in a server, which does not
// mask (RFC 6455 section 5.1), and the key of the frame in a client. Returns the number of bytes written: 2 to 14.
size_t encode_frame_header(uint8_t* out, Opcode opcode, bool fin, uint64_t length, const MaskKey* key);

// How many header bytes encode_frame_header() writes for a payload of `length` bytes.
constexpr size_t frame_overhead(Role sender, uint64_t length) {
  const size_t key_size = sender == Role::kClient ? 4 : 0;
  if (length <= 125) return 2 + key_size;
  if (length <= 0xFFFF) return 4 + key_size;
  return 10 + key_size;
}

}  // namespace whit::wire
