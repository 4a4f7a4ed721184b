// SPDX-License-Identifier: MIT
// The names of the fields that belong to the opening handshake, so that an application may not add them.
#pragma once

#include <stddef.h>

namespace whit {

// For http::take_field(): first those that an answer may have. All that begin with "Sec-WebSocket-" belong to it.
inline constexpr char kHandshakeFields[] =
    "upgrade:\0connection:\0@accept:\0@protocol:\0@extensions:\0"
    "@\0host:\0origin:\0content-length:\0transfer-encoding:\0";
constexpr size_t kHandshakeFieldCount = 10;

}  // namespace whit
