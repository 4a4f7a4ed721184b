// SPDX-License-Identifier: MIT
// network.h for programs in C.
#ifndef NETWORK_OF_C_H
#define NETWORK_OF_C_H

#include <stdint.h>

#include "whit.h"

#ifdef __cplusplus
extern "C" {
#endif

whit_network* network_of_c(void);
uint32_t wait_of_c(uint32_t timeout_ms);

#ifdef __cplusplus
}
#endif

#endif  // NETWORK_OF_C_H
