// SPDX-License-Identifier: MIT
// The numbers of Transport::error() and Cause::code of the POSIX port in words: errno, and below zero the numbers of
// getaddrinfo(). A program that does not name the function does not link it.
#pragma once

#include <stdint.h>

namespace whit {

// One line in English, without a full stop; never nullptr; valid until the thread's next call of it or of strerror().
// "no such name", "no name server has answered", "refused: nothing listens at that port", "no answer".
const char* posix_error_text(int32_t error);

}  // namespace whit
