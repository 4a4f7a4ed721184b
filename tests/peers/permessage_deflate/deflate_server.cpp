// SPDX-License-Identifier: MIT
// Echo server with permessage-deflate, on this machine and on boards: what came compressed or plain goes back
// compressed. The memory is chosen by its name, so that one program has all of them.
#include <string.h>

#include "board.h"
#include "whit/permessage_deflate.h"
#include "whit/server.h"

namespace {

using whit::Event;

constexpr uint16_t kConnections = 8;
constexpr size_t kPieceBytes = 1024;  // a piece that does not get shorter fits a buffer all the same
whit::Loop<kConnections, 24, 2048, 4> loop;
whit::Server server{loop};
whit::ServerOptions options;
whit::MessageDeflater<12> deflater;

whit::DeflateMemory<kConnections, 15, 2, 4, 4> kept_memory;
whit::DeflateMemory<kConnections, 15, 2, 0, 0> shared_memory;
whit::DeflateMemory<kConnections, 15, 1, 0, 0> one_memory;
whit::DeflateMemory<kConnections, 9, 2, 4, 4> small_memory;
whit::DeflateMemory<1, 15, 1, 0, 0> single_memory;
whit::PermessageDeflate kept{kept_memory};
whit::PermessageDeflate shared{shared_memory};
whit::PermessageDeflate one{one_memory};
whit::PermessageDeflate small{small_memory};
whit::PermessageDeflate single{single_memory};

struct {
  const char* name;
  whit::PermessageDeflate* compression;
} const kMemories[] = {{"kept", &kept}, {"shared", &shared}, {"one", &one}, {"small", &small}, {"single", &single}};

constexpr board::Argument kArguments[] = {
    {"port", "TCP port; 0: any that is free", "8080", board::Argument::kNumber, false, 0, 65535},
    {"memory", "kept (context takeover), shared, one (inflater), small (windows of 512 bytes), single (connection)",
     "kept"},
    {"most", "bytes of a message; 0: no limit", "0", board::Argument::kNumber},
    {"data-ms", "time in which a peer that keeps others waiting must send", "30000", board::Argument::kNumber},
};

size_t echoed[loop.kSlots];  // bytes of the piece in hand that are sent

void echo(const Event& event) {
  size_t& done = echoed[event.socket.index()];
  for (;;) {
    whit::Message part = event.message;
    const size_t rest = part.data.size - done;
    const size_t size = rest < kPieceBytes ? rest : kPieceBytes;
    part.data = {part.data.data + done, size};
    part.first = part.first && done == 0;
    part.last = part.last && size == rest;
    switch (deflater.send(event.socket, part)) {
      case whit::Status::kOk:
        break;
      case whit::Status::kWouldBlock:
        return event.socket.hold();
      default:
        board::print("a piece could not be sent\n");
        done = 0;
        return event.socket.abort();
    }
    done += size;
    if (size != rest) continue;
    done = 0;
    return;
  }
}

}  // namespace

int main() {
  board::declare_arguments("Sends every message back compressed.", kArguments);
  char memory[16];
  if (board::argument("memory", memory, sizeof memory)) {
    for (const auto& each : kMemories) {
      if (strcmp(each.name, memory) == 0) options.compression = each.compression;
    }
  }
  options.port = static_cast<uint16_t>(board::argument_number("port"));
  options.max_message_bytes = board::argument_number("most");
  options.timeouts_ms[whit::Deadline::kData] = board::argument_number("data-ms");
  if (options.compression == nullptr || loop.start(board::server_network()) != whit::Status::kOk ||
      server.listen(options) != whit::Status::kOk) {
    board::print("deflate_server: no such memory, or the port is in use\n");
    board::exit(1);
  }
  board::print("listening on 0.0.0.0:");
  board::print_number(server.port());
  board::print("\n");
  for (;;) {
    const uint32_t now_ms = board::wait(loop.wait_ms());
    while (const Event event = loop.poll(now_ms)) {
      if (event.type == Event::kOpen) echoed[event.socket.index()] = 0;
      if (event.type == Event::kMessage) echo(event);
    }
  }
}
