// SPDX-License-Identifier: MIT
#include "posix_base.h"

#include <errno.h>
#include <limits.h>
#include <netdb.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include "posix_platform.h"

namespace whit {

namespace {

// The longest sleep after an accept() that found no descriptor or no memory: another program may have freed some.
constexpr uint32_t kAcceptPauseMs = 100;
// The longest sleep while a name waits for a place: nothing tells when a look-up that was given up has ended.
constexpr uint32_t kNamePauseMs = 100;

}  // namespace

PosixNetworkBase::PosixNetworkBase(const Storage& storage) : sockets_(storage.sockets), dials_(storage.dials) {
  count_ = storage.slots;
  dials_count_ = storage.names;
  queued_.attach(storage.links, storage.names);
}

PosixNetworkBase::~PosixNetworkBase() {
  for (uint8_t i = 0; i < kMaxListeners; ++i) unlisten(i);
  for (uint16_t i = 0; i < count_; ++i) sockets_[i].abort();
  close_wake();
}

void PosixNetworkBase::attach(IndexQueue* ready) {
  ready_ = ready;
  static_cast<void>(can_watch());  // without descriptors for now it is tried again by listen and connect
}

// false: a descriptor that is opened now could not be watched; error_ says why.
bool PosixNetworkBase::can_watch() {
  if (wake_[0] >= 0) return true;
  if (open_watch() && posix::open_wake(wake_) && watch(wake_[0], kWakeTag, 0)) return true;
  error_ = errno;
  close_wake();
  return false;
}

void PosixNetworkBase::close_wake() {
  if (wake_[0] >= 0) close(wake_[0]);
  if (wake_[1] >= 0 && wake_[1] != wake_[0]) close(wake_[1]);
  wake_[0] = wake_[1] = -1;
}

uint32_t PosixNetworkBase::now_ms() {
  struct timespec now = {};
  clock_gettime(CLOCK_MONOTONIC, &now);
  return static_cast<uint32_t>(static_cast<uint64_t>(now.tv_sec) * 1000 + static_cast<uint64_t>(now.tv_nsec) / 1000000);
}

uint32_t PosixNetworkBase::wait_ms(uint32_t loop_wait_ms) {
  const bool at_once = again_ || fetched_;
  again_ = false;
  if (at_once) return 0;
  uint32_t least_ms = loop_wait_ms;
  if (starving_ && least_ms > kAcceptPauseMs) least_ms = kAcceptPauseMs;
  if (!queued_.empty() && least_ms > kNamePauseMs) least_ms = kNamePauseMs;
  if (!expiring_) return least_ms;
  const auto left_ms = static_cast<int32_t>(expiry_ms_ - now_ms());
  if (left_ms <= 0) return 0;
  return least_ms > static_cast<uint32_t>(left_ms) ? static_cast<uint32_t>(left_ms) : least_ms;
}

uint32_t PosixNetworkBase::wait(uint32_t timeout_ms) {
  timeout_ms = wait_ms(timeout_ms);
  if (timeout_ms == 0) return now_ms();  // poll() calls fetch() by itself
  fetched_ = fetch(timeout_ms > INT_MAX ? -1 : static_cast<int>(timeout_ms));
  return now_ms();
}

void PosixNetworkBase::poll(uint32_t) {
  const bool news = fetched_ || fetch(0);
  fetched_ = false;
  if (news) hand_out();
  if (asking_ != 0) take_names();
  if (!queued_.empty()) start_names();
  if (expiring_) expire_addresses();
}

void PosixNetworkBase::wake() {
  const int error = errno;  // a signal handler must not change it
  if (wake_[1] >= 0) posix::write_wake(wake_[1]);
  errno = error;
}

void PosixNetworkBase::heard_wake() { posix::drain_wake(wake_[0]); }

bool PosixNetworkBase::watch_socket(uint16_t index) {
  return watch(sockets_[index].descriptor(), index, sockets_[index].generation());
}

void PosixNetworkBase::descriptor_freed() {
  starving_ = false;
  for (const Listener& each : listeners_) again_ = again_ || each.waiting;
}

Transport* PosixNetworkBase::connect(uint16_t index, Text host, uint16_t port, bool secure, Status* status) {
  *status = secure ? Status::kInvalidArgument : Status::kFailed;
  error_ = EINVAL;
  if (secure || port == 0) return nullptr;
  error_ = posix::kNoSuchName;
  posix::Target target;
  if (host.empty() || !target.set(host, port)) return nullptr;
  struct addrinfo* literal = nullptr;
  PosixDial* dial = nullptr;
  if (target.look_up(AI_NUMERICHOST, &literal) != 0) {
    error_ = posix::kOutOfMemory;
    dial = take_dial(index, target);
    if (dial == nullptr) return nullptr;
  }
  *status = Status::kOk;
  PosixSocket& socket = sockets_[index];
  socket.begin(this, index);
  if (!can_watch()) {
    if (literal != nullptr) freeaddrinfo(literal);
    if (dial != nullptr) release(dial);
    socket.fail_early(Layer::kConnect, error_);
    return &socket;
  }
  error_ = 0;
  if (dial == nullptr) {
    socket.dial(literal);
    freeaddrinfo(literal);
    return &socket;
  }
  socket.wait_for_name(dial);
  queued_.add(static_cast<uint16_t>(dial - dials_));
  start_names();
  return &socket;
}

PosixDial* PosixNetworkBase::take_dial(uint16_t index, const posix::Target& target) {
  for (uint16_t i = 0; i < dials_count_; ++i) {
    PosixDial& dial = dials_[i];
    if (dial.state != PosixDial::State::kFree) continue;
    dial.target = target;
    dial.index = index;
    dial.state = PosixDial::State::kQueued;
    return &dial;
  }
  return nullptr;
}

void PosixNetworkBase::release(PosixDial* dial) {
  if (dial->state == PosixDial::State::kAsking) {
    posix::cancel_lookup(this, dial->index);
    --asking_;
  }
  if (dial->addresses != nullptr) freeaddrinfo(dial->addresses);
  dial->addresses = nullptr;
  dial->state = PosixDial::State::kFree;
}

// As many as there are places for, the longest waiting first.
void PosixNetworkBase::start_names() {
  while (!queued_.empty()) {
    PosixDial& dial = dials_[queued_.first()];
    if (dial.state == PosixDial::State::kQueued) {
      posix::NameAnswer answer;
      const Status status = posix::start_lookup(this, dial.index, dial.target, &answer);
      if (status == Status::kNoSlot) return;
      if (status == Status::kOk) {
        sockets_[dial.index].name_answered(answer);
      } else if (status == Status::kWouldBlock) {
        dial.state = PosixDial::State::kAsking;
        ++asking_;
      } else {
        sockets_[dial.index].fail_early(Layer::kResolve, errno);
      }
    }
    queued_.take();
  }
}

void PosixNetworkBase::take_names() {
  posix::NameAnswer answer;
  while (posix::take_answer(this, &answer)) {
    --asking_;
    sockets_[answer.index].name_answered(answer);
  }
}

void PosixNetworkBase::limit_address(uint32_t until_ms) {
  if (!expiring_ || static_cast<int32_t>(until_ms - expiry_ms_) < 0) expiry_ms_ = until_ms;
  expiring_ = true;
}

void PosixNetworkBase::expire_addresses() {
  const uint32_t now = now_ms();
  if (static_cast<int32_t>(now - expiry_ms_) < 0) return;
  expiring_ = false;
  for (uint16_t i = 0; i < dials_count_; ++i) {
    if (dials_[i].state == PosixDial::State::kTrying) sockets_[dials_[i].index].expire_address(now);
  }
}

Status PosixNetworkBase::random(MutableBytes destination) {
  if (destination.size != kKeyBytes) {
    return posix::fill_random(destination.data, destination.size) ? Status::kOk : Status::kFailed;
  }
  if (keys_left_ == 0) {
    if (!posix::fill_random(keys_, sizeof keys_)) return Status::kFailed;
    keys_left_ = kStockedKeys;
  }
  --keys_left_;
  memcpy(destination.data, keys_ + keys_left_ * kKeyBytes, kKeyBytes);
  return Status::kOk;
}

}  // namespace whit
