// SPDX-License-Identifier: MIT
// WHIT_ASSERT: what the code of Whit relies on, checked while the program runs. Built in with WHIT_ASSERTS (CMake), in
// all tests and in the boards' "-test" presets; else the condition is not even evaluated.
#pragma once

// Called with the place of a condition that does not hold. The one of the library stops the program by a trap; a
// program that defines its own prints the place first. It does not return: what follows would run on broken state.
extern "C" [[noreturn]] void whit_assert_failed(const char* file, int line);

// A condition that must hold; an expression without a value.
#if defined(WHIT_ASSERTS)
#define WHIT_ASSERT(condition) ((condition) ? static_cast<void>(0) : whit_assert_failed(__FILE__, __LINE__))
#else
#define WHIT_ASSERT(condition) static_cast<void>(0)
#endif
