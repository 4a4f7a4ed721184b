// SPDX-License-Identifier: MIT
// Random streams of messages, compressed or not, in random fragments and reads, to applications that hold, pause and
// take parts: what is handed out is what was sent. The products of roles, buffers, windows and context takeover.
#include <gtest/gtest.h>

#include <memory>
#include <random>
#include <string>
#include <vector>

#include "unit/core/deflate_bench.h"
#include "whit/deflate/deflater.h"

namespace whit {
namespace {

using Random = std::mt19937;

uint32_t below(Random& random, uint32_t limit) { return random() % limit; }

std::string random_data(Random& random) {
  const uint32_t sizes[] = {0, 1, 2, 31, 125, 126, 300, 1000, 5000, 70000};
  const size_t size = below(random, sizes[below(random, 10)] + 1);
  const uint32_t letters = below(random, 4) == 0 ? 128 : 1 + below(random, 4);
  std::string data;
  while (data.size() < size) {
    const size_t back = data.empty() ? 0 : below(random, static_cast<uint32_t>(data.size()));
    if (below(random, 3) == 0) {
      data += data.substr(back, below(random, 300));
    } else {
      data += static_cast<char>(below(random, letters));  // ASCII, so that it may be text
    }
  }
  return data.substr(0, size);
}

// The peer: compresses as its side of the agreement says.
class Sender {
 public:
  Sender(Random& random, Role role, uint8_t bits, bool takeover) : random_(random), role_(role), bits_(bits) {
    takeover_ = takeover;
    deflater_.start(table_, 9);
  }

  std::string stream(int opcode, const std::string& data) {
    const bool compressed = below(random_, 4) != 0;
    std::string payload = compressed ? compress(data) : data;
    std::string out;
    int first = opcode | (compressed ? kRsv1 : 0);
    while (below(random_, 3) == 0) {
      const size_t size = below(random_, static_cast<uint32_t>(payload.size()) + 1);
      out += peer_frame(role_, first, payload.substr(0, size), false);
      payload.erase(0, size);
      first = kContinuationFrame;
      if (below(random_, 3) == 0) out += peer_frame(role_, kPingFrame, "");
    }
    return out + peer_frame(role_, first, payload);
  }

 private:
  std::string compress(const std::string& data) {
    if (!takeover_) history_.clear();
    if (below(random_, 5) == 0) {
      remember(data);
      return stored(data, 1 + below(random_, 0xFFFF));
    }
    std::vector<uint8_t> room(data.size() * 2 + 100);
    std::string out;
    const size_t cut = below(random_, static_cast<uint32_t>(data.size()) + 1);  // several blocks
    for (const bool last : {false, true}) {
      const std::string part = last ? data.substr(cut) : data.substr(0, cut);
      const Bytes history = bytes_of(history_);
      const size_t size = deflater_.compress(history, bytes_of(part), bits_, last, {room.data(), room.size()});
      EXPECT_NE(size, 0u);
      out.append(reinterpret_cast<char*>(room.data()), size);
      remember(part);
    }
    return out;
  }

  void remember(const std::string& part) {
    history_ += part;
    const size_t window = size_t{1} << bits_;
    if (history_.size() > window) history_.erase(0, history_.size() - window);
  }

  Random& random_;
  Role role_;
  uint8_t bits_;
  bool takeover_;
  std::string history_;
  uint16_t table_[1 << 9] = {};
  deflate::Deflater deflater_{};
};

// Takes what comes in random ways, and keeps it.
template <class AnyBench>
class Taker {
 public:
  Taker(AnyBench& bench, Random& random) : bench_(bench), random_(random) {
    bench.app = [this](const Event& event) { take(event); };
  }

  void wake(WebSocket socket) { socket.resume(); }
  const std::vector<std::string>& messages() const { return messages_; }

 private:
  void take(const Event& event) {
    bench_.seen.clear();
    if (event.type == Event::kMessage) {
      const uint32_t choice = below(random_, 8);
      if (choice == 0) return event.socket.hold();
      if (choice == 1 && event.message.data.size > 1) {
        const size_t size = event.message.data.size / 2;
        rest_ += copy_of(event.message.data.first(size));
        event.socket.consume(size);
        return event.socket.hold();
      }
      if (choice == 2) event.socket.pause();
      rest_ += copy_of(event.message.data);
      if (!event.message.last) return;
      messages_.push_back(rest_);
      rest_.clear();
    }
    if (event.type == Event::kError) ADD_FAILURE() << "cause " << event.close.cause.code;
  }

  AnyBench& bench_;
  Random& random_;
  std::string rest_;
  std::vector<std::string> messages_;
};

template <uint16_t kBuffers, uint32_t kBytes, uint8_t kBits, uint16_t kShared, uint16_t kKept>
void run(Role role, uint32_t seed) {
  SCOPED_TRACE(name(role) + " " + std::to_string(kBytes) + " " + std::to_string(kBits) + " " + std::to_string(seed));
  using AnyBench = DeflateBench<2, kBuffers, kBytes, kBits, kShared, kKept>;
  auto bench = std::make_unique<AnyBench>();
  Random random(seed);
  std::string parameters = role == Role::kServer ? "; client_max_window_bits" : "";
  if (role == Role::kClient && kBits < 15) parameters += "; server_max_window_bits=" + std::to_string(kBits);
  if (role == Role::kClient && kKept == 0) parameters += "; server_no_context_takeover";
  Peer peer = bench->open(role, parameters);
  Taker<AnyBench> taker(*bench, random);
  Sender sender(random, role, kBits, kKept != 0);
  std::vector<std::string> sent;
  for (int i = 0; i < 12; ++i) {
    sent.push_back(random_data(random));
    const std::string stream = sender.stream(below(random, 2) == 0 ? kTextFrame : kBinaryFrame, sent.back());
    const uint32_t most = 1 + below(random, below(random, 2) == 0 ? 20 : 5000);
    for (size_t at = 0; at < stream.size();) {
      const size_t size = 1 + below(random, most);
      peer.pipe->send(stream.substr(at, size));
      at += size;
      bench->turn();
      if (below(random, 4) == 0) taker.wake(peer.socket);
    }
  }
  for (int i = 0; i < 5000 && taker.messages().size() < sent.size(); ++i) {
    taker.wake(peer.socket);
    bench->settle();
  }
  ASSERT_EQ(taker.messages().size(), sent.size());
  for (size_t i = 0; i < sent.size(); ++i) ASSERT_EQ(taker.messages()[i], sent[i]) << i;
  peer.send_close(1000);
  taker.wake(peer.socket);
  bench->settle();
  peer.pipe->close();
  bench->settle();
  bench->expect_baseline();
}

TEST(DeflateModel, WhatIsHandedOutIsWhatWasSent) {
  for (uint32_t seed = 1; seed <= 12; ++seed) {
    for (const Role role : kRoles) {
      run<3, 256, 15, 1, 0>(role, seed);
      run<2, 260, 8, 2, 0>(role, seed);
      run<3, 1000, 10, 1, 1>(role, seed);
      run<4, 4096, 15, 0, 2>(role, seed);
      run<3, 66000, 9, 1, 0>(role, seed);
      run<3, 100000, 15, 1, 1>(role, seed);
    }
  }
}

}  // namespace
}  // namespace whit
