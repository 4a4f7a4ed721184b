// SPDX-License-Identifier: MIT
// uWebSockets as a server that sends each message to all clients: broadcast_uws PORT. Its published way: one publish()
// to a topic, which makes the frame once and writes it to each subscriber.
#include <stdio.h>
#include <stdlib.h>

#include <string_view>

#include "App.h"

namespace {

struct Nothing {};
using Socket = uWS::WebSocket<false, true, Nothing>;

}  // namespace

int main(int count, char** arguments) {
  if (count != 2) return fprintf(stderr, "usage: broadcast_uws PORT\n"), 1;
  uWS::App app;
  uWS::App::WebSocketBehavior<Nothing> behavior;
  behavior.compression = uWS::DISABLED;
  behavior.maxPayloadLength = 1 << 24;
  behavior.maxBackpressure = 1 << 24;
  behavior.open = [](Socket* socket) { socket->subscribe("all"); };
  behavior.message = [&app](Socket*, std::string_view message, uWS::OpCode opcode) {
    app.publish("all", message, opcode);
  };
  bool listens = false;
  app.ws<Nothing>("/*", std::move(behavior)).listen("127.0.0.1", atoi(arguments[1]), [&listens](auto* found) {
    listens = found != nullptr;
  });
  if (!listens) return fprintf(stderr, "broadcast_uws: cannot listen at port %s\n", arguments[1]), 1;
  app.run();
}
