// SPDX-License-Identifier: MIT
#include "wire.h"

#include <cstring>

#include "lwip/init.h"
#include "lwip/ip.h"
#include "lwip/memp.h"
#include "lwip/priv/tcp_priv.h"
#include "lwip/timeouts.h"

namespace lwip_test {
namespace {

constexpr uint8_t kTcp = 6;
constexpr uint8_t kUdp = 17;

void put16(Packet& packet, uint32_t value) {
  packet.push_back(static_cast<uint8_t>(value >> 8));
  packet.push_back(static_cast<uint8_t>(value));
}

void put32(Packet& packet, uint32_t value) {
  put16(packet, value >> 16);
  put16(packet, value & 0xFFFF);
}

uint16_t get16(const Packet& packet, size_t at) { return static_cast<uint16_t>(packet[at] << 8 | packet[at + 1]); }

uint32_t get32(const Packet& packet, size_t at) {
  return static_cast<uint32_t>(get16(packet, at)) << 16 | get16(packet, at + 2);
}

// Checksums stay 0: lwipopts.h switches their check off.
Packet ip_header(bool ipv6, uint8_t protocol, size_t size) {
  Packet packet;
  if (ipv6) {
    put32(packet, 0x60000000);
    put16(packet, static_cast<uint32_t>(size));
    packet.push_back(protocol);
    packet.push_back(64);
    for (const uint8_t last : {2, 1}) {
      put16(packet, 0xFD00);
      packet.insert(packet.end(), 13, 0);
      packet.push_back(last);
    }
    return packet;
  }
  put16(packet, 0x4500);
  put16(packet, static_cast<uint32_t>(size + 20));
  put32(packet, 0);
  packet.push_back(64);
  packet.push_back(protocol);
  put16(packet, 0);
  put32(packet, 0x0A000002);
  put32(packet, 0x0A000001);
  return packet;
}

size_t header_bytes(const Packet& packet) { return packet[0] >> 4 == 6 ? 40 : (packet[0] & 15) * size_t{4}; }
uint8_t protocol(const Packet& packet) { return packet[packet[0] >> 4 == 6 ? 6 : 9]; }

Segment parse_segment(const Packet& packet) {
  const size_t tcp = header_bytes(packet);
  Segment segment;
  segment.ipv6 = packet[0] >> 4 == 6;
  segment.from = get16(packet, tcp);
  segment.to = get16(packet, tcp + 2);
  segment.number = get32(packet, tcp + 4);
  segment.acknowledged = get32(packet, tcp + 8);
  segment.flags = packet[tcp + 13];
  segment.window = get16(packet, tcp + 14);
  const size_t data = tcp + (packet[tcp + 12] >> 4) * size_t{4};
  segment.data.assign(packet.begin() + static_cast<long>(data), packet.end());
  return segment;
}

unsigned length(const tcp_pcb* list) {
  unsigned count = 0;
  for (; list != nullptr; list = list->next) ++count;
  return count;
}

}  // namespace

Wire& Wire::get() {
  static Wire wire;
  return wire;
}

Wire::Wire() {
  lwip_init();
  ip4_addr_t address, mask, gateway;
  IP4_ADDR(&address, 10, 0, 0, 1);
  IP4_ADDR(&mask, 255, 255, 255, 0);
  IP4_ADDR(&gateway, 10, 0, 0, 2);
  netif_add(&interface_, &address, &mask, &gateway, nullptr, start, ip_input);
  netif_set_default(&interface_);
#if LWIP_IPV6
  ip_addr_t address6;
  ipaddr_aton("fd00::1", &address6);
  netif_ip6_addr_set(&interface_, 0, ip_2_ip6(&address6));
  netif_ip6_addr_set_state(&interface_, 0, IP6_ADDR_PREFERRED);
#endif
  netif_set_up(&interface_);
}

err_t Wire::start(netif* interface) {
  interface->mtu = 1500;
  interface->flags = NETIF_FLAG_LINK_UP;
  interface->output = [](netif*, pbuf* packet, const ip4_addr_t*) { return output(packet); };
#if LWIP_IPV6
  interface->output_ip6 = [](netif*, pbuf* packet, const ip6_addr_t*) { return output(packet); };
#endif
  return ERR_OK;
}

err_t Wire::output(pbuf* packet) {
  Wire& wire = get();
  if (wire.output_result != ERR_OK) return wire.output_result;
  Packet copy(packet->tot_len);
  pbuf_copy_partial(packet, copy.data(), packet->tot_len, 0);
  wire.from_lwip_.push_back(copy);
  return ERR_OK;
}

void Wire::send(const Segment& segment) {
  Packet packet = ip_header(segment.ipv6, kTcp, 20 + segment.data.size());
  put16(packet, segment.from);
  put16(packet, segment.to);
  put32(packet, segment.number);
  put32(packet, segment.acknowledged);
  packet.push_back(5 << 4);
  packet.push_back(segment.flags);
  put16(packet, segment.window);
  put32(packet, 0);
  packet.insert(packet.end(), segment.data.begin(), segment.data.end());
  to_lwip_.push_back(packet);
}

void Wire::send(const Datagram& datagram) {
  Packet packet = ip_header(false, kUdp, 8 + datagram.data.size());
  put16(packet, datagram.from);
  put16(packet, datagram.to);
  put16(packet, static_cast<uint32_t>(8 + datagram.data.size()));
  put16(packet, 0);
  packet.insert(packet.end(), datagram.data.begin(), datagram.data.end());
  to_lwip_.push_back(packet);
}

void Wire::deliver(size_t most) {
  for (size_t i = 0; i < most && !to_lwip_.empty(); ++i) {
    const Packet packet = to_lwip_.front();
    to_lwip_.pop_front();
    if (lose && lose()) continue;
    input(packet);
  }
}

void Wire::input(const Packet& packet) {
  pbuf* first = nullptr;
  if (pbuf_bytes == 0) {
    first = pbuf_alloc(PBUF_RAW, static_cast<uint16_t>(packet.size()), PBUF_POOL);
  } else {
    // lwIP wants its headers in one piece; the data is cut at will.
    size_t at = 0;
    while (at < packet.size()) {
      const size_t headers = header_bytes(packet) + (protocol(packet) == kTcp ? 20 : 8);
      const size_t size = std::min(at == 0 ? headers : pbuf_bytes, packet.size() - at);
      pbuf* const part = pbuf_alloc(PBUF_RAW, static_cast<uint16_t>(size), PBUF_RAM);
      if (part == nullptr) {
        if (first != nullptr) pbuf_free(first);
        first = nullptr;
        break;
      }
      if (first == nullptr) {
        first = part;
      } else {
        pbuf_cat(first, part);
      }
      at += size;
    }
  }
  if (first == nullptr) {
    ++dropped;
    return;
  }
  pbuf_take(first, packet.data(), static_cast<uint16_t>(packet.size()));
  if (interface_.input(first, &interface_) != ERR_OK) pbuf_free(first);
}

std::vector<Segment> Wire::take_segments() {
  std::vector<Segment> segments;
  std::deque<Packet> others;
  for (const Packet& packet : from_lwip_) {
    if (protocol(packet) == kTcp) {
      segments.push_back(parse_segment(packet));
    } else {
      others.push_back(packet);
    }
  }
  from_lwip_ = others;
  return segments;
}

std::vector<Datagram> Wire::take_datagrams() {
  std::vector<Datagram> datagrams;
  std::deque<Packet> others;
  for (const Packet& packet : from_lwip_) {
    const size_t udp = header_bytes(packet);
    if (protocol(packet) == kUdp) {
      datagrams.push_back({get16(packet, udp), get16(packet, udp + 2),
                           std::string(packet.begin() + static_cast<long>(udp + 8), packet.end())});
    } else {
      others.push_back(packet);
    }
  }
  from_lwip_ = others;
  return datagrams;
}

void Wire::clear() {
  to_lwip_.clear();
  from_lwip_.clear();
  dropped = 0;
  output_result = ERR_OK;
  pbuf_bytes = 0;
  lose = nullptr;
}

unsigned pool_used(int pool) { return memp_pools[pool]->stats->used; }

std::vector<unsigned> lwip_usage() {
  std::vector<unsigned> usage;
  for (int pool = 0; pool < MEMP_MAX; ++pool) usage.push_back(pool_used(pool));
  usage.push_back(length(tcp_active_pcbs));
  usage.push_back(length(tcp_tw_pcbs));
  usage.push_back(length(tcp_bound_pcbs));
  usage.push_back(length(tcp_listen_pcbs.pcbs));
  return usage;
}

}  // namespace lwip_test

extern "C" {

u32_t sys_now(void) { return lwip_test::Wire::now_ms; }

// The same numbers in every run.
uint32_t test_random(void) {
  static uint32_t state = 1;
  state = state * 1664525u + 1013904223u;
  return state;
}

}  // extern "C"
