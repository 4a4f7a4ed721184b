// SPDX-License-Identifier: MIT
#include "whit/session/pool.h"

namespace whit::session {

void Pool::attach(uint8_t* storage, uint16_t* links, uint16_t count, uint32_t size) {
  storage_ = storage;
  links_ = links;
  count_ = count;
  size_ = size;
}

uint16_t Pool::take_to_read() { return take(1); }

uint16_t Pool::take_to_write() { return take(0); }

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
  ++usage_.in_use;
  if (usage_.in_use > usage_.high_water) usage_.high_water = usage_.in_use;
  return handle;
}

void Pool::give_back(uint16_t handle) {
  links_[handle - 1] = free_;
  free_ = handle;
  --usage_.in_use;
}

}  // namespace whit::session
