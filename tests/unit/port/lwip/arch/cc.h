/* SPDX-License-Identifier: MIT
 * lwIP on this machine, for the tests: an assertion ends the test. */
#pragma once
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

#define LWIP_PLATFORM_DIAG(x) \
  do {                        \
    printf x;                 \
  } while (0)
#define LWIP_PLATFORM_ASSERT(x)                                              \
  do {                                                                       \
    fprintf(stderr, "lwIP asserts: %s (%s:%d)\n", x, __FILE__, __LINE__);    \
    abort();                                                                 \
  } while (0)
#define LWIP_NO_CTYPE_H 1

#ifdef __cplusplus
extern "C" {
#endif
uint32_t test_random(void);
void test_check_context(void);
#ifdef __cplusplus
}
#endif
#define LWIP_RAND() test_random()
