// SPDX-License-Identifier: MIT
// The header of one frame: RFC 6455 section 5.2, both directions, any length up to 2^63-1 on a 32-bit machine.
// Refuses reserved bits (no extension is negotiated here), reserved opcodes, the wrong mask direction, control frames
// that are fragmented or long, lengths that are not in their shortest form and lengths with the top bit set. It does
// not know messages: the session decides whether a continuation is legal here (section 5.4).
#pragma once

#include <stddef.h>
#include <stdint.h>

#include "whit/bytes.h"
#include "whit/kernels/mask.h"

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

// Each value is the size of the key in a frame that this role sends, in bytes (RFC 6455 section 5.3).
enum class Role : uint8_t { kServer = 0, kClient = sizeof(kernels::MaskKey) };
constexpr unsigned key_bytes(Role sender) { return static_cast<unsigned>(sender); }

constexpr size_t kMaxFrameHeader = 14;      // 2, 8 bytes of length, 4 bytes of key
constexpr size_t kMaxControlPayload = 125;  // RFC 6455 section 5.5

// The header of an incoming frame, read in any parts, so that one cut anywhere occupies no buffer. All zero bits are
// the start state.
class FrameHeader {
 public:
  // Takes the next bytes (`size` is not 0) of a header that is not complete. The result is how many: all, or those up
  // to its end. `receiver` is our own role. 0: a rule is broken, found at the first byte that can break it; the
  // connection fails with 1002. Once complete(), payload follows; after the payload restart() is called.
  size_t take(Role receiver, const uint8_t* bytes, size_t size);
  void restart() { fill_ = 0; }

  // Bytes of a header that is not complete: those that are sure to come.
  unsigned missing(Role receiver) const {
    const unsigned key_bytes = wire::key_bytes(Role::kClient) - wire::key_bytes(receiver);
    return (fill_ < 2 ? 2 : 2u + extended_ + key_bytes) - fill_;
  }
  bool begun() const { return fill_ != 0; }
  bool complete() const { return fill_ == kComplete; }
  Opcode opcode() const { return static_cast<Opcode>(first_ & 0x0F); }
  bool fin() const { return (first_ & 0x80) != 0; }

  uint64_t length;       // payload bytes; once the header is complete, the reader of the payload counts it down
  kernels::MaskKey key;  // all zero in a frame that is not masked; the reader of the payload turns it as well

 private:
  static constexpr uint8_t kComplete = 0xFF;

  uint8_t first_;     // the first byte
  uint8_t fill_;      // bytes of this header so far; or kComplete
  uint8_t extended_;  // bytes of length after the second byte: 0, 2 or 8
};

// Writes a header with the shortest form of the length. `key` is null in a server, which does not mask (RFC 6455
// section 5.1), and the key of the frame in a client. Returns the number of bytes written: 2 to 14.
size_t encode_frame_header(uint8_t* out, uint8_t first, size_t length, const kernels::MaskKey* key);

// The first byte of a frame.
constexpr uint8_t first_byte(Opcode opcode, bool fin) {
  return static_cast<uint8_t>(static_cast<uint8_t>(opcode) | (fin ? 0x80 : 0));
}
inline size_t encode_frame_header(uint8_t* out, Opcode opcode, bool fin, size_t length, const kernels::MaskKey* key) {
  return encode_frame_header(out, first_byte(opcode, fin), length, key);
}

// The number of bytes that encode_frame_header() writes for a payload of `length` bytes.
size_t frame_overhead(Role sender, size_t length);

}  // namespace whit::wire
