// SPDX-License-Identifier: MIT
// what: the server over lwIP, IPv4
// over: lwip, configured by boards/lm3s6965evb/defconfig
#include "lwip/etharp.h"
#include "lwip/init.h"
#include "lwip/timeouts.h"
#include "netif/ethernet.h"
#include "network.h"
#include "whit/lwip/lwip_network.h"
#include "whit/server.h"

static netif interface;
static uint32_t time_ms;

// The least driver: one that lets the linker see both ways through lwIP.
static err_t send_frame(netif*, pbuf*) { return ERR_OK; }

static err_t start_driver(netif* driven) {
  driven->hwaddr_len = ETH_HWADDR_LEN;
  driven->mtu = 1500;
  driven->flags = NETIF_FLAG_BROADCAST | NETIF_FLAG_ETHARP | NETIF_FLAG_ETHERNET | NETIF_FLAG_LINK_UP;
  driven->output = etharp_output;
  driven->linkoutput = send_frame;
  return ERR_OK;
}

class NullNetwork final : public whit::LwipServerNetwork<4> {
 public:
  whit::Status random(whit::MutableBytes) override { return whit::Status::kOk; }
  void wake() override {}

 private:
  void pump() override {
    pbuf* frame = pbuf_alloc(PBUF_RAW, 64, PBUF_POOL);
    if (frame != nullptr && interface.input(frame, &interface) != ERR_OK) pbuf_free(frame);
    for (int i = 0; i < lwip_num_cyclic_timers; ++i) lwip_cyclic_timers[i].handler();
  }
};

extern "C" u32_t sys_now() { return time_ms; }
extern "C" void sys_timeouts_init() {}
extern "C" uint32_t board_random_number() { return time_ms; }

static NullNetwork lwip_network;
static whit::Loop<2, 2, 256> loop;
static whit::Server server{loop};
static whit::ServerOptions options;

int main() {
  lwip_init();
  const ip4_addr_t address = {PP_HTONL(LWIP_MAKEU32(192, 0, 2, 1))};
  netif_add(&interface, &address, &address, &address, nullptr, start_driver, ethernet_input);
  netif_set_default(&interface);
  netif_set_up(&interface);
  options.long_messages = whit::LongMessages::kRefuse;
  if (loop.start(lwip_network) != whit::Status::kOk || server.listen(options) != whit::Status::kOk) return 1;
  for (;;) {
    time_ms = wait(loop.wait_ms());
    while (const whit::Event event = loop.poll(time_ms)) {
      PART;
      if (event.type != whit::Event::kMessage) continue;
      if (event.socket.send(event.message) == whit::Status::kWouldBlock) event.socket.hold();
    }
  }
}
