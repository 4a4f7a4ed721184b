// SPDX-License-Identifier: MIT
// The header that the Arduino IDE puts into a sketch: a client and a server over the sockets of the core's lwIP. Others, such as
// "whit/reconnect.h", are named by the sketch as it needs them.
#pragma once

#include "whit/client.h"
#include "whit/config.h"
#include "whit/posix/posix_network.h"
#include "whit/server.h"
