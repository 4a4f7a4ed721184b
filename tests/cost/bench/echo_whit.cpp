// SPDX-License-Identifier: MIT
// Whit as an echo server with the numbers of a host: echo_whit PORT [CERTIFICATE KEY]. What boards/apps/echo_server.cpp
// is, for ten thousand connections; a message that fits no buffer is streamed.
#include <stdio.h>
#include <stdlib.h>

#include "pem_file.h"
#include "whit/mbedtls/tls_network.h"
#include "whit/posix/posix_network.h"
#include "whit/server.h"

namespace {

constexpr uint16_t kConnections = 10100;
constexpr uint16_t kHandshakes = 256;
constexpr uint16_t kBuffers = 1024;  // those in use at once: what a turn reads, and what blocked peers leave
// Not a power of two: the same place in each buffer would be the same set of the processor's cache.
constexpr uint32_t kBufferBytes = 256 * 1024 + 33 * 64;

whit::Loop<kConnections, kBuffers, kBufferBytes, kHandshakes> loop;
whit::PosixNetwork<decltype(loop)::kSlots> network;
whit::TlsNetwork<decltype(loop)::kSlots> tls_network{network};
whit::Server server{loop};
whit::ServerOptions options;

// The growth of the loop and the network with each connection. All of it is there from the start; what TLS takes, in the
// arena and in its transports, is touched when it is used.
constexpr size_t kMany = 1001;
constexpr size_t kStateBytes = (sizeof(whit::Loop<kMany, 2, 256, 1>) + sizeof(whit::PosixNetwork<kMany>) -
                                sizeof(whit::Loop<1, 2, 256, 1>) - sizeof(whit::PosixNetwork<1>)) /
                               (kMany - 1);

whit::Network& secure_network(const char* certificate_file, const char* key_file) {
  static whit::TlsOptions tls;
  static whit::Bytes certificate = bench::pem_file(certificate_file);
  tls.certificates = &certificate;
  tls.certificate_count = 1;
  tls.private_key = bench::pem_file(key_file);
  if (tls_network.set_server(tls) != whit::Status::kOk) fprintf(stderr, "echo_whit: TLS: %d\n", tls_network.error());
  options.secure = true;
  return tls_network;
}

}  // namespace

int main(int count, char** arguments) {
  if (count != 2 && count != 4) return fprintf(stderr, "usage: echo_whit PORT [CERTIFICATE KEY]\n"), 1;
  options.port = static_cast<uint16_t>(atoi(arguments[1]));
  options.address = "127.0.0.1";
  whit::Network& below = count == 4 ? secure_network(arguments[2], arguments[3]) : network;
  if (loop.start(below) != whit::Status::kOk || server.listen(options) != whit::Status::kOk) {
    return fprintf(stderr, "echo_whit: cannot listen at port %s\n", arguments[1]), 1;
  }
  printf("state %zu\n", kStateBytes);
  fflush(stdout);
  for (;;) {
    const uint32_t now_ms = network.wait(loop.wait_ms());
    while (const whit::Event event = loop.poll(now_ms)) {
      if (event.type != whit::Event::kMessage) continue;
      if (event.socket.send(event.message) == whit::Status::kWouldBlock) event.socket.hold();
    }
  }
}
