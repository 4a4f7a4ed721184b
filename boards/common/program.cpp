// SPDX-License-Identifier: MIT
// The stack of a program, and its end.
#include "board.h"
#include "environment.h"
#include "stack.h"

namespace board {

StackUse stack_use() { return {board_stack_used(), board_stack_size()}; }

void exit(int code) { leave(code); }

}  // namespace board
