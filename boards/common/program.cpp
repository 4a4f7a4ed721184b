// SPDX-License-Identifier: MIT
// The end of a program.
#include "board.h"
#include "environment.h"

namespace board {

void exit(int code) { leave(code); }

}  // namespace board
