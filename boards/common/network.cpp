// SPDX-License-Identifier: MIT
// board::network() of the boards on lwIP: the port, moved by this board's driver, clock and random source.
#include "board.h"
#include "board_network.h"
#include "lwip/lwip_network.h"
#include "random.h"
#include "whit/config.h"

namespace {

constexpr uint8_t kRxPbufs = whit::config::kLwipRxPbufs;
static_assert(kRxPbufs >= TCP_WND / TCP_MSS + 1, "WHIT_LWIP_RX_PBUFS is too small for the board's window");
static_assert(kRxPbufs <= BOARD_RX_PBUFS_PER_CONNECTION, "the board's PBUF_POOL_SIZE counts on fewer packets");

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
