// SPDX-License-Identifier: MIT
// What an application needs from the board it runs on; the same for every board, this host included. No driver
// framework: six functions, because that is all that echo_server and its like call.
//
// Include path: boards/ (target whit::board gives it).
#pragma once

#include <stddef.h>
#include <stdint.h>

namespace whit {
class Network;
}

namespace board {

// The board's network, started at the first call: the interface is up and has its address.
whit::Network& network();

// Free-running milliseconds; wraps after 49.7 days, so compare differences.
uint32_t now_ms();

// Sleeps until the time is over or an interrupt brought something, and returns now_ms(). 0: does not sleep. It may
// return early (the TCP/IP stack's own timers), which a loop around poll() does not notice.
uint32_t wait(uint32_t timeout_ms);

// Writes text to the console as it is; a line ends with '\n'.
void print(const char* text);

// Ends the program: semihosting on QEMU, exit() on the host. A board without either stops for good.
[[noreturn]] void exit(int code);

// Copies the value of the argument `name=value` and ends it with NUL. false: not given, or longer than `size` - 1.
// The arguments are QEMU's semihosting command line, argv on the host; a board without them has none.
bool argument(const char* name, char* value, size_t size);

// Writes a number in decimal.
inline void print_number(uint32_t number) {
  char digits[11];
  size_t position = sizeof(digits);
  digits[--position] = '\0';
  do {
    digits[--position] = static_cast<char>('0' + number % 10);
    number /= 10;
  } while (number != 0);
  print(digits + position);
}

}  // namespace board
