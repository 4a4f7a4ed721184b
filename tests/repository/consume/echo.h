// SPDX-License-Identifier: MIT
// A user's program: a server and a client in one process say "hello" to each other. 0: it came back.
#pragma once

#include <stdint.h>
#include <stdio.h>

#include "whit/client.h"
#include "whit/loop.h"
#include "whit/server.h"
#include "whit/version.h"

static_assert(WHIT_VERSION >= 0x000200, "whit/version.h is of another Whit");

static whit::Loop<2, 3, 512, 1> server_loop;
static whit::Loop<1, 3, 512, 1> client_loop;
static whit::Server server{server_loop};
static whit::Client client{client_loop};

// `wait_ms` sleeps between two turns, and gives the time. kOk where the echo came.
template <class Wait>
whit::Status echo(whit::Network& server_network, whit::Network& client_network, Wait wait) {
  static whit::ServerOptions server_options;
  static whit::ClientOptions client_options;
  static char url[40];
  server_options.port = 0;
  server_options.address = "127.0.0.1";
  if (server_loop.start(server_network) != whit::Status::kOk ||
      client_loop.start(client_network) != whit::Status::kOk || server.listen(server_options) != whit::Status::kOk) {
    return whit::Status::kFailed;
  }
  const int size = snprintf(url, sizeof url, "ws://127.0.0.1:%u/", unsigned{server.port()});
  client_options.url = {url, static_cast<size_t>(size)};
  const whit::Status status = client.connect(client_options);
  if (status != whit::Status::kOk) return status;
  for (;;) {
    const uint32_t now_ms = wait(server_loop.wait_ms(), client_loop.wait_ms());
    while (const whit::Event event = server_loop.poll(now_ms)) {
      if (event.type == whit::Event::kMessage && event.socket.send(event.message) != whit::Status::kOk)
        event.socket.hold();
    }
    while (const whit::Event event = client_loop.poll(now_ms)) {
      if (event.type == whit::Event::kOpen && event.socket.send("hello") != whit::Status::kOk)
        return whit::Status::kFailed;
      if (event.type == whit::Event::kMessage) return whit::Status::kOk;
      if (event.type == whit::Event::kClose) return whit::Status::kFailed;
    }
  }
}

inline int report(whit::Status status) {
  printf("whit %s: %s\n", whit::kVersionText, status == whit::Status::kOk ? "ok" : "failed");
  return status == whit::Status::kOk ? 0 : 1;
}
