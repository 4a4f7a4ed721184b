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
  // `polled` and `tags` have kOthers elements more than there are slots.
  PosixPollBase(const Storage& storage, struct pollfd* polled, uint32_t* tags)
      : PosixNetworkBase(storage), polled_(polled), tags_(tags) {}
  ~PosixPollBase() = default;

  bool fetch(int timeout_ms) override;
  void hand_out() override;
  bool open_watch() override;
  bool watch(int descriptor, uint32_t tag, uint32_t generation) override;

 private:
  void poll_for(int descriptor, uint32_t tag, bool input, bool output);
  void hand_out_socket(uint16_t index, const struct pollfd& heard);

  struct pollfd* polled_;
  uint32_t* tags_;      // of each: see kListenerTag
  uint32_t count_ = 0;  // how many there are at present
};

template <uint16_t kSlots, uint16_t kNames>
struct PosixPolled : PosixArrays<kSlots, kNames> {
  struct pollfd polled[kSlots + PosixPollBase::kOthers];
  uint32_t tags[kSlots + PosixPollBase::kOthers];
};

template <uint16_t kSlots, uint16_t kNames = posix_names_for(kSlots)>
class PosixPollNetwork final : private PosixPolled<kSlots, kNames>, public PosixPollBase {
 public:
  PosixPollNetwork()
      : PosixPollBase({this->sockets, this->dials, this->links, kSlots, kNames}, this->polled, this->tags) {}
};

}  // namespace whit
