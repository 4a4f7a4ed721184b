// SPDX-License-Identifier: MIT
// Objects of C++ in memory that a C program has declared.
#pragma once

#include <stddef.h>

namespace whit {

// new (Place{memory}) T(...): as <new> has it, which belongs to the C++ library.
struct Place {
  void* memory;
};

}  // namespace whit

inline void* operator new(size_t, whit::Place place) noexcept { return place.memory; }
