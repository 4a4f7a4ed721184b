// SPDX-License-Identifier: MIT
// Wire: lwIP's only interface in these tests, without Ethernet. What lwIP sends is queued for the test, what the test
// sends is queued for lwIP, and both move only when told. With it comes the clock of lwIP.
#pragma once

#include <cstdint>
#include <deque>
#include <functional>
#include <string>
#include <vector>

#include "lwip/netif.h"

namespace lwip_test {

using Packet = std::vector<uint8_t>;

enum Flags : uint8_t { kFin = 1, kSyn = 2, kRst = 4, kPsh = 8, kAck = 16 };

struct Segment {
  bool ipv6 = false;
  uint16_t from = 0;
  uint16_t to = 0;
  uint32_t number = 0;
  uint32_t acknowledged = 0;
  uint8_t flags = 0;
  uint16_t window = 0;
  std::string data;

  // The sequence numbers that it takes.
  uint32_t length() const { return static_cast<uint32_t>(data.size()) + ((flags & (kFin | kSyn)) != 0 ? 1 : 0); }
};

struct Datagram {
  uint16_t from = 0;
  uint16_t to = 0;
  std::string data;
};

// Addresses: lwIP 10.0.0.1 and fd00::1, all others 10.0.0.2 and fd00::2.
class Wire {
 public:
  static Wire& get();

  void send(const Segment& segment);
  void send(const Datagram& datagram);
  // Hands at most `most` queued packets to lwIP. Part of the network's pump().
  void deliver(size_t most);
  // Takes what lwIP has sent since the last call.
  std::vector<Segment> take_segments();
  std::vector<Datagram> take_datagrams();
  bool quiet() const { return to_lwip_.empty(); }
  void clear();

  netif& interface() { return interface_; }
  std::function<bool()> lose;    // not empty: whether to lose the next packet to lwIP
  uint32_t dropped = 0;          // packets for which lwIP's pool had no room
  err_t output_result = ERR_OK;  // what the interface's driver answers
  size_t pbuf_bytes = 0;         // not 0: packets arrive in chains of so many bytes each (as PBUF_RAM)
  static inline uint32_t now_ms = 0;

 private:
  Wire();
  static err_t start(netif* interface);
  static err_t output(pbuf* packet);
  void input(const Packet& packet);

  netif interface_ = {};
  std::deque<Packet> to_lwip_;
  std::deque<Packet> from_lwip_;
};

// The use of lwIP's memory: one number per pool, then the lengths of its lists of connections.
std::vector<unsigned> lwip_usage();
unsigned pool_used(int pool);

}  // namespace lwip_test
