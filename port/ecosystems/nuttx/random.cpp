// SPDX-License-Identifier: MIT
// Random bytes of /dev/urandom. NuttX's header does not say that its function has C's linkage.
#include <sys/types.h>

extern "C" {
#include <sys/random.h>
}

#include "whit/posix/posix_platform.h"

bool whit::posix::fill_random(uint8_t* data, size_t size) {
  while (size > 0) {
    const ssize_t got = getrandom(data, size, 0);
    if (got <= 0) return false;
    data += got;
    size -= static_cast<size_t>(got);
  }
  return true;
}
