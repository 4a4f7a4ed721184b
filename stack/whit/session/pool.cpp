// SPDX-License-Identifier: MIT
#include "whit/session/pool.h"

namespace whit {

void Usage::count_up() {
  if (++in_use > high_water) high_water = in_use;
}

namespace session {

uint8_t* Pool::take() {
  WHIT_ASSERT(left() != 0);
  uint8_t* buffer = free_;
  if (buffer != nullptr) {
    free_ = next(buffer);
  } else {  // all that ever were in use are, so the next one never was
    WHIT_ASSERT(usage_.in_use == usage_.high_water);
    buffer = first_ + usage_.high_water * stride();
  }
  usage_.count_up();
  return buffer;
}

bool Pool::is_lent(const uint8_t* buffer) const {
  const size_t offset = static_cast<size_t>(buffer - first_);
  if (buffer < first_ || offset >= usage_.high_water * stride() || offset % stride() != 0) return false;
  for (uint8_t* each = free_; each != nullptr; each = next(each)) {
    if (each == buffer) return false;
  }
  return true;
}

}  // namespace session
}  // namespace whit
