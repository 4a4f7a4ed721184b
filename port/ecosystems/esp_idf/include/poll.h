// SPDX-License-Identifier: MIT
// ESP-IDF has poll() where older systems have it.
#pragma once

#include <sys/poll.h>
