// SPDX-License-Identifier: MIT
// keeps_up URL...: a client that Reconnect keeps up, with short waits. It prints a line for each thing that happens, and
// ends when a server says "stop" or a rule says so.
#include <cstdio>

#include "whit/client.h"
#include "whit/describe.h"
#include "whit/loop.h"
#include "whit/posix/posix_network.h"
#include "whit/reconnect.h"

namespace {

using Loop = whit::Loop<1, 2, 512>;

whit::PosixNetwork<Loop::kSlots> network;
Loop loop;
whit::Client client{loop};
whit::ClientOptions options;
whit::Reconnect reconnect{client, network, options};

void on_event(const whit::Event& event) {
  if (event.type == whit::Event::kOpen) std::printf("open %.*s\n", static_cast<int>(options.url.size), options.url.data);
  if (event.type == whit::Event::kMessage && event.message.text() == "stop") reconnect.stop();
  if (event.type == whit::Event::kMessage && event.message.text() == "again") reconnect.reconnect();
  if (event.type != whit::Event::kClose) return;
  char line[whit::kDescriptionBytes];
  const whit::Text text = whit::describe(event.close, line, sizeof line);
  std::printf("%.*s\n", static_cast<int>(text.size), text.data);
}

}  // namespace

int main(int count, char** words) {
  whit::Text urls[8];
  for (int i = 1; i < count && reconnect.url_count < 8; ++i) urls[reconnect.url_count++] = words[i];
  reconnect.urls = urls;
  reconnect.times = {50, 50, 3, 2000};
  options.on_response_field = [](whit::WebSocket socket, whit::Text name, whit::Text value) {
    reconnect.on_response_field(socket, name, value);
  };
  std::setvbuf(stdout, nullptr, _IOLBF, 0);
  if (loop.start(network) != whit::Status::kOk) return 1;
  if (reconnect.start(whit::PosixNetworkBase::now_ms()) != whit::Status::kOk) return 1;
  while (reconnect.state() != whit::Reconnect::State::kStopped || !client.is_over()) {
    const uint32_t now_ms = network.wait(reconnect.wait_ms(loop.wait_ms()));
    reconnect.poll(now_ms);
    while (const whit::Event event = loop.poll(now_ms)) {
      reconnect.on_event(event);
      on_event(event);
    }
  }
  std::printf("stopped\n");
}
