// SPDX-License-Identifier: MIT
#include "echo.h"
#include "whit/posix/posix_network.h"

static whit::PosixNetwork<4> server_network;
static whit::PosixNetwork<2> client_network;

int main() {
  return report(echo(server_network, client_network, [](uint32_t server_ms, uint32_t client_ms) {
    server_network.wait(server_ms < 1 ? server_ms : 1);
    return client_network.wait(client_ms < 1 ? client_ms : 1);
  }));
}
