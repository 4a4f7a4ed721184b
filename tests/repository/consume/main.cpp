// SPDX-License-Identifier: MIT
// A user's program: Whit as a library of another project.
#include <stdint.h>

#include "whit/config.h"
#include "whit/options.h"
#include "whit/wire/close_code.h"

static const whit::ServerOptions kOptions;

#ifdef EXPECTED_BUFFERS
static_assert(whit::config::kBuffers == EXPECTED_BUFFERS, "not the numbers of this project");
#endif

int main() { return kOptions.max_head_bytes == whit::config::kMaxHeadBytes ? 0 : 1; }
