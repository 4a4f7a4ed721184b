// SPDX-License-Identifier: MIT
// through URL PROXY_PORT CREDENTIALS CA_FILE: a client that sends "hello" through the proxy at 127.0.0.1, and prints
// what comes back, or the end in words.
#include <cstdio>
#include <cstdlib>
#include <ctime>

#include "whit/client.h"
#include "whit/describe.h"
#include "whit/mbedtls/tls_network.h"
#include "whit/posix/posix_error.h"
#include "whit/posix/posix_network.h"
#include "whit/proxy/proxy_network.h"

namespace {

using Loop = whit::Loop<1, 2, 1024>;

whit::PosixNetwork<Loop::kSlots> below;
whit::ProxyNetwork<Loop::kSlots> proxied{below};
whit::TlsNetwork<Loop::kSlots> network{proxied};
Loop loop;
whit::Client client{loop};
whit::ClientOptions options;
whit::TlsOptions tls;
uint8_t authorities[1u << 16];
whit::Bytes trusted;

int64_t unix_time() { return std::time(nullptr); }

bool read_authorities(const char* name) {
  std::FILE* const file = std::fopen(name, "rb");
  if (file == nullptr) return false;
  trusted = {authorities, std::fread(authorities, 1, sizeof authorities - 1, file) + 1};  // with the NUL that ends PEM
  std::fclose(file);
  tls.trusted = &trusted;
  tls.trusted_count = 1;
  tls.unix_time = unix_time;
  return network.set_client(tls) == whit::Status::kOk;
}

const char* error_text(const whit::Cause& cause) {
  if (cause.where == whit::Cause::kSecure) return whit::tls_error_text(cause.code);
  const char* const of_proxy = whit::proxy_error_text(cause.code);
  return of_proxy != nullptr ? of_proxy : whit::posix_error_text(cause.code);
}

void print_end(const whit::Close& close) {
  char line[whit::kDescriptionBytes];
  const whit::Text text = whit::describe(close, line, sizeof line, error_text(close.cause));
  std::printf("%.*s\n", static_cast<int>(text.size), text.data);
}

}  // namespace

int main(int argc, char** argv) {
  if (argc != 5 || !read_authorities(argv[4])) return 2;
  whit::ProxyOptions proxy;
  proxy.host = "127.0.0.1";
  proxy.port = static_cast<uint16_t>(std::atoi(argv[2]));
  proxy.credentials = whit::as_bytes(argv[3]);
  proxied.set_proxy(proxy);
  options.url = argv[1];
  if (loop.start(network) != whit::Status::kOk || client.connect(options) != whit::Status::kOk) return 2;
  for (bool over = false; !over;) {
    const uint32_t now_ms = below.wait(loop.wait_ms());
    while (const whit::Event event = loop.poll(now_ms)) {
      if (event.type == whit::Event::kOpen) (void)event.socket.send("hello");
      if (event.type == whit::Event::kMessage) {
        std::printf("echo %.*s\n", static_cast<int>(event.message.data.size), event.message.text().data);
        (void)event.socket.close(1000, "");
      }
      if (event.type != whit::Event::kClose) continue;
      print_end(event.close);
      over = true;
    }
  }
}
