// SPDX-License-Identifier: MIT
// The end of an application that cannot go on: one line that says what, where and what to do, and exit code 1.
#pragma once

#include <initializer_list>

#include "board.h"

namespace app {

[[noreturn]] inline void give_up(const char* program, std::initializer_list<const char*> parts) {
  board::print_error(program);
  board::print_error(": ");
  for (const char* part : parts) board::print_error(part);
  board::print_error("\n");
  board::exit(1);
}

}  // namespace app
