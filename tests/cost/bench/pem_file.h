// SPDX-License-Identifier: MIT
// A certificate or a key from a file, for the programs of tests/cost/bench.
#pragma once

#include <stdio.h>
#include <stdlib.h>

#include "whit/bytes.h"

namespace bench {

// Ended by NUL, as TlsOptions wants PEM. Never given back.
inline whit::Bytes pem_file(const char* name) {
  constexpr size_t kMaxBytes = 64 * 1024;
  auto* const bytes = static_cast<uint8_t*>(calloc(1, kMaxBytes));
  FILE* const file = fopen(name, "rb");
  const size_t size = file != nullptr && bytes != nullptr ? fread(bytes, 1, kMaxBytes - 1, file) : 0;
  if (size == 0) {
    fprintf(stderr, "%s cannot be read\n", name);
    exit(1);
  }
  fclose(file);
  return {bytes, size + 1};
}

}  // namespace bench
