// SPDX-License-Identifier: MIT
// connects URL RESOLVE_MS: a client that connects once. Prints the address that it reached or the end in words, then
// how many turns of the loop passed meanwhile, of 20 ms at most: few of them mean that one stood still.
#include <cstdio>
#include <cstdlib>

#include "whit/client.h"
#include "whit/describe.h"
#include "whit/posix/posix_error.h"
#include "whit/posix/posix_network.h"

namespace {

using Loop = whit::Loop<1, 2, 1024>;

whit::PosixNetwork<Loop::kSlots> network;
Loop loop;
whit::Client client{loop};
whit::ClientOptions options;

void print_address(const whit::Address& address) {
  std::printf("open");
  for (uint8_t i = 0; i < address.size; ++i)
    std::printf("%c%u", i == 0 ? ' ' : '.', static_cast<unsigned>(address.bytes[i]));
  std::printf("\n");
}

void print_end(const whit::Close& close) {
  const bool below = close.cause.where == whit::Cause::kResolve || close.cause.where == whit::Cause::kConnect;
  char line[whit::kDescriptionBytes];
  const char* const error = below ? whit::posix_error_text(close.cause.code) : nullptr;
  const whit::Text text = whit::describe(close, line, sizeof line, error);
  std::printf("%.*s\n", static_cast<int>(text.size), text.data);
}

}  // namespace

int main(int argc, char** argv) {
  if (argc != 3) return 2;
  options.url = argv[1];
  options.timeouts_ms[whit::Deadline::kResolve] = static_cast<uint32_t>(std::atoi(argv[2]));
  if (loop.start(network) != whit::Status::kOk || client.connect(options) != whit::Status::kOk) return 2;
  unsigned turns = 0;
  for (bool over = false; !over; ++turns) {
    const uint32_t wait_ms = loop.wait_ms();
    const uint32_t now_ms = network.wait(wait_ms < 20 ? wait_ms : 20);
    while (const whit::Event event = loop.poll(now_ms)) {
      if (event.type == whit::Event::kOpen) print_address(event.socket.remote());
      if (event.type == whit::Event::kError) print_end(event.close);
      over = over || event.type == whit::Event::kOpen || event.type == whit::Event::kClose;
    }
  }
  std::printf("%u turns\n", turns);
}
