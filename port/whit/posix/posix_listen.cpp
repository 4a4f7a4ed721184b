// SPDX-License-Identifier: MIT
// Listening and accepting.
#include <errno.h>
#include <netdb.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include "posix_base.h"
#include "posix_platform.h"

namespace whit {

namespace {

// Connections that failed while they waited are skipped, at most so many in one call.
constexpr int kMaxSkipped = 16;

uint16_t port_of(int descriptor) {
  struct sockaddr_storage own = {};
  socklen_t size = sizeof own;
  if (getsockname(descriptor, reinterpret_cast<struct sockaddr*>(&own), &size) != 0) return 0;
  return posix::to_address(own).port;
}

bool bind_and_listen(int descriptor, const struct addrinfo& address, bool shared) {
  const int on = 1;
  if (setsockopt(descriptor, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on) != 0) return false;
  if (shared && !posix::share_port(descriptor)) return false;
  if (posix::is_ipv6(address.ai_family)) posix::accept_ipv4_too(descriptor);  // "::"
  if (bind(descriptor, address.ai_addr, address.ai_addrlen) != 0) return false;
  return ::listen(descriptor, posix::kBacklog) == 0;
}

// accept(2): the machine or the process has no room for any connection. Every other error belongs to one connection,
// which is gone: Linux hands out the errors of the network that are pending on a new socket (EPROTO, EHOSTUNREACH,
// ...).
bool is_shortage(int error) { return error == EMFILE || error == ENFILE || error == ENOBUFS || error == ENOMEM; }

}  // namespace

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
  error_ = EINVAL;
  if (secure || listener >= kMaxListeners || listeners_[listener].descriptor >= 0) return Status::kInvalidArgument;
  if (!address.empty()) return listen_at(listeners_[listener], address, port);
  const Status status = listen_at(listeners_[listener], "::", port);
  // "In use" is an answer. Anything else may be a machine without IPv6.
  if (status == Status::kOk || status == Status::kInUse) return status;
  return listen_at(listeners_[listener], "0.0.0.0", port);
}

Status PosixNetworkBase::listen_at(Listener& listener, Text address, uint16_t port) {
  posix::Target target;
  error_ = EINVAL;
  if (!target.set(address, port)) return Status::kInvalidArgument;
  struct addrinfo* found = nullptr;
  error_ = target.look_up(AI_NUMERICHOST | AI_PASSIVE, &found);
  if (error_ != 0) return error_ == posix::kNoSuchName ? Status::kInvalidArgument : Status::kFailed;
  const Status status = can_watch() ? open_listener(listener, *found) : Status::kFailed;
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

}  // namespace whit
