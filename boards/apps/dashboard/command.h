// SPDX-License-Identifier: MIT
// What a page may say to the device: one of three texts, and nothing else. README.md has the whole exchange.
//
//   led on
//   led off
//   chat NAME\nTEXT      NAME: 1 to 24 bytes, TEXT: 1 to 160 bytes, UTF-8 without control characters
#pragma once

#include <stddef.h>
#include <stdint.h>

#include "whit/bytes.h"

namespace dashboard {

constexpr size_t kMaxNameBytes = 24;
constexpr size_t kMaxTextBytes = 160;
constexpr size_t kMaxCommandBytes = sizeof("chat \n") - 1 + kMaxNameBytes + kMaxTextBytes;

struct Command {
  enum Kind : uint8_t { kInvalid, kLedOn, kLedOff, kChat };

  Kind kind = kInvalid;
  whit::Text name;  // kChat; both are parts of what was read
  whit::Text text;
};

// `said`: a whole message, valid UTF-8 as Whit delivers it.
Command read_command(whit::Text said);

}  // namespace dashboard
