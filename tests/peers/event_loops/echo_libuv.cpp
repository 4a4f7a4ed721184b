// SPDX-License-Identifier: MIT
// Whit in a program that runs on libuv.
#include <uv.h>

#include "echo.h"

namespace {

uv_poll_t readable;
uv_timer_t timer;

void turn() {
  const uint32_t wait_ms = echo.turn();
  if (echo.over) {
    uv_close(reinterpret_cast<uv_handle_t*>(&readable), nullptr);
    uv_close(reinterpret_cast<uv_handle_t*>(&timer), nullptr);
    return;
  }
  uv_timer_start(
      &timer, [](uv_timer_t*) { turn(); }, wait_ms, 0);
}

}  // namespace

int main() {
  uv_loop_t* const loop = uv_default_loop();
  if (!echo.listen() || uv_timer_init(loop, &timer) != 0) return 1;
  if (uv_poll_init(loop, &readable, echo.network.descriptor()) != 0) return 1;
  uv_poll_start(&readable, UV_READABLE, [](uv_poll_t*, int, int) { turn(); });
  turn();
  uv_run(loop, UV_RUN_DEFAULT);
  std::printf("turns: %u\n", echo.turns);
}
