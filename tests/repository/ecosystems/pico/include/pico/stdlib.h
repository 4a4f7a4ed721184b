/* SPDX-License-Identifier: MIT */
#pragma once

#include <stdbool.h>

#include "pico/time.h"

#ifdef __cplusplus
extern "C" {
#endif

bool stdio_init_all(void);

#ifdef __cplusplus
}
#endif
