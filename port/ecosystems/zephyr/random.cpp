// SPDX-License-Identifier: MIT
#include <zephyr/random/random.h>

#include "whit/posix/posix_platform.h"

bool whit::posix::fill_random(uint8_t* data, size_t size) { return sys_csrand_get(data, size) == 0; }
