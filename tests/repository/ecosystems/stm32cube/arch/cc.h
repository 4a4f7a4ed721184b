/* SPDX-License-Identifier: MIT */
#pragma once
#define LWIP_NO_UNISTD_H 1
#define LWIP_NO_CTYPE_H 1
#define LWIP_PLATFORM_DIAG(message)
#define LWIP_PLATFORM_ASSERT(message) __builtin_trap()
unsigned whit_test_random(void);
#define LWIP_RAND() whit_test_random()
