// SPDX-License-Identifier: MIT
#include "posix_base.h"

#include <errno.h>
#include <limits.h>
#include <netdb.h>
#include <netinet/in.h>
#include <poll.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include "posix_platform.h"

namespace whit {

namespace {

// The longest sleep after an accept() that found no descriptor or no memory: another program may have freed some.
constexpr uint32_t kAcceptPauseMs = 100;
// Connections that failed while they waited are skipped, at most so many in one call.
constexpr int kMaxSkipped = 16;
// The longest sleep while a name waits for a place: nothing tells when a look-up that was given up has ended.
constexpr uint32_t kNamePauseMs = 100;

uint16_t port_of(int descriptor) {
  struct sockaddr_storage own = {};
  socklen_t size = sizeof own;
  if (getsockname(descriptor, reinterpret_cast<struct sockaddr*>(&own), &size) != 0) return 0;
  return posix::to_address(own).port;
}

bool bind_and_listen(int descriptor, const struct addrinfo& address, bool shared) {
  const int on = 1;
  const int off = 0;
  if (setsockopt(descriptor, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on) != 0) return false;
  if (shared && setsockopt(descriptor, SOL_SOCKET, SO_REUSEPORT, &on, sizeof on) != 0) return false;
  if (address.ai_family == AF_INET6) {
    // "::" takes IPv4 as well. Systems differ in the default, and some allow no choice.
    static_cast<void>(setsockopt(descriptor, IPPROTO_IPV6, IPV6_V6ONLY, &off, sizeof off));
  }
  if (bind(descriptor, address.ai_addr, address.ai_addrlen) != 0) return false;
  return ::listen(descriptor, SOMAXCONN) == 0;
}

// accept(2): the machine or the process has no room for any connection. Every other error belongs to one connection,
// which is gone: Linux hands out the errors of the network that are pending on a new socket (EPROTO, EHOSTUNREACH,
// ...).
bool is_shortage(int error) { return error == EMFILE || error == ENFILE || error == ENOBUFS || error == ENOMEM; }

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
  const uint64_t one = 1;   // an eventfd takes eight bytes
  if (wake_[1] >= 0 && write(wake_[1], &one, sizeof one) < 0) {
    // Full: it wakes already.
  }
  errno = error;
}

void PosixNetworkBase::heard_wake() {
  uint8_t sink[64];
  if (::read(wake_[0], sink, sizeof sink) < 0) {
    // Taken already.
  }
}

bool PosixNetworkBase::watch_socket(uint16_t index) {
  return watch(sockets_[index].descriptor(), index, sockets_[index].generation());
}

Status PosixNetworkBase::listen_error(int error) {
  error_ = error;
  if (error == EADDRINUSE) return Status::kInUse;
  if (error == EADDRNOTAVAIL) return Status::kInvalidArgument;
  return Status::kFailed;
}

Status PosixNetworkBase::open_listener(Listener& listener, const struct addrinfo& address) {
  const int descriptor = posix::open_socket(address.ai_family);
  if (descriptor < 0) return listen_error(errno);
  const auto number = static_cast<uint32_t>(&listener - listeners_);
  listener.port = bind_and_listen(descriptor, address, shares_ports_) ? port_of(descriptor) : 0;
  if (listener.port == 0 || !watch(descriptor, kListenerTag + number, 0)) {
    const Status status = listen_error(errno);
    listener.port = 0;
    close(descriptor);
    return status;
  }
  listener.descriptor = descriptor;
  listener.waiting = false;
  error_ = 0;
  return Status::kOk;
}

Status PosixNetworkBase::listen(uint8_t listener, Text address, uint16_t port, bool secure) {
  posix::Target target;
  error_ = EINVAL;
  if (secure || listener >= kMaxListeners || listeners_[listener].descriptor >= 0) return Status::kInvalidArgument;
  const bool any = address.empty();
  if (!target.set(any ? Text("::") : address, port)) return Status::kInvalidArgument;
  struct addrinfo* found = nullptr;
  error_ = target.look_up(AI_NUMERICHOST | AI_PASSIVE, &found);
  if (error_ != 0) return error_ == posix::kNoSuchName ? Status::kInvalidArgument : Status::kFailed;
  if (!can_watch()) {
    freeaddrinfo(found);
    return Status::kFailed;
  }
  Status status = open_listener(listeners_[listener], *found);
  freeaddrinfo(found);
  // "In use" is an answer. Anything else may be a machine without IPv6.
  if (!any || status == Status::kOk || status == Status::kInUse) return status;
  (void)target.set("0.0.0.0", port);
  if (target.look_up(AI_NUMERICHOST | AI_PASSIVE, &found) != 0) return status;
  status = open_listener(listeners_[listener], *found);
  freeaddrinfo(found);
  return status;
}

uint16_t PosixNetworkBase::listening_port(uint8_t listener) const {
  return listener < kMaxListeners ? listeners_[listener].port : 0;
}

void PosixNetworkBase::unlisten(uint8_t listener) {
  if (listener >= kMaxListeners || listeners_[listener].descriptor < 0) return;
  close(listeners_[listener].descriptor);
  listeners_[listener] = Listener();
  starving_ = false;
}

// -1: no connection waits, or none can be taken now.
int PosixNetworkBase::accept_descriptor(Listener& listener) {
  for (int i = 0; i < kMaxSkipped; ++i) {
    const int descriptor = posix::accept_socket(listener.descriptor);
    if (descriptor >= 0) {
      starving_ = false;
      return descriptor;
    }
    if (posix::would_block(errno)) {
      listener.waiting = false;
      return -1;
    }
    if (is_shortage(errno)) break;
  }
  // The listener stays ready and is asked again after a pause (see wait()), or as soon as a descriptor of ours becomes
  // free. There is no further event for the connections that wait already.
  starving_ = true;
  return -1;
}

Transport* PosixNetworkBase::accept(uint8_t listener, uint16_t index) {
  if (listener >= kMaxListeners || !listeners_[listener].waiting) return nullptr;
  const int descriptor = accept_descriptor(listeners_[listener]);
  if (descriptor < 0) return nullptr;
  sockets_[index].begin(this, index);
  sockets_[index].take(descriptor);
  if (watch_socket(index)) return &sockets_[index];
  sockets_[index].abort();
  return nullptr;
}

// The kernel says when a listener becomes ready, but not when its last one has gone.
bool PosixNetworkBase::waiting(uint8_t listener) {
  if (listener >= kMaxListeners || !listeners_[listener].waiting) return false;
  struct pollfd one = {listeners_[listener].descriptor, POLLIN, 0};
  listeners_[listener].waiting = ::poll(&one, 1, 0) != 0;
  return listeners_[listener].waiting;
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
      const Status status = posix::start_lookup(this, dial.index, dial.target);
      if (status == Status::kNoSlot) return;
      if (status == Status::kOk) {
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
