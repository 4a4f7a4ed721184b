// SPDX-License-Identifier: MIT
// This machine as a board: BSD sockets, the monotonic clock, standard output.
#include "board.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "whit/config.h"
#include "whit/posix/posix_network.h"

namespace board {

namespace {

// One transport for each connection and each handshake of the configuration.
using HostNetwork = whit::PosixNetwork<whit::config::kConnections + whit::config::kHandshakes>;

bool led_is_on;

HostNetwork& host_network() {
  static HostNetwork network;
  return network;
}

void write_all(int descriptor, const char* text) {
  size_t left = strlen(text);
  while (left > 0) {
    const ssize_t written = write(descriptor, text, left);
    if (written <= 0) return;
    text += written;
    left -= static_cast<size_t>(written);
  }
}

}  // namespace

whit::Network& network() { return host_network(); }
whit::Network& server_network() { return host_network(); }

uint32_t now_ms() { return HostNetwork::now_ms(); }

uint32_t wait(uint32_t timeout_ms) { return host_network().wait(timeout_ms); }

void print(const char* text) { write_all(STDOUT_FILENO, text); }

void print_error(const char* text) { write_all(STDERR_FILENO, text); }

void print_number(uint32_t number) {
  char digits[11];
  print(decimal(number, digits));
}

void set_led(bool on) { led_is_on = on; }
bool led() { return led_is_on; }

StackUse stack_use() { return {}; }

void exit(int code) { ::exit(code); }

}  // namespace board
