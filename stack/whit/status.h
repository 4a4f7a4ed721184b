// SPDX-License-Identifier: MIT
// Status: the outcome of every call of Whit that can fail. One type for the API, the ports and the core.
#pragma once

#include <stdint.h>

namespace whit {

enum class [[nodiscard]] Status : uint8_t{
    kOk = 0,           // Done, all of it.
    kWouldBlock,       // Not now. Nothing was taken. An event (kWritable) or a new readiness follows.
    kClosed,           // The stream ended in order: the peer sent its FIN. Ports only.
    kFailed,           // The layer below failed; Transport::error() or Network::error() has the platform's number.
    kTooLarge,         // Does not fit where it has to fit, now or later. Nothing was taken.
    kNotOpen,          // The connection is not open: still connecting, closing, closed, or the handle is stale.
    kInvalidArgument,  // An argument breaks a rule stated at the function. Nothing was changed.
    kNoSlot,           // All connection states are in use.
    kInUse,            // The address and port, or the object, is in use already.
};

}  // namespace whit
