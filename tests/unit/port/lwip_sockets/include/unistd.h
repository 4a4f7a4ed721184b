/* SPDX-License-Identifier: MIT
 * close() is the linker's affair (LINKER:--wrap=close): whose descriptor it is tells its number. */
#pragma once
#include_next <unistd.h>
