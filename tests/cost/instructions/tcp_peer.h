// SPDX-License-Identifier: MIT
// The other end of one TCP connection, as far as a measurement needs it: Ethernet, ARP, IPv4 and TCP without options,
// timers or losses, so that the same bytes leave the same frames each time. It sends what the window allows in segments
// of the size the board asks for, acknowledges every second segment at once (RFC 5681, section 4.2) and the last one
// with its next data, or alone when it waits for more.
#pragma once

#include <stddef.h>
#include <stdint.h>

#include "measure.h"
#include "whit/bytes.h"

struct Frame {
  uint8_t bytes[1514];
  uint16_t size = 0;
};

// Frames on their way, first in, first out.
class Wire {
 public:
  bool empty() const { return count_ == 0; }
  Frame& front() { return frames_[first_]; }
  Frame& add() {
    if (count_ == kRoom) fail("too many frames on the wire");
    return frames_[(first_ + count_++) % kRoom];
  }
  void drop() {
    first_ = (first_ + 1) % kRoom;
    --count_;
  }

 private:
  static constexpr size_t kRoom = 16;

  Frame frames_[kRoom];
  size_t first_ = 0;
  size_t count_ = 0;
};

class TcpPeer {
 public:
  static constexpr uint8_t kBoardMac[6] = {0x02, 0, 0, 0, 0, 0x15};

  Wire to_board;
  Wire from_board;
  uint8_t received[8192];
  size_t received_size = 0;

  // Asks for the board's hardware address, as a peer does first; the board learns this one's.
  void ask_for_address();
  // The first segment of a connection; hear() and speak() do the rest.
  void dial();
  // Takes what the board has sent.
  void hear();
  // Sends what the window allows. While less than `expected` is received, nothing stays unacknowledged.
  void speak(size_t expected);
  void write(whit::Bytes data);

 private:
  static constexpr uint8_t kMac[6] = {0x02, 0, 0, 0, 0, 0x02};
  static constexpr uint8_t kAddresses[8] = {10, 0, 2, 2, 10, 0, 2, 15};  // this one's, the board's
  static constexpr uint16_t kPort = 50000;
  static constexpr uint16_t kBoardPort = 80;
  static constexpr uint16_t kWindow = 32768;
  static constexpr uint16_t kSegment = 1460;
  enum : uint8_t { kFin = 1, kSyn = 2, kReset = 4, kPush = 8, kAck = 16 };

  static void put16(uint8_t* at, size_t value) {
    at[0] = static_cast<uint8_t>(value >> 8);
    at[1] = static_cast<uint8_t>(value);
  }
  static void put32(uint8_t* at, uint32_t value) {
    put16(at, value >> 16);
    put16(at + 2, value & 0xFFFF);
  }
  static uint16_t get16(const uint8_t* at) { return static_cast<uint16_t>(at[0] << 8 | at[1]); }
  static uint32_t get32(const uint8_t* at) { return static_cast<uint32_t>(get16(at)) << 16 | get16(at + 2); }
  static void copy(uint8_t* to, const uint8_t* from, size_t size) {
    for (size_t i = 0; i < size; ++i) to[i] = from[i];
  }

  // RFC 1071; 0 over something that holds its own checksum.
  static uint16_t checksum(const uint8_t* data, size_t size, uint32_t sum) {
    for (size_t i = 0; i + 1 < size; i += 2) sum += get16(data + i);
    if (size % 2 != 0) sum += static_cast<uint32_t>(data[size - 1]) << 8;
    while (sum >> 16 != 0) sum = (sum & 0xFFFF) + (sum >> 16);
    return static_cast<uint16_t>(~sum);
  }
  // ... with the pseudo header of RFC 9293, section 3.1.
  static uint16_t checksum_of_segment(const uint8_t* segment, size_t size) {
    const uint16_t addresses = static_cast<uint16_t>(~checksum(kAddresses, sizeof kAddresses, 0));
    return checksum(segment, size, addresses + kTcp + static_cast<uint32_t>(size));
  }

  void put_ethernet(Frame& frame, uint16_t type, size_t payload_size);
  void put_segment(uint8_t flags, whit::Bytes data);
  void take(const Frame& frame);
  void take_data(const uint8_t* segment, whit::Bytes data);

  static constexpr uint8_t kTcp = 6;
  static constexpr uint16_t kTypeIp4 = 0x0800;
  static constexpr uint16_t kTypeArp = 0x0806;
  static constexpr size_t kEthernetBytes = 14;
  static constexpr size_t kIpBytes = 20;
  static constexpr size_t kTcpBytes = 20;

  uint8_t pending_[8192];  // not yet sent
  size_t pending_size_ = 0;
  size_t pending_at_ = 0;
  uint32_t sequence_ = 1000;  // of the next byte that is sent
  uint32_t edge_ = 0;         // up to which the board lets it send
  uint32_t expected_ = 0;     // the sequence number that comes next from the board
  uint16_t segment_ = 0;      // the board's maximum segment size
  uint8_t unacknowledged_ = 0;
};

