/* SPDX-License-Identifier: MIT
 * A stand-in of the Pico SDK's. */
#pragma once

#include "pico/rand.h"

typedef int sys_prot_t;
#define LWIP_RAND() get_rand_32()
