// SPDX-License-Identifier: MIT
// The echo servers of this folder share everything but the event loop that drives Whit. Each prints its port and
// ends when a client sends "end".
#pragma once

#include <cstdio>

#include "whit/loop.h"
#include "whit/posix/posix_network.h"
#include "whit/server.h"

struct Echo {
  // False: the port cannot be used.
  bool listen() {
    if (loop.start(network) != whit::Status::kOk || server.listen(options) != whit::Status::kOk) return false;
    std::printf("listening on 127.0.0.1:%u\n", static_cast<unsigned>(server.port()));
    std::fflush(stdout);
    return true;
  }

  // One turn. The result is how long the event loop may sleep, in milliseconds, unless network.descriptor() becomes
  // readable before.
  uint32_t turn() {
    while (const whit::Event event = loop.poll(whit::PosixNetworkBase::now_ms())) {
      if (event.type != whit::Event::kMessage) continue;
      if (event.message.text() == "end") over = true;
      if (event.socket.send(event.message) == whit::Status::kWouldBlock) event.socket.hold();
    }
    ++turns;
    return network.wait_ms(loop.wait_ms());
  }

  whit::PosixNetwork<whit::Loop<4, 6, 512>::kSlots> network;
  whit::Loop<4, 6, 512> loop;
  whit::Server server{loop};
  whit::ServerOptions options = [] {
    whit::ServerOptions all;
    all.address = "127.0.0.1";
    all.port = 0;
    return all;
  }();
  bool over = false;
  unsigned turns = 0;
};

inline Echo echo;
