// SPDX-License-Identifier: MIT
#include "pipe_end.h"

#include <string.h>

namespace whit {

namespace {

size_t smaller(size_t left, size_t right) { return left < right ? left : right; }

}  // namespace

void PipeBacklog::add(PipeEnd& end) {
  end.backlog_ = this;
  end.next_ = nullptr;
  if (last == nullptr) {
    first = &end;
  } else {
    last->next_ = &end;
  }
  last = &end;
}

PipeEnd* PipeBacklog::take() {
  PipeEnd* end = first;
  if (end != nullptr) remove(*end);
  return end;
}

void PipeBacklog::remove(PipeEnd& end) {
  PipeEnd* before = nullptr;
  for (PipeEnd* each = first; each != nullptr && each != &end; each = each->next_) before = each;
  if (before == nullptr) {
    first = end.next_;
  } else {
    before->next_ = end.next_;
  }
  if (last == &end) last = before;
  end.next_ = nullptr;
  end.backlog_ = nullptr;
}

void PipeEnd::begin(MutableBytes storage, PipeObserver* observer) {
  leave();
  observer_ = observer;
  storage_ = storage;
  head_ = 0;
  size_ = 0;
  window_ = storage.size;
  finished_ = ended_ = deaf_ = frozen_ = broken_ = false;
}

void PipeEnd::link(PipeEnd& one, PipeEnd& other) {
  one.other_ = &other;
  other.other_ = &one;
  if (one.observer_ != nullptr) one.observer_->on_linked();
  if (other.observer_ != nullptr) other.observer_->on_linked();
}

size_t PipeEnd::room() const {
  if (broken_ || finished_ || other_ == nullptr) return 0;
  const PipeEnd& to = *other_;
  return to.window_ > to.size_ ? to.window_ - to.size_ : 0;
}

size_t PipeEnd::put(Bytes source) {
  if (other_ != nullptr && other_->deaf_) return source.size;
  const size_t size = smaller(source.size, room());
  if (size == 0) return 0;
  other_->append(source.first(size));
  return size;
}

void PipeEnd::append(Bytes source) {
  const size_t tail = (head_ + size_) % storage_.size;
  const size_t straight = smaller(source.size, storage_.size - tail);
  memcpy(storage_.data + tail, source.data, straight);
  memcpy(storage_.data, source.data + straight, source.size - straight);
  size_ += source.size;
  if (observer_ != nullptr && !frozen_) observer_->on_input();
}

size_t PipeEnd::take(MutableBytes destination) {
  const size_t size = smaller(destination.size, waiting());
  if (size == 0) return 0;
  const size_t straight = smaller(size, storage_.size - head_);
  memcpy(destination.data, storage_.data + head_, straight);
  memcpy(destination.data + straight, storage_.data, size - straight);
  head_ = (head_ + size) % storage_.size;
  size_ -= size;
  if (other_ != nullptr && other_->observer_ != nullptr) other_->observer_->on_room();
  return size;
}

void PipeEnd::finish() {
  if (finished_ || broken_) return;
  finished_ = true;
  if (other_ == nullptr || other_->frozen_) return;
  other_->ended_ = true;
  if (other_->observer_ != nullptr) other_->observer_->on_input();
}

void PipeEnd::break_down() {
  broken_ = true;
  size_ = 0;
  other_ = nullptr;
  if (observer_ != nullptr) observer_->on_broken();
}

void PipeEnd::reset() {
  if (backlog_ != nullptr) backlog_->remove(*this);
  PipeEnd* other = other_;
  if (other != nullptr) {
    if (other->frozen_) {
      other->other_ = nullptr;  // it never hears of it
    } else {
      other->break_down();
    }
  }
  break_down();
}

void PipeEnd::leave() {
  observer_ = nullptr;
  if (backlog_ != nullptr) backlog_->remove(*this);
  if (other_ == nullptr) return;
  if (finished_ && ended_) {
    other_->other_ = nullptr;
    other_ = nullptr;
  } else {
    reset();
  }
}

void PipeEnd::set_window(size_t bytes) {
  window_ = smaller(bytes, storage_.size);
  if (other_ != nullptr && other_->observer_ != nullptr && other_->room() > 0) other_->observer_->on_room();
}

void PipeEnd::freeze() {
  frozen_ = true;
  if (other_ != nullptr) other_->frozen_ = true;
}

void PipeEnd::cut_input(bool keep_waiting) {
  if (!keep_waiting) size_ = 0;
  deaf_ = true;
  ended_ = true;
  if (observer_ != nullptr) observer_->on_input();
}

}  // namespace whit
