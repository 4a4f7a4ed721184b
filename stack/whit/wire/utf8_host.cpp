// SPDX-License-Identifier: MIT
// UTF-8 for hosts, on any CPU.
#include "whit/wire/utf8_host.h"

namespace whit::wire {

bool Utf8::feed(const uint8_t* data, size_t size) {
  state_ = static_cast<uint32_t>(host::feed(state_, data, size));
  return state_ != host::kRefused;
}

}  // namespace whit::wire
