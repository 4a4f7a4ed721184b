// SPDX-License-Identifier: MIT
// Streaming check of UTF-8 (RFC 3629), as RFC 6455 sections 5.6 and 8.1 ask for text messages and close reasons.
// Refuses surrogates, overlong forms and everything above U+10FFFF at the first byte that gives them away.
// It checks only: nothing is decoded, nothing is stored but the state of one unfinished character.
//
// One header, several sources, one of which is built (stack/CMakeLists.txt): utf8.cpp beside it (no table, for
// microcontrollers), host_kernels/utf8.cpp, host_kernels/x86/utf8.cpp, or one of the project's own.
#pragma once

#include <stddef.h>
#include <stdint.h>

namespace whit::kernels {

// All zero bits are the start state, so that a Utf8 may live in zeroed memory and in a union.
class Utf8 {
 public:
  // Takes the next bytes of the text, cut anywhere. False as soon as they hold a byte that no valid text can have at
  // its place; the object is then good for reset() only. `data` may be null when `size` is 0.
  bool feed(const uint8_t* data, size_t size);

  // True when no character is unfinished: the text may end here.
  bool complete() const { return state_ == 0; }

  void reset() { state_ = 0; }

 private:
  uint32_t state_ = 0;  // The rest of an unfinished character; the source file says what its bits mean.
};

static_assert(sizeof(Utf8) == 4, "the connection state counts on four bytes");

}  // namespace whit::kernels
