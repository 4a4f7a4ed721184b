// SPDX-License-Identifier: MIT
// Pool: the frame buffers, all of one size, borrowed by connections while they need them.
//
// Who may take the last one decides between progress and deadlock. To write: always, because what is written leaves
// (or its deadline ends it). To read: only if another stays free, because what is read may need a buffer for its
// answer.
#pragma once

#include <stddef.h>
#include <stdint.h>

namespace whit {

// How much of something limited is and was in use.
struct Usage {
  uint16_t in_use = 0;
  uint16_t high_water = 0;  // the most that were in use at once
  uint32_t refused = 0;     // how often there was none

  void count_up();
};

namespace session {

// A buffer is named by a handle, 1 to count; 0 stands for none, so that a state of zero bits holds no buffer.
class Pool {
 public:
  static constexpr uint16_t kNone = 0;

  // `storage` is count * size bytes, `links` count numbers; both live as long as the pool. count >= 2.
  void attach(uint8_t* storage, uint16_t* links, uint16_t count, uint32_t size) {
    storage_ = storage;
    links_ = links;
    count_ = count;
    size_ = size;
  }

  uint16_t take_to_read() { return take(1); }   // kNone unless another stays free
  uint16_t take_to_write() { return take(0); }  // kNone if none is free
  void give_back(uint16_t handle) {
    links_[handle - 1] = free_;
    free_ = handle;
    --usage_.in_use;
  }

  uint8_t* data(uint16_t handle) const { return storage_ + size_t{size_} * (handle - 1u); }
  uint32_t size() const { return size_; }
  uint16_t count() const { return count_; }
  const Usage& usage() const { return usage_; }

 private:
  uint16_t take(uint16_t keep_free);

  uint8_t* storage_ = nullptr;
  uint16_t* links_ = nullptr;  // of a free buffer: the next free one
  uint32_t size_ = 0;
  uint16_t count_ = 0;
  uint16_t free_ = kNone;  // the first free buffer among those that were in use before
  uint16_t fresh_ = 0;     // how many were in use ever: the others need no link
  Usage usage_;
};

}  // namespace session
}  // namespace whit
