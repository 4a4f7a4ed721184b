// SPDX-License-Identifier: MIT
#include "posix_poll.h"

namespace whit {

namespace {

// poll() leaves out what has a negative descriptor.
struct pollfd asked(int descriptor, bool input, bool output) {
  struct pollfd one = {};
  one.events = static_cast<short>((input ? POLLIN : 0) | (output ? POLLOUT : 0));
  one.fd = one.events != 0 ? descriptor : -1;
  return one;
}

}  // namespace

PosixPollBase::PosixPollBase(PosixSocket* sockets, struct pollfd* polled, uint16_t count)
    : PosixNetworkBase(sockets, count), polled_(polled) {}

bool PosixPollBase::open_watch() { return true; }

bool PosixPollBase::watch(int, uint32_t, uint32_t) {
  return true;  // fetch() finds it by itself
}

bool PosixPollBase::fetch(int timeout_ms) {
  struct pollfd* next = polled_;
  for (uint16_t i = 0; i < capacity(); ++i) {
    const PosixSocket& each = socket(i);
    *next++ = asked(each.descriptor(), each.read_armed(), each.write_armed());
  }
  for (uint8_t i = 0; i < kMaxListeners; ++i) *next++ = asked(listener(i).descriptor, !listener(i).waiting, false);
  *next++ = asked(wake_descriptor(), true, false);
  const int count = ::poll(polled_, static_cast<nfds_t>(next - polled_), timeout_ms);
  return count > 0;  // EINTR: an early end of the wait
}

void PosixPollBase::hand_out() {
  for (uint16_t i = 0; i < capacity(); ++i) {
    const short news = polled_[i].revents;
    // Another descriptor: the index was given to another connection after fetch().
    if (news == 0 || polled_[i].fd != socket(i).descriptor()) continue;
    const bool ending = (news & (POLLHUP | POLLERR | POLLNVAL)) != 0;
    if (ending || (news & POLLIN) != 0) socket(i).disarm_read();
    if (ending || (news & POLLOUT) != 0) socket(i).disarm_write();
    heard_socket(i, ending);
  }
  for (uint8_t i = 0; i < kMaxListeners; ++i) {
    if (polled_[capacity() + i].revents != 0) heard_listener(i);
  }
  if (polled_[wake_position()].revents != 0) heard_wake();
}

}  // namespace whit
