// SPDX-License-Identifier: MIT
// DeflateBench: a Bench whose server and client have permessage-deflate, and peers that agree on it; and compressed
// data made by hand.
#pragma once

#include <string>

#include "unit/core/bench.h"
#include "whit/permessage_deflate.h"

namespace whit {

constexpr int kRsv1 = 0x40;

// "Hello" as RFC 7692, 7.2.3.1 has it.
inline std::string hello() { return std::string("\xF2\x48\xCD\xC9\xC9\x07\x00", 7); }

// A message whose data is stored (RFC 1951, 3.2.4), in blocks of at most `most` bytes.
inline std::string stored(const std::string& data, size_t most = 0xFFFF) {
  std::string out;
  for (size_t at = 0; at < data.size(); at += most) {
    const std::string part = data.substr(at, most);
    const uint16_t size = static_cast<uint16_t>(part.size());
    const uint16_t complement = static_cast<uint16_t>(~size);
    out += '\0';
    for (const uint16_t each : {size, complement}) {
      out += static_cast<char>(each & 0xFF);
      out += static_cast<char>(each >> 8);
    }
    out += part;
  }
  return out + '\0';
}

// A message of 1 + 258 * `matches` times the same letter, in a block of fixed codes (RFC 1951, 3.2.6).
inline std::string run_of(char letter, size_t matches) {
  std::string out;
  unsigned bits = 0;
  auto put = [&](unsigned value, unsigned size) {  // the first bit of a code is its highest
    while (size-- != 0) {
      if (bits % 8 == 0) out += '\0';
      out.back() = static_cast<char>(out.back() | (value >> size & 1) << bits % 8);
      ++bits;
    }
  };
  put(2, 3);  // not the last block; fixed codes: 0, then 01 from its lowest bit
  put(0x30u + static_cast<unsigned char>(letter), 8);
  for (size_t i = 0; i < matches; ++i) put(0xC5u << 5, 13);  // 258 bytes, from a distance of 1
  put(0, 7);                                                 // the end of the block
  put(0, 3);                                                 // a stored one, whose length is the tail
  return out;
}

template <uint16_t kConnections, uint16_t kBuffers, uint32_t kBytes, uint8_t kBits = 15, uint16_t kShared = 2,
          uint16_t kKept = 0, uint16_t kHistories = 0>
class DeflateBench : public Bench<kConnections, kBuffers, kBytes, 2, 1 << 17> {
 public:
  DeflateBench() {
    this->server_options.compression = &compression;
    this->client_options.compression = &compression;
  }

  // Opens a connection with these parameters in the peer's part of the negotiation; what we said is in `ours`.
  Peer open(Role role, const std::string& parameters = "; server_no_context_takeover; client_no_context_takeover") {
    const std::string field = "Sec-WebSocket-Extensions: permessage-deflate" + parameters + "\r\n";
    Peer peer;
    peer.role = role;
    if (role == Role::kServer) {
      if (this->server.port() == 0) this->listen();
      peer.pipe = &this->pipe.dial(80);
      peer.pipe->send(request(field));
      this->settle();
      ours = extensions_of(peer.pipe->received());
    } else {
      EXPECT_EQ(this->client.connect(this->client_options), Status::kOk);
      this->settle();
      peer.pipe = &this->pipe.answered(this->pipe.answered_count() - 1);
      ours = extensions_of(peer.pipe->received());
      std::string response = response_to(peer.pipe->received());
      response.insert(response.size() - 2, field);
      peer.pipe->send(response + after_response);
      this->settle();
    }
    peer.pipe->take();
    const Seen* const open = this->last(Event::kOpen);
    if (open == nullptr) {
      ADD_FAILURE() << "not open: " << parameters;
    } else {
      peer.socket = open->socket;
    }
    return peer;
  }

  // The messages that were handed out, pieces joined with "|" where one ends.
  std::string messages() {
    std::string all;
    for (const Seen& each : this->take_seen()) {
      if (each.type != Event::kMessage) continue;
      all += each.data;
      if (each.last) all += "|";
    }
    return all;
  }

  static std::string extensions_of(const std::string& head) {
    const std::string name = "Sec-WebSocket-Extensions: ";
    const size_t at = head.find(name);
    return at == std::string::npos ? "" : head.substr(at + name.size(), head.find("\r\n", at) - at - name.size());
  }

  DeflateMemory<kConnections + 2, kBits, kShared, kKept, kHistories> memory;
  PermessageDeflate compression{memory};
  std::string ours;
  std::string after_response;  // what the server of our client sends with its answer
};

}  // namespace whit