inline void TcpPeer::put_ethernet(Frame& frame, uint16_t type, size_t payload_size) {
  copy(frame.bytes, kBoardMac, 6);
  copy(frame.bytes + 6, kMac, 6);
  put16(frame.bytes + 12, type);
  frame.size = static_cast<uint16_t>(kEthernetBytes + payload_size);
}

inline void TcpPeer::ask_for_address() {
  constexpr uint8_t kRequestHead[8] = {0, 1, 8, 0, 6, 4, 0, 1};  // of an IPv4 address on Ethernet
  Frame& frame = to_board.add();
  put_ethernet(frame, kTypeArp, 28);
  uint8_t* const arp = frame.bytes + kEthernetBytes;
  copy(arp, kRequestHead, 8);
  copy(arp + 8, kMac, 6);
  copy(arp + 14, kAddresses, 4);
  for (size_t i = 0; i < 6; ++i) arp[18 + i] = 0;
  copy(arp + 24, kAddresses + 4, 4);
}

inline void TcpPeer::put_segment(uint8_t flags, whit::Bytes data) {
  constexpr uint8_t kIpHead[12] = {0x45, 0, 0, 0, 0, 0, 0x40, 0, 64, kTcp, 0, 0};  // not to be fragmented
  const size_t head_size = kTcpBytes + ((flags & kSyn) != 0 ? 4 : 0);
  const size_t size = head_size + data.size;
  Frame& frame = to_board.add();
  put_ethernet(frame, kTypeIp4, kIpBytes + size);
  uint8_t* const ip = frame.bytes + kEthernetBytes;
  copy(ip, kIpHead, sizeof kIpHead);
  copy(ip + 12, kAddresses, sizeof kAddresses);
  put16(ip + 2, kIpBytes + size);
  put16(ip + 10, checksum(ip, kIpBytes, 0));

  uint8_t* const tcp = ip + kIpBytes;
  put16(tcp, kPort);
  put16(tcp + 2, kBoardPort);
  put32(tcp + 4, sequence_);
  put32(tcp + 8, expected_);
  tcp[12] = static_cast<uint8_t>(head_size / 4 << 4);
  tcp[13] = flags;
  put16(tcp + 14, kWindow);
  put32(tcp + 16, 0);
  if ((flags & kSyn) != 0) put32(tcp + kTcpBytes, 0x02040000 | kSegment);  // maximum segment size
  copy(tcp + head_size, data.data, data.size);
  put16(tcp + 16, checksum_of_segment(tcp, size));
  sequence_ += static_cast<uint32_t>(data.size) + ((flags & kSyn) != 0 ? 1 : 0);
  unacknowledged_ = 0;
}

inline void TcpPeer::dial() { put_segment(kSyn, {}); }

inline void TcpPeer::write(whit::Bytes data) {
  if (pending_at_ == pending_size_) pending_at_ = pending_size_ = 0;
  if (data.size > sizeof pending_ - pending_size_) fail("too much to send");
  copy(pending_ + pending_size_, data.data, data.size);
  pending_size_ += data.size;
}

inline void TcpPeer::take(const Frame& frame) {
  if (get16(frame.bytes + 12) != kTypeIp4) return;  // the answer to ask_for_address(), or something of IPv6
  const uint8_t* const ip = frame.bytes + kEthernetBytes;
  const uint8_t* const tcp = ip + kIpBytes;
  const size_t size = get16(ip + 2) - kIpBytes;
  if (checksum(ip, kIpBytes, 0) != 0 || checksum_of_segment(tcp, size) != 0) fail("wrong checksum");
  const size_t head_size = static_cast<size_t>(tcp[12] >> 4) * 4;
  if ((tcp[13] & (kFin | kReset)) != 0) fail("the board has ended the connection");
  if ((tcp[13] & kSyn) != 0) {
    if (tcp[kTcpBytes] != 2) fail("no maximum segment size");
    segment_ = get16(tcp + kTcpBytes + 2);
    expected_ = get32(tcp + 4) + 1;
    unacknowledged_ = 1;
  }
  edge_ = get32(tcp + 8) + get16(tcp + 14);
  if (size > head_size) take_data(tcp, {tcp + head_size, size - head_size});
}

inline void TcpPeer::take_data(const uint8_t* segment, whit::Bytes data) {
  if (get32(segment + 4) != expected_) fail("a segment out of order");
  if (data.size > sizeof received - received_size) fail("too much received");
  copy(received + received_size, data.data, data.size);
  received_size += data.size;
  expected_ += static_cast<uint32_t>(data.size);
  if (++unacknowledged_ == 2) put_segment(kAck, {});
}

inline void TcpPeer::hear() {
  for (; !from_board.empty(); from_board.drop()) take(from_board.front());
}

inline void TcpPeer::speak(size_t expected) {
  while (pending_at_ < pending_size_) {
    const size_t left = pending_size_ - pending_at_;
    const size_t size = left < segment_ ? left : segment_;
    if (edge_ - sequence_ < size) break;  // no smaller segment because of a small window
    put_segment(kAck | (size == left ? kPush : 0), {pending_ + pending_at_, size});
    pending_at_ += size;
  }
  if (unacknowledged_ != 0 && received_size < expected) put_segment(kAck, {});
}
