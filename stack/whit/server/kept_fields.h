// SPDX-License-Identifier: MIT
// The few values of a request that are needed after their line is gone, packed at the front of the receive buffer:
// each a kind (one byte), a size (two bytes) and the value. A value is never longer than the line it came from, so they
// grow no faster than what is read is consumed.
#pragma once

#include <stddef.h>
#include <stdint.h>

#include "whit/bytes.h"
#include "whit/session/connection.h"

namespace whit::server {

enum class Kept : uint8_t { kTarget, kHost, kOrigin, kProtocols, kCookie, kAuthorization, kKey };

constexpr size_t kMaxKeptSize = 0xFFFF;

// `value` lies in the same buffer, above all that is kept. False: longer than kMaxKeptSize.
bool keep(session::Connection* connection, uint8_t* buffer, Kept kind, Text value);

// The first value of its kind; empty if there is none.
Text kept(const session::Connection& connection, const uint8_t* buffer, Kept kind);

}  // namespace whit::server
