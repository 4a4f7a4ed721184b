// SPDX-License-Identifier: MIT
// Pool: the frame buffers, all of one size, borrowed by connections while they need them. Which one may have the next
// is decided in core/buffers.cpp.
#pragma once

#include <stddef.h>
#include <stdint.h>

#include "whit/assert.h"
#include "whit/vocabulary.h"

namespace whit {

namespace session {

// A buffer of at least `kBytes`, aligned for the pointer to the next one that a free buffer holds.
template <uint32_t kBytes>
struct alignas(8) Buffer {
  uint8_t bytes[kBytes];
};

class Pool {
 public:
  // `storage` is the first of `count` Buffer<size> side by side; it lives as long as the pool. count >= 2.
  void attach(uint8_t* storage, uint16_t count, uint32_t size) {
    first_ = storage;
    count_ = count;
    size_ = size;
  }

  uint8_t* take();                     // there is one
  void refuse() { ++usage_.refused; }  // one was asked for and not given
  uint16_t left() const { return static_cast<uint16_t>(count_ - usage_.in_use); }
  void give_back(uint8_t* buffer) {
    WHIT_ASSERT(is_lent(buffer));
    next(buffer) = free_;
    free_ = buffer;
    --usage_.in_use;
  }

  // Whether `buffer` is one of this pool that was taken and not given back. Walks all free ones: for assertions.
  bool is_lent(const uint8_t* buffer) const;

  uint32_t size() const { return size_; }
  uint16_t count() const { return count_; }
  const Usage& usage() const { return usage_; }

 private:
  using Link [[gnu::may_alias]] = uint8_t*;

  static Link& next(uint8_t* buffer) { return *static_cast<Link*>(static_cast<void*>(buffer)); }
  uint32_t stride() const { return (size_ + alignof(Buffer<1>) - 1) / alignof(Buffer<1>) * alignof(Buffer<1>); }
  uint8_t* free_ = nullptr;   // the first free buffer among those that were in use before
  uint8_t* first_ = nullptr;  // of all
  uint32_t size_ = 0;
  uint16_t count_ = 0;
  Usage usage_;
};

}  // namespace session
}  // namespace whit
