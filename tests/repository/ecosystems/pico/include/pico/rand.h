/* SPDX-License-Identifier: MIT
 * A stand-in of the Pico SDK's, as far as Whit and its example use it; the other headers here are the same. */
#pragma once

#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

uint32_t get_rand_32(void);
uint64_t get_rand_64(void);

#ifdef __cplusplus
}
#endif
