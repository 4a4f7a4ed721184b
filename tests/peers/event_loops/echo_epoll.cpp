// SPDX-License-Identifier: MIT
// Whit in a program that has an epoll of its own.
#include <sys/epoll.h>

#include "echo.h"

int main() {
  const int own = epoll_create1(EPOLL_CLOEXEC);
  if (own < 0 || !echo.listen()) return 1;
  struct epoll_event event = {};
  event.events = EPOLLIN;
  if (epoll_ctl(own, EPOLL_CTL_ADD, echo.network.descriptor(), &event) != 0) return 1;
  while (!echo.over) {
    const uint32_t wait_ms = echo.turn();
    struct epoll_event ready[8];
    (void)epoll_wait(own, ready, 8, static_cast<int>(wait_ms));  // the program's own descriptors are among these
  }
  std::printf("turns: %u\n", echo.turns);
}
