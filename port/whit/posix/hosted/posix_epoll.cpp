// SPDX-License-Identifier: MIT
#include "whit/posix/posix_epoll.h"

#if defined(__linux__)

#include <unistd.h>

namespace whit {

PosixEpollBase::~PosixEpollBase() {
  if (epoll_ >= 0) close(epoll_);
}

bool PosixEpollBase::open_watch() {
  if (epoll_ < 0) epoll_ = epoll_create1(EPOLL_CLOEXEC);
  return epoll_ >= 0;
}

bool PosixEpollBase::watch(int descriptor, uint32_t tag, uint32_t generation) {
  struct epoll_event event = {};
  // EPOLLRDHUP tells an end that came together with bytes, without which a short read could not be trusted.
  // The others are only ever read, and an eventfd that was read would announce that it can be written.
  event.events = (tag < kListenerTag ? EPOLLIN | EPOLLOUT | EPOLLRDHUP : EPOLLIN) | EPOLLET;
  event.data.u64 = static_cast<uint64_t>(generation) << 32 | tag;
  return epoll_ctl(epoll_, EPOLL_CTL_ADD, descriptor, &event) == 0;
}

bool PosixEpollBase::fetch(int timeout_ms) {
  const int count = epoll_wait(epoll_, events_, kMaxEvents, timeout_ms);
  count_ = count < 0 ? 0 : count;  // EINTR: an early end of the wait, as with wake()
  return count_ > 0;
}

void PosixEpollBase::hand_out() {
  for (int i = 0; i < count_; ++i) {
    const auto tag = static_cast<uint32_t>(events_[i].data.u64);
    const auto generation = static_cast<uint32_t>(events_[i].data.u64 >> 32);
    if (tag == kWakeTag) {
      heard_wake();
    } else if (tag >= kListenerTag) {
      heard_listener(static_cast<uint8_t>(tag - kListenerTag));
    } else {
      const auto index = static_cast<uint16_t>(tag);
      const PosixSocket& heard = socket(index);
      // An index that was given to another connection meanwhile: the event is not about that one.
      if (!heard.in_use() || heard.generation() != generation) continue;
      heard_socket(index, (events_[i].events & (EPOLLRDHUP | EPOLLHUP | EPOLLERR)) != 0);
    }
  }
  count_ = 0;
}

}  // namespace whit

#endif
