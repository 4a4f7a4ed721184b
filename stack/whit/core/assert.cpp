// SPDX-License-Identifier: MIT
#include "whit/assert.h"

extern "C" [[gnu::weak]] void whit_assert_failed(const char*, int) { __builtin_trap(); }
