// SPDX-License-Identifier: MIT
// The loop of the program: connections and buffers, the networks beneath (sockets, TLS), signals, and the one place
// where it sleeps.
#pragma once

#include <stdint.h>

#include <string>

#include "options.h"
#include "whit/event.h"
#include "whit/loop.h"
#include "whit/network.h"

namespace whitcat {

// Buffers of 64 KiB; memory of those that are never used costs nothing here.
constexpr uint16_t kConnections = 64;
constexpr uint16_t kHandshakes = 16;
constexpr uint16_t kBuffers = 2 * (kConnections + kHandshakes);
constexpr uint32_t kBufferBytes = 65536;
using Loop = whit::Loop<kConnections, kBuffers, kBufferBytes, kHandshakes>;

struct Ready {
  bool input = false;   // standard input has something, or its end
  bool output = false;  // standard output takes something
};

class Engine {
 public:
  // Starts the loop and TLS as the options say; gives up with one line where that cannot be. One per program.
  explicit Engine(const Options& options);

  Loop& loop();
  whit::Network& network();

  // Sleeps until the loop, a descriptor that is watched or a signal has something, `timeout_ms` at most.
  Ready wait(uint32_t timeout_ms, bool watch_input, bool watch_output);
  uint32_t now_ms() const;

  // The number of signals SIGINT and SIGTERM so far, and the code of the last.
  int signals() const;
  Exit signal_exit() const;

  // The end of a connection in one line.
  std::string describe(const whit::Close& close) const;
  // "TLS session new" or "resumed", for the connection that has just opened; empty: it has no TLS.
  std::string tls_text();

 private:
  void start_client_tls(const Options& options);
  void start_server_tls(const Options& options);

  uint32_t handshakes_ = 0;
  uint32_t resumed_ = 0;
};

}  // namespace whitcat
