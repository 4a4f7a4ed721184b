// SPDX-License-Identifier: MIT
// The version of Whit, by Semantic Versioning: before 1.0.0 a new minor number may break a program, a new patch does
// not. CMake, the manifests of packages and the shared libraries' names have theirs from this file, or are compared
// with it (tools/release).
//
//   #if WHIT_VERSION < 0x000200
//   #error "needs Whit 0.2.0"
//   #endif
#pragma once

#include <stdint.h>

// The version of these headers: its three numbers, its text, and all in one number.
#define WHIT_VERSION_MAJOR 0
#define WHIT_VERSION_MINOR 2
#define WHIT_VERSION_PATCH 0
#define WHIT_VERSION_TEXT "0.2.0"
// One byte each: 0xMMmmpp.
#define WHIT_VERSION ((WHIT_VERSION_MAJOR << 16) | (WHIT_VERSION_MINOR << 8) | WHIT_VERSION_PATCH)

namespace whit {

// The same for C++.
inline constexpr uint32_t kVersion = WHIT_VERSION;
inline constexpr char kVersionText[] = WHIT_VERSION_TEXT;

}  // namespace whit
