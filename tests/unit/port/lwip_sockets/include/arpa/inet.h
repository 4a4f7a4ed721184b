/* SPDX-License-Identifier: MIT */
#pragma once
#include "sockets_of_lwip.h"
