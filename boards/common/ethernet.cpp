// SPDX-License-Identifier: MIT
#include "ethernet.h"

#include "board.h"
#include "board_network.h"
#include "hardware_config.h"
#include "lwip/etharp.h"
#include "lwip/ethip6.h"
#include "lwip/pbuf.h"
#include "lwip/stats.h"
#include "nic.h"
#include "registers.h"

namespace board {
namespace {

// A few, then Whit gets its turn and reads them. A frame that a connection cannot keep any more is dropped by lwIP
// and sent again by the peer after its timeout; in the controller it just waits.
constexpr int kFramesPerPoll = 4;

// A frame for which there is no pbuf waits in the controller, because memory usually comes back in the next turns. But
// it blocks those behind it, among them acknowledgements that would give memory back: so only for a bounded time.
constexpr uint32_t kRetryMs = 5;
constexpr uint32_t kMaxStarvedMs = 50;

bool starved;
uint32_t starved_since_ms;

err_t send(netif*, pbuf* frame) {
  nic::send(frame);
  LINK_STATS_INC(link.xmit);
  return ERR_OK;
}

// Whether the frame that waits is dealt with.
bool give_up() {
  const uint32_t now = now_ms();
  if (!starved) {
    starved = true;
    starved_since_ms = now;
  }
  if (now - starved_since_ms < kMaxStarvedMs) return false;
  nic::drop();
  starved = false;
  LINK_STATS_INC(link.drop);
  return true;
}

bool take_frame(netif* interface, uint16_t size) {
  pbuf* frame = pbuf_alloc(PBUF_RAW, static_cast<u16_t>(ETH_PAD_SIZE + size), PBUF_POOL);
  if (frame == nullptr) return give_up();
  starved = false;
  nic::read(frame);
  LINK_STATS_INC(link.recv);
  if (interface->input(frame, interface) != ERR_OK) pbuf_free(frame);
  return true;
}

}  // namespace

err_t ethernet_start(netif* interface) {
  interface->name[0] = 'e';
  interface->name[1] = 'n';
  interface->hwaddr_len = ETH_HWADDR_LEN;
  nic::start(interface->hwaddr);
  interface->mtu = 1500;
  interface->flags = NETIF_FLAG_BROADCAST | NETIF_FLAG_ETHARP | NETIF_FLAG_ETHERNET | NETIF_FLAG_LINK_UP;
  interface->output = etharp_output;
  interface->linkoutput = send;
#if LWIP_IPV6
  interface->output_ip6 = ethip6_output;
#endif
#if LWIP_IPV6 && LWIP_IPV6_MLD
  interface->flags |= NETIF_FLAG_MLD6;
#endif
  enable_interrupt(kNicInterrupt);
  nic::interrupt_on();
  return ERR_OK;
}

void ethernet_poll(netif* interface) {
  for (int taken = 0; taken < kFramesPerPoll; ++taken) {
    uint16_t size = nic::next_size();
    if (size == 0) {
      // Empty. From here on the interrupt tells; a frame that came while it was off is found by the second look.
      nic::interrupt_on();
      size = nic::next_size();
      if (size == 0) return;
    }
    if (!take_frame(interface, size)) return;
  }
  if (nic::next_size() != 0) {
    board_wake();
  } else {
    nic::interrupt_on();
    if (nic::next_size() != 0) board_wake();
  }
}

uint32_t ethernet_sleep_ms() { return starved ? kRetryMs : UINT32_MAX; }

}  // namespace board

// The interrupt stays off until ethernet_poll() has emptied the controller.
extern "C" void board_nic_interrupt() {
  board::nic::interrupt_off();
  board_wake();
}
