// SPDX-License-Identifier: MIT
// A device with pages and WebSockets on one port, as tests/peers/test_pages.py attacks it. "whit_pages.h" has the static pages.
//
//   server [MILLISECONDS]   kHead, kWrite and kLinger; it prints "listening on 127.0.0.1:PORT"
#include <stdio.h>
#include <stdlib.h>

#include <initializer_list>

#include "whit/check_credentials.h"
#include "whit/http_service.h"
#include "whit/posix/posix_network.h"
#include "whit/request_values.h"
#include "whit/router.h"
#include "whit/same_host.h"
#include "whit/server.h"
#include "whit_pages.h"

namespace {

whit::Loop<4, 8, 1024> loop;
whit::PosixNetwork<decltype(loop)::kSlots> network;
whit::Server server{loop};
whit::ServerOptions options;

}  // namespace

int main(int argc, char** argv) {
  const uint32_t ms = argc > 1 ? static_cast<uint32_t>(atoi(argv[1])) : 5000;
  options.address = "127.0.0.1";
  options.port = 0;
  options.http = &whit::serve_http;
  options.pages = pages;
  options.page_count = page_count;
  for (const whit::Deadline deadline : {whit::Deadline::kHead, whit::Deadline::kWrite, whit::Deadline::kLinger}) {
    options.timeouts_ms[deadline] = ms;
  }
  if (loop.start(network) != whit::Status::kOk || server.listen(options) != whit::Status::kOk) return 1;
  printf("listening on 127.0.0.1:%u\n", server.port());
  fflush(stdout);
  for (;;) {
    const uint32_t now_ms = network.wait(loop.wait_ms());
    while (const whit::Event event = loop.poll(now_ms)) {
      if (event.type != whit::Event::kMessage) continue;
      if (event.socket.send(event.message) == whit::Status::kWouldBlock) event.socket.hold();
    }
  }
}
