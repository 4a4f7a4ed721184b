// SPDX-License-Identifier: MIT
// UTF-8 for hosts, on any CPU.
#include "host_kernels/utf8.h"

namespace whit::kernels {

bool Utf8::feed(const uint8_t* data, size_t size) {
  state_ = static_cast<uint32_t>(host::feed(state_, data, size));
  return state_ != host::kRefused;
}

}  // namespace whit::kernels
