// SPDX-License-Identifier: MIT
// A board on its own: no exit codes, and the arguments that CMake has (WHIT_ARGUMENTS).
#include <string.h>

#include "environment.h"
#include "registers.h"

namespace board {
namespace {

// As elsewhere, the first word stands for the program.
constexpr char kCommandLine[] = "program " WHIT_ARGUMENTS;

}  // namespace

void leave(int) {
  interrupts_off();
  while (true) wait_for_interrupt();
}

void leave_after_failure(int) {
  // A device in the field is of more use restarted than stopped; the console has the one line that says why.
  restart();
}

bool command_line(char* text, size_t size) {
  if (sizeof(WHIT_ARGUMENTS) == 1 || sizeof(kCommandLine) > size) return false;
  memcpy(text, kCommandLine, sizeof(kCommandLine));
  return true;
}

}  // namespace board
