// SPDX-License-Identifier: MIT
#include "whit/session/pool.h"

namespace whit {

void Usage::count_up() {
  if (++in_use > high_water) high_water = in_use;
}

namespace session {

uint16_t Pool::take(uint16_t keep_free) {
  if (usage_.in_use + keep_free >= count_) {
    ++usage_.refused;
    return kNone;
  }
  uint16_t handle = free_;
  if (handle != kNone) {
    free_ = links_[handle - 1];
  } else {
    handle = ++fresh_;
  }
  usage_.count_up();
  return handle;
}

}  // namespace session
}  // namespace whit
