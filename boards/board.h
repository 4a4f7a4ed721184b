// SPDX-License-Identifier: MIT
// The interface between an application and its board; the same for every board, this host included. No driver
// framework: a few functions, because that is all that echo_server and its like call.
//
// Include path: boards/ (target whit::board gives it).
#pragma once

#include <stddef.h>
#include <stdint.h>

namespace whit {
class Network;
}

namespace board {

// The board's network, started at the first call: the interface is up and has its address. A program calls one of
// these; a program that only listens calls the second, and the code that connects is not linked.
whit::Network& network();
whit::Network& server_network();

// Free-running milliseconds; wraps after 49.7 days, so compare differences.
uint32_t now_ms();

// Sleeps until the time is over or an interrupt brought something, and returns now_ms(). 0: does not sleep. It may
// return early (the TCP/IP stack's own timers), which a loop around poll() does not notice.
uint32_t wait(uint32_t timeout_ms);

// Writes text to the console as it is; a line ends with '\n'.
void print(const char* text);

// The same for errors: standard error where there is one, else the console.
void print_error(const char* text);

// The board's LED, off at the start. led() asks the hardware; on the host it is a variable.
void set_led(bool on);
bool led();

// The stack of the program, in bytes: its size, and the most that was ever in use. 0: the board does not know.
struct StackUse {
  uint32_t deepest = 0;
  uint32_t size = 0;
};
StackUse stack_use();

// Ends the program: semihosting on QEMU, exit() on the host. A board without either stops for good.
[[noreturn]] void exit(int code);

// One argument of an application. The same table serves every board: on the host it becomes the options,
// --help and the error messages.
struct Argument {
  enum Kind : uint8_t { kText, kNumber, kFlag };

  const char* name;      // given as `--name value`, `--name=value` or `name=value`; a flag as `--name` or `name`
  const char* help;      // one line
  const char* fallback;  // the value when it is not given; nullptr: none, and one without a name is then required
  Kind kind = kText;
  bool positional = false;  // may be given without its name
  uint32_t least = 0;       // of a number
  uint32_t most = 0xFFFFFFFF;
};

// Declares the arguments; `table` must stay. To be called first in main(). Ends the program with code 2 and a line
// that says why if a word is not in the table, a value is missing or a number is none or out of its range; on the host
// --help prints the table and ends it with code 0. `name=value` with an unknown name is left to the board (ip=...),
// but for the host.
void declare_arguments(const char* description, const Argument* table, size_t count);
template <size_t kCount>
void declare_arguments(const char* description, const Argument (&table)[kCount]) {
  declare_arguments(description, table, kCount);
}

// Copies the value of an argument, or its fallback, and ends it with NUL; of a flag "1" if it was given. false: neither
// given nor with a fallback, or longer than `size` - 1. Works without declare_arguments(), with `name=value` only.
// The arguments are QEMU's semihosting command line, argv on the host; a board without them has none.
bool argument(const char* name, char* value, size_t size);

// The value of a declared number, or of its fallback; of a flag whether it was given.
inline uint32_t argument_number(const char* name) {
  char text[11];
  uint32_t number = 0;
  if (!argument(name, text, sizeof text)) return 0;
  for (const char* digit = text; *digit != '\0'; ++digit) number = number * 10 + static_cast<uint32_t>(*digit - '0');
  return number;
}
inline bool argument_flag(const char* name) {
  char text[2];
  return argument(name, text, sizeof text);
}

// A number in decimal; returns where it starts in `digits`.
inline const char* decimal(uint32_t number, char (&digits)[11]) {
  size_t position = sizeof(digits);
  digits[--position] = '\0';
  do {
    digits[--position] = static_cast<char>('0' + number % 10);
    number /= 10;
  } while (number != 0);
  return digits + position;
}

void print_number(uint32_t number);

}  // namespace board
