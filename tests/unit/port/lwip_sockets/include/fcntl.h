/* SPDX-License-Identifier: MIT */
#pragma once
#include "sockets_of_lwip.h"

static inline int fcntl(int socket, int command, int value) { return lwip_fcntl(socket, command, value); }
