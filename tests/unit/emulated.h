// SPDX-License-Identifier: MIT
// How tests treat a program that runs in qemu-user (tools/lib/run32), which is five to fifty times slower.
#pragma once
#include <stdlib.h>

namespace whit {

inline bool emulated() { return getenv("WHIT_EMULATOR") != nullptr; }

// How many of `count` repetitions are made: all, or a twentieth under emulation; never none.
template <typename Count>
Count sample(Count count) {
  return emulated() ? (count + 19) / 20 : count;
}

}  // namespace whit
