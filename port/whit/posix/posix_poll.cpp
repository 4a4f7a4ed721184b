// SPDX-License-Identifier: MIT
#include "posix_poll.h"

namespace whit {

bool PosixPollBase::open_watch() { return true; }

bool PosixPollBase::watch(int, uint32_t, uint32_t) {
  return true;  // fetch() finds it by itself
}

void PosixPollBase::poll_for(int descriptor, uint32_t tag, bool input, bool output) {
  if (descriptor < 0 || !(input || output)) return;
  struct pollfd one = {};
  one.fd = descriptor;
  one.events = static_cast<short>((input ? POLLIN : 0) | (output ? POLLOUT : 0));
  polled_[count_] = one;
  tags_[count_++] = tag;
}

bool PosixPollBase::fetch(int timeout_ms) {
  // Without gaps: systems refuse more elements than a process may have descriptors, even if most are to be ignored.
  count_ = 0;
  for (uint16_t i = 0; i < capacity(); ++i) {
    const PosixSocket& each = socket(i);
    poll_for(each.descriptor(), i, each.read_armed(), each.write_armed());
  }
  for (uint8_t i = 0; i < kMaxListeners; ++i)
    poll_for(listener(i).descriptor, kListenerTag + i, !listener(i).waiting, false);
  poll_for(wake_descriptor(), kWakeTag, true, false);
  return ::poll(polled_, static_cast<nfds_t>(count_), timeout_ms) > 0;  // EINTR: an early end of the wait
}

void PosixPollBase::hand_out() {
  for (uint32_t i = 0; i < count_; ++i) {
    const short news = polled_[i].revents;
    if (news == 0) continue;
    if (tags_[i] == kWakeTag) {
      heard_wake();
    } else if (tags_[i] >= kListenerTag) {
      heard_listener(static_cast<uint8_t>(tags_[i] - kListenerTag));
    } else {
      hand_out_socket(static_cast<uint16_t>(tags_[i]), polled_[i]);
    }
  }
  count_ = 0;
}

void PosixPollBase::hand_out_socket(uint16_t index, const struct pollfd& heard) {
  // Another descriptor: the index was given to another connection after fetch(). One that has the same number by
  // chance is announced for nothing, which costs it one look.
  if (heard.fd != socket(index).descriptor()) return;
  const bool ending = (heard.revents & (POLLHUP | POLLERR | POLLNVAL)) != 0;
  if (ending || (heard.revents & POLLIN) != 0) socket(index).disarm_read();
  if (ending || (heard.revents & POLLOUT) != 0) socket(index).disarm_write();
  heard_socket(index, ending);
}

}  // namespace whit
