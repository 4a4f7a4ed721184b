// SPDX-License-Identifier: MIT
// PosixPollNetwork: the POSIX network where there is no epoll. poll() is level-triggered, so a socket is asked about
// only while the loop waits for it: after a read that found nothing more, or a write that found no room. Each turn
// costs time in proportion to the number of slots.
#pragma once

#include <poll.h>
#include <stdint.h>

#include "posix_base.h"

namespace whit {

class PosixPollBase : public PosixNetworkBase {
 public:
  // Descriptors besides the sockets: the listeners and wake().
  static constexpr uint16_t kOthers = kMaxListeners + 1;

 protected:
  // `polled` has count + kOthers elements.
  PosixPollBase(PosixSocket* sockets, struct pollfd* polled, uint16_t count);
  ~PosixPollBase() = default;

  bool fetch(int timeout_ms) override;
  void hand_out() override;
  bool open_watch() override;
  bool watch(int descriptor, uint32_t tag, uint32_t generation) override;

 private:
  uint32_t wake_position() const { return static_cast<uint32_t>(capacity()) + kMaxListeners; }

  struct pollfd* polled_;
};

template <uint16_t kSlots>
struct PosixPolled {
  static_assert(kSlots > 0 && kSlots < IndexLine::kNone, "at least one slot");

  PosixSocket sockets[kSlots];
  struct pollfd polled[kSlots + PosixPollBase::kOthers];
};

template <uint16_t kSlots>
class PosixPollNetwork final : private PosixPolled<kSlots>, public PosixPollBase {
 public:
  PosixPollNetwork() : PosixPollBase(this->sockets, this->polled, kSlots) {}
};

}  // namespace whit
