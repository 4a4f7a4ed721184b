// SPDX-License-Identifier: MIT
// IndexQueue: the order in which the loop looks at connections. Ports add to the ready queue that the loop gives them.
#pragma once

#include <stdint.h>

namespace whit {

// A first-in first-out queue of connection indices; an index is in it at most once. At rest all zero bits.
// Storage (one uint16_t per index) belongs to the loop.
class IndexQueue {
 public:
  static constexpr uint16_t kNone = 0xFFFF;

  // Gives it its storage, of `count` zeros.
  void attach(uint16_t* links, uint16_t count) {
    links_ = links;
    count_ = count;
  }

  // Adds at the end; an index that is queued already keeps its place.
  void add(uint16_t index) {
    if (index >= count_ || links_[index] != 0) return;
    links_[index] = kLast;
    if (size_ == 0) {
      head_ = index;
    } else {
      links_[tail_] = static_cast<uint16_t>(index + 1);
    }
    tail_ = index;
    ++size_;
  }

  uint16_t first() const { return size_ != 0 ? head_ : kNone; }  // the first, or kNone

  // Takes the first, or kNone.
  [[gnu::noinline]] uint16_t take() {
    if (size_ == 0) return kNone;
    const uint16_t index = head_;
    head_ = static_cast<uint16_t>(links_[index] - 1);
    links_[index] = 0;
    --size_;
    return index;
  }

  // The one behind `index`, which is queued, or kNone.
  uint16_t next(uint16_t index) const {
    return links_[index] != kLast ? static_cast<uint16_t>(links_[index] - 1) : kNone;
  }

  // Takes `index` out, wherever it stands.
  void remove(uint16_t index) {
    if (!holds(index)) return;
    for (uint16_t left = index != head_ ? size_ : uint16_t{1}; left != 0; --left) {
      const uint16_t each = take();
      if (each != index) add(each);
    }
  }

  bool empty() const { return size_ == 0; }                                          // no index is queued
  uint16_t size() const { return size_; }                                            // indices that are queued
  bool holds(uint16_t index) const { return index < count_ && links_[index] != 0; }  // `index` is queued

 private:
  static constexpr uint16_t kLast = 0xFFFF;

  uint16_t* links_ = nullptr;  // 0: not queued; kLast: the last; else 1 + the next index
  uint16_t count_ = 0;
  uint16_t head_ = 0;
  uint16_t tail_ = 0;
  uint16_t size_ = 0;
};

}  // namespace whit
