// SPDX-License-Identifier: MIT
// board::network() of the boards on lwIP: the port, moved by this board's driver, clock and random source.
#include "board.h"
#include "board_network.h"
#include "lwip/lwip_network.h"
#include "random.h"
#include "whit/config.h"

namespace {

constexpr uint8_t kRxPbufs = whit::config::kLwipRxPbufs;
static_assert(whit::config::kLwipDns == (LWIP_DNS != 0), "lwipopts.h: LWIP_DNS is not what WHIT_LWIP_DNS says");

class BoardNetwork final : public whit::LwipNetwork<BOARD_CONNECTIONS + BOARD_HANDSHAKES, kRxPbufs, BOARD_BACKLOG> {
 public:
  constexpr BoardNetwork() = default;
  whit::Status random(whit::MutableBytes destination) override { return board_random(destination); }
  void wake() override { board_wake(); }

 private:
  void pump() override { board_network_poll(); }
};

BoardNetwork lwip_network;
bool started;

}  // namespace

whit::Network& board::network() {
  if (!started) {
    started = true;
    board_network_start();
  }
  return lwip_network;
}
