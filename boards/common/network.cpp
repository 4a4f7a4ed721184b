// SPDX-License-Identifier: MIT
// The networks of the boards on lwIP: the port, moved by this board's driver, clock and random source.
#include "board.h"
#include "board_network.h"
#include "random.h"
#include "whit/config.h"
#include "whit/lwip/lwip_network.h"

namespace {

constexpr uint16_t kSlots = BOARD_CONNECTIONS + BOARD_HANDSHAKES;
constexpr uint8_t kRxPbufs = whit::config::kLwipRxPbufs;
static_assert(whit::config::kLwipDns == (LWIP_DNS != 0), "lwipopts.h: LWIP_DNS is not what WHIT_LWIP_DNS says");

// Made at the first call and not before: then it is no image of zeros and two addresses that start-up copies from
// flash.
template <typename Port>
class BoardNetwork final : public Port {
 public:
  BoardNetwork() { board_network_start(); }
  whit::Status random(whit::MutableBytes destination) override { return board_random(destination); }
  void wake() override { board_wake(); }

 private:
  void pump() override { board_network_poll(); }
};

}  // namespace

whit::Network& board::network() {
  static BoardNetwork<whit::LwipNetwork<kSlots, kRxPbufs, BOARD_WAITING>> network;
  return network;
}

whit::Network& board::server_network() {
  static BoardNetwork<whit::LwipServerNetwork<kSlots, kRxPbufs, BOARD_WAITING>> network;
  return network;
}
