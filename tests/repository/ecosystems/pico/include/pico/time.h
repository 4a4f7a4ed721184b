/* SPDX-License-Identifier: MIT */
#pragma once

#include <stdint.h>

typedef uint64_t absolute_time_t; /* microseconds */

#ifdef __cplusplus
extern "C" {
#endif

absolute_time_t get_absolute_time(void);
absolute_time_t make_timeout_time_ms(uint32_t ms);
uint32_t to_ms_since_boot(absolute_time_t time);

#ifdef __cplusplus
}
#endif
