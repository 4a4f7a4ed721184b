// SPDX-License-Identifier: MIT
// A board on its own, without exit codes and arguments.
#include "environment.h"
#include "registers.h"

namespace board {

void leave(int) {
  interrupts_off();
  while (true) wait_for_interrupt();
}

void leave_after_failure(int) {
  // A device in the field is of more use restarted than stopped; the console has the one line that says why.
  restart();
}

bool command_line(char*, size_t) { return false; }

}  // namespace board
