// SPDX-License-Identifier: MIT
#include "whit/session/pool.h"

namespace whit {

void Usage::count_up() {
  if (++in_use > high_water) high_water = in_use;
}

namespace session {

uint8_t* Pool::take(uint16_t keep_free) {
  if (usage_.in_use + keep_free >= count_) {
    ++usage_.refused;
    return nullptr;
  }
  usage_.count_up();
  uint8_t* const buffer = free_ != nullptr ? free_ : fresh_;
  if (free_ != nullptr) {
    free_ = next(buffer);
  } else {
    constexpr uint32_t kAlignment = alignof(Buffer<1>);
    fresh_ += (size_ + kAlignment - 1) / kAlignment * kAlignment;
  }
  return buffer;
}

}  // namespace session
}  // namespace whit
