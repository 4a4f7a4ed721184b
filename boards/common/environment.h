// SPDX-License-Identifier: MIT
// The environment of the firmware: a debugger that answers semihosting calls (QEMU; environment_semihosting.cpp) or
// nothing (environment_none.cpp). CMake's WHIT_SEMIHOSTING chooses.
#pragma once

#include <stddef.h>

namespace board {

constexpr int kExitAssert = 97;  // an assertion of lwIP failed
constexpr int kExitFault = 98;   // the CPU raised a fault, or an unexpected interrupt

// Ends the program. With nothing around it the CPU sleeps for good.
[[noreturn]] void leave(int code);

// The same after a failure. With nothing around it the board starts again.
[[noreturn]] void leave_after_failure(int code);

// Copies the command line, ended by NUL. false: there is none, or it does not fit.
bool command_line(char* text, size_t size);

}  // namespace board
