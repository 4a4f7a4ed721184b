// SPDX-License-Identifier: MIT
// Two loops with a network each, in a thread each, which connect to names and give most of them up at once, at any
// moment of the look-up; the networks come and go with look-ups under way. For ThreadSanitizer.
#include <cstdio>
#include <memory>
#include <thread>

#include "whit/network.h"
#include "whit/posix/posix_network.h"

namespace {

constexpr uint16_t kSlots = 8;

struct Side {
  whit::PosixNetwork<kSlots> network;
  whit::IndexQueue ready;
  uint16_t links[kSlots] = {};
  whit::Transport* transports[kSlots] = {};

  Side() {
    ready.attach(links, kSlots);
    network.attach(&ready);
  }
  void call(uint16_t index) {
    whit::Status status;
    if (transports[index] == nullptr) transports[index] = network.connect(index, "localhost", 9, false, &status);
  }
  void give_up(uint16_t index) {
    if (transports[index] != nullptr) transports[index]->abort();
    transports[index] = nullptr;
  }
  unsigned turn() {
    unsigned ended = 0;
    network.poll(network.wait(1));
    while (!ready.empty()) {
      const uint16_t index = ready.take();
      if (transports[index] == nullptr || transports[index]->progress().status == whit::Status::kWouldBlock) continue;
      give_up(index);
      ++ended;
    }
    return ended;
  }
};

void churn(unsigned seed, unsigned* ended) {
  for (int network = 0; network < 40; ++network) {
    const auto side = std::make_unique<Side>();
    for (int step = 0; step < 60; ++step) {
      seed = seed * 1103515245u + 12345u;
      side->call((seed >> 16) % kSlots);
      if (seed >> 31 != 0) side->give_up((seed >> 20) % kSlots);
      *ended += side->turn();
    }
  }
}

}  // namespace

int main() {
  unsigned ended[2] = {};
  std::thread other(churn, 1u, &ended[0]);
  churn(2u, &ended[1]);
  other.join();
  std::printf("%u connections came to an end\n", ended[0] + ended[1]);
}
