// SPDX-License-Identifier: MIT
#include "echo.h"
#include "whit/pipe/pipe_network.h"

static whit::PipeNetwork<4, 1024> server_network;
static whit::PipeNetwork<2, 1024> client_network;

int main() {
  server_network.join(client_network);
  return report(echo(server_network, client_network, [](uint32_t, uint32_t) {
    static uint32_t now_ms = 0;
    return ++now_ms;
  }));
}
