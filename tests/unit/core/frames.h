// SPDX-License-Identifier: MIT
// The other side's bytes, written and read independently of the stack: frames, requests, responses.
#pragma once

#include <stdint.h>

#include <string>
#include <vector>

#include "whit/bytes.h"
#include "whit/wire/accept_key.h"
#include "whit/wire/frame.h"

namespace whit {

enum : int {
  kContinuationFrame = 0,
  kTextFrame = 1,
  kBinaryFrame = 2,
  kCloseFrame = 8,
  kPingFrame = 9,
  kPongFrame = 10
};

struct Frame {
  int opcode = 0;
  bool fin = true;
  bool masked = false;
  std::string payload;
};

inline bool operator==(const Frame& left, const Frame& right) {
  return left.opcode == right.opcode && left.fin == right.fin && left.payload == right.payload;
}

// As the peer of `receiver` sends it.
inline std::string peer_frame(wire::Role receiver, int opcode, const std::string& payload, bool fin = true) {
  static constexpr uint8_t kKey[4] = {0x11, 0xA2, 0x37, 0xFE};
  const bool masked = receiver == wire::Role::kServer;
  std::string out(1, static_cast<char>((fin ? 0x80 : 0) | opcode));
  const int mask_bit = masked ? 0x80 : 0;
  if (payload.size() < 126) {
    out += static_cast<char>(mask_bit | static_cast<int>(payload.size()));
  } else if (payload.size() < 65536) {
    out += static_cast<char>(mask_bit | 126);
    out += static_cast<char>(payload.size() >> 8);
    out += static_cast<char>(payload.size());
  } else {
    out += static_cast<char>(mask_bit | 127);
    for (int shift = 56; shift >= 0; shift -= 8) out += static_cast<char>(uint64_t{payload.size()} >> shift);
  }
  if (!masked) return out + payload;
  out.append(reinterpret_cast<const char*>(kKey), 4);
  for (size_t i = 0; i < payload.size(); ++i) out += static_cast<char>(payload[i] ^ kKey[i % 4]);
  return out;
}

inline std::string close_body(uint16_t code, const std::string& reason = "") {
  return std::string{static_cast<char>(code >> 8), static_cast<char>(code)} + reason;
}

inline std::string peer_close(wire::Role receiver, uint16_t code, const std::string& reason = "") {
  return peer_frame(receiver, kCloseFrame, close_body(code, reason));
}

// The whole frames at the front of a stream; what is left of it stays.
class FrameReader {
 public:
  void feed(const std::string& bytes) {
    rest_ += bytes;
    Frame frame;
    while (take(&frame)) frames_.push_back(frame);
  }
  const std::vector<Frame>& frames() const { return frames_; }
  const std::string& rest() const { return rest_; }
  std::vector<Frame> take_all() {
    std::vector<Frame> all;
    all.swap(frames_);
    return all;
  }

 private:
  uint64_t byte(size_t i) const { return static_cast<uint8_t>(rest_[i]); }

  bool take(Frame* out) {
    if (rest_.size() < 2) return false;
    uint64_t length = byte(1) & 0x7F;
    size_t at = 2;
    const size_t length_size = length == 126 ? 2 : length == 127 ? 8 : 0;
    if (rest_.size() < at + length_size) return false;
    if (length_size != 0) length = 0;
    for (size_t i = 0; i < length_size; ++i) length = length << 8 | byte(at++);
    const bool masked = (byte(1) & 0x80) != 0;
    const size_t key = at;
    if (masked) at += 4;
    if (rest_.size() < at || rest_.size() - at < length) return false;
    *out = {static_cast<int>(byte(0) & 0x7F), (byte(0) & 0x80) != 0, masked, rest_.substr(at, length)};
    for (size_t i = 0; masked && i < length; ++i)
      out->payload[i] = static_cast<char>(out->payload[i] ^ rest_[key + i % 4]);
    rest_.erase(0, at + length);
    return true;
  }

  std::string rest_;
  std::vector<Frame> frames_;
};

inline std::string request(const std::string& more_fields = "") {
  return "GET /chat HTTP/1.1\r\nHost: server.example\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
         "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13\r\n" +
         more_fields + "\r\n";
}

// The valid answer to a client's request.
inline std::string response_to(const std::string& client_request) {
  const std::string name = "Sec-WebSocket-Key: ";
  const size_t at = client_request.find(name);
  if (at == std::string::npos) return "no key";
  const std::string key = client_request.substr(at + name.size(), wire::kKeySize);
  char accept[wire::kAcceptSize];
  wire::accept_key(key.data(), accept);
  return "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Accept: " +
         std::string(accept, sizeof accept) + "\r\n\r\n";
}

}  // namespace whit
