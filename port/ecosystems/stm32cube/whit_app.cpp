// SPDX-License-Identifier: MIT
// Echo server for an STM32Cube project: ws:// on port 80, for browsers and all other clients. main.c calls the two
// functions, as README.md says.
#include "lwip.h"
#include "main.h"
#include "whit/lwip/lwip_network.h"
#include "whit/server.h"

extern RNG_HandleTypeDef hrng;

namespace {

constexpr uint16_t kConnections = 4;
constexpr uint16_t kHandshakes = 2;

class CubeNetwork final : public whit::LwipServerNetwork<kConnections + kHandshakes> {
 public:
  // Masks and keys are made of it, so a generator that fails is no reason to go on without.
  whit::Status random(whit::MutableBytes destination) override {
    uint32_t word = 0;
    for (size_t i = 0; i < destination.size; ++i) {
      const bool next = i % sizeof(word) == 0;
      if (next && HAL_RNG_GenerateRandomNumber(&hrng, &word) != HAL_OK) return whit::Status::kFailed;
      destination.data[i] = static_cast<uint8_t>(word);
      word >>= 8;
    }
    return whit::Status::kOk;
  }
  void wake() override {}  // the main loop never sleeps

 private:
  void pump() override { MX_LWIP_Process(); }  // received frames and lwIP's timers
};

CubeNetwork network;
whit::Loop<kConnections, 6, 512, kHandshakes> loop;
whit::Server server{loop};
whit::ServerOptions options;  // read as long as there are connections

}  // namespace

extern "C" void whit_app_start() {
  options.port = 80;
  if (loop.start(network) != whit::Status::kOk || server.listen(options) != whit::Status::kOk) Error_Handler();
}

extern "C" void whit_app_process() {
  while (const whit::Event event = loop.poll(HAL_GetTick())) {
    if (event.type != whit::Event::kMessage) continue;
    if (event.socket.send(event.message) == whit::Status::kWouldBlock) event.socket.hold();
  }
}
