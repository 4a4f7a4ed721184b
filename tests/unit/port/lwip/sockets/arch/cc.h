/* SPDX-License-Identifier: MIT */
#pragma once
#include <stdint.h>
#include <sys/time.h>
#define LWIP_NO_UNISTD_H 1
#define SSIZE_MAX INT_MAX
typedef long ssize_t;
