// SPDX-License-Identifier: MIT
// PosixEpollNetwork: the POSIX network on Linux. Every socket is registered once, edge-triggered, with its index as the
// tag: ten thousand idle connections cost nothing, and no system call is spent on changes of the set.
#pragma once

#if defined(__linux__)

#include <stdint.h>
#include <sys/epoll.h>

#include "posix_base.h"

namespace whit {

class PosixEpollBase : public PosixNetworkBase {
 public:
  // For a program with an event loop of its own (epoll, asio, libuv, GLib, ...): readable when the loop has something
  // to do; wait_ms() says how long it may sleep otherwise. Only to be watched, level-triggered; -1 before
  // Loop::start(), and while there is no descriptor left. tests/peers/event_loops has a program for each.
  int descriptor() const { return epoll_; }

 protected:
  explicit PosixEpollBase(const Storage& storage) : PosixNetworkBase(storage) {}
  ~PosixEpollBase();

  bool fetch(int timeout_ms) override;
  void hand_out() override;
  bool open_watch() override;
  bool watch(int descriptor, uint32_t tag, uint32_t generation) override;

 private:
  // Events that one poll() hands out at most; further ones stay in the kernel and come with the next.
  static constexpr int kMaxEvents = 256;

  int epoll_ = -1;
  int count_ = 0;
  struct epoll_event events_[kMaxEvents];
};

template <uint16_t kSlots, uint16_t kNames = posix_names_for(kSlots)>
class PosixEpollNetwork final : private PosixArrays<kSlots, kNames>, public PosixEpollBase {
 public:
  PosixEpollNetwork() : PosixEpollBase({this->sockets, this->dials, this->links, kSlots, kNames}) {}
};

}  // namespace whit

#endif
