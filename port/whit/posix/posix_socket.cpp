// SPDX-License-Identifier: MIT
#include "posix_socket.h"

#include <errno.h>
#include <netdb.h>
#include <poll.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "posix_base.h"
#include "posix_platform.h"
#include "whit/config.h"

namespace whit {

namespace {

// The error of the connection that no call has reported yet.
int pending_error(int descriptor) {
  int error = 0;
  socklen_t size = sizeof error;
  return getsockopt(descriptor, SOL_SOCKET, SO_ERROR, &error, &size) != 0 ? errno : error;
}

// -1: still connecting; 0: connected; else errno.
int connect_result(int descriptor) {
  struct pollfd one = {descriptor, POLLOUT, 0};
  const int ready = poll(&one, 1, 0);
  if (ready == 0) return -1;
  return ready > 0 ? pending_error(descriptor) : errno;
}

// RFC 8305, 4: the families alternate, beginning with the one that the system prefers, and each keeps its order. So a
// machine without a way to one family reaches the other with its second attempt.
struct addrinfo* alternate_families(struct addrinfo* list) {
  const int first_family = list != nullptr ? list->ai_family : AF_UNSPEC;
  struct addrinfo* families[2] = {};
  struct addrinfo** ends[2] = {&families[0], &families[1]};
  for (; list != nullptr; list = list->ai_next) {
    const int which = list->ai_family == first_family ? 0 : 1;
    *ends[which] = list;
    ends[which] = &list->ai_next;
  }
  *ends[0] = *ends[1] = nullptr;
  struct addrinfo* result = nullptr;
  struct addrinfo** end = &result;
  for (int which = 0; families[0] != nullptr || families[1] != nullptr; which = 1 - which) {
    struct addrinfo* const next = families[which];
    if (next == nullptr) continue;
    families[which] = next->ai_next;
    next->ai_next = nullptr;
    *end = next;
    end = &next->ai_next;
  }
  return result;
}

// TCP lets a socket connect to itself when the kernel happens to choose the destination as its own port, which happens
// on loopback while the server is away.
bool is_connected_to_itself(int descriptor) {
  struct sockaddr_storage own = {};
  struct sockaddr_storage peer = {};
  socklen_t own_size = sizeof own;
  socklen_t peer_size = sizeof peer;
  if (getsockname(descriptor, reinterpret_cast<struct sockaddr*>(&own), &own_size) != 0) return false;
  if (getpeername(descriptor, reinterpret_cast<struct sockaddr*>(&peer), &peer_size) != 0) return false;
  return own_size == peer_size && memcmp(&own, &peer, own_size) == 0;
}

}  // namespace

void PosixSocket::begin(PosixNetworkBase* network, uint16_t index) {
  network_ = network;
  index_ = index;
  ++generation_;
  error_ = 0;
  opened_ = read_armed_ = write_armed_ = ending_ = ended_ = finished_ = false;
}

void PosixSocket::take(int descriptor) {
  descriptor_ = descriptor;
  state_ = State::kOpen;
  opened_ = true;
  read_armed_ = true;
}

void PosixSocket::fail_early(Layer layer, int32_t error) {
  drop_dial();
  state_ = layer == Layer::kResolve ? State::kUnresolved : State::kFailed;
  error_ = error;
  network_->announce(index_);
}

void PosixSocket::dial(const struct addrinfo* address) {
  state_ = State::kConnecting;
  if (start(*address)) return;
  const int error = errno;
  close_descriptor();
  fail_early(Layer::kConnect, error);
}

void PosixSocket::wait_for_name(PosixDial* dial) {
  dial_ = dial;
  state_ = State::kResolving;
}

void PosixSocket::name_answered(const posix::NameAnswer& answer) {
  dial_->state = PosixDial::State::kTrying;
  if (answer.error != 0) {
    fail_early(Layer::kResolve, answer.error);
    return;
  }
  dial_->addresses = alternate_families(answer.addresses);
  dial_next();
  network_->announce(index_);
}

// Goes on with the next address that can be tried; without one the last error stands. An address has a time of its own
// only while another one is left.
void PosixSocket::dial_next() {
  state_ = State::kConnecting;
  while (dial_ != nullptr) {
    struct addrinfo* const address = dial_->addresses;
    dial_->addresses = address->ai_next;
    address->ai_next = nullptr;  // any part of the list may be freed by itself
    const bool started = start(*address);
    if (!started) error_ = errno;
    freeaddrinfo(address);
    if (dial_->addresses == nullptr) drop_dial();
    if (started) {
      limit_address();
      return;
    }
    close_descriptor();
  }
  fail_early(Layer::kConnect, error_);
}

void PosixSocket::limit_address() {
  if (dial_ == nullptr) return;
  dial_->since_ms = PosixNetworkBase::now_ms();
  network_->limit_address(dial_->since_ms + config::kAddressTimeoutMs);
}

// One that is connected, or has failed, is announced and goes on in progress().
void PosixSocket::expire_address(uint32_t now_ms) {
  if (connect_result(descriptor_) >= 0) return;
  if (now_ms - dial_->since_ms < config::kAddressTimeoutMs) {
    network_->limit_address(dial_->since_ms + config::kAddressTimeoutMs);
    return;
  }
  error_ = ETIMEDOUT;
  close_descriptor();
  dial_next();
  network_->announce(index_);
}

bool PosixSocket::start(const struct addrinfo& address) {
  ++generation_;
  descriptor_ = posix::open_socket(address.ai_family);
  if (descriptor_ < 0) return false;
  int result = 0;
  do {
    result = ::connect(descriptor_, address.ai_addr, address.ai_addrlen);
  } while (result != 0 && errno == EINTR);
  if (result != 0 && errno != EINPROGRESS && errno != EISCONN && errno != EALREADY) return false;
  // Watched only now: an unconnected socket would be announced as hung up.
  write_armed_ = true;
  return network_->watch_socket(index_);
}

Progress PosixSocket::progress() {
  if (state_ == State::kConnecting) {
    const int error = connect_result(descriptor_);
    if (error < 0) {
      write_armed_ = true;
      return {Layer::kConnect, Status::kWouldBlock};
    }
    if (error == 0 && !is_connected_to_itself(descriptor_)) {
      drop_dial();
      error_ = 0;
      state_ = State::kOpen;
      opened_ = true;
      read_armed_ = true;
      return {Layer::kOpen, Status::kOk};
    }
    error_ = error == 0 ? ECONNREFUSED : error;
    close_descriptor();
    dial_next();
    if (state_ == State::kConnecting) return {Layer::kConnect, Status::kWouldBlock};
  }
  if (state_ == State::kOpen) return {Layer::kOpen, Status::kOk};
  if (state_ == State::kResolving) return {Layer::kResolve, Status::kWouldBlock};
  if (state_ == State::kUnresolved) return {Layer::kResolve, Status::kFailed};
  return {opened_ ? Layer::kOpen : Layer::kConnect, Status::kFailed};
}

Status PosixSocket::fail(int32_t error) {
  error_ = error;
  state_ = State::kFailed;
  return Status::kFailed;
}

Transfer PosixSocket::read(MutableBytes destination) {
  if (ended_) return {Status::kClosed, 0};
  if (state_ != State::kOpen) return {Status::kFailed, 0};
  ssize_t size = 0;
  do {
    size = recv(descriptor_, destination.data, destination.size, 0);
  } while (size < 0 && errno == EINTR);
  if (size <= 0) return {nothing_read(size), 0};
  if (static_cast<size_t>(size) < destination.size) {
    // The loop now waits for an announcement. The one for an end or an error that came together with these bytes
    // has been used up, so it is repeated.
    read_armed_ = true;
    if (ending_) network_->announce(index_);
  }
  return {Status::kOk, static_cast<size_t>(size)};
}

Status PosixSocket::nothing_read(ssize_t result) {
  if (result == 0) {
    ended_ = true;
    return Status::kClosed;
  }
  if (!posix::would_block(errno)) return fail(errno);
  read_armed_ = true;
  return Status::kWouldBlock;
}

Transfer PosixSocket::write(Bytes source) {
  if (state_ != State::kOpen) return {Status::kFailed, 0};
  ssize_t size = 0;
  do {
    size = send(descriptor_, source.data, source.size, posix::kSendFlags);
  } while (size < 0 && errno == EINTR);
  if (size > 0) return {Status::kOk, static_cast<size_t>(size)};
  if (size < 0 && !posix::would_block(errno)) return {fail(errno), 0};
  write_armed_ = true;
  return {Status::kWouldBlock, 0};
}

Status PosixSocket::finish() {
  if (state_ != State::kOpen) return Status::kFailed;
  if (finished_) return Status::kOk;
  if (shutdown(descriptor_, SHUT_WR) != 0) {
    const int error = errno;  // "not connected", of a connection that the peer has reset
    const int pending = pending_error(descriptor_);
    return fail(pending != 0 ? pending : error);
  }
  finished_ = true;
  return Status::kOk;
}

uint32_t PosixSocket::unacknowledged() const { return opened_ ? posix::unacknowledged(descriptor_) : 0; }

void PosixSocket::abort() {
  if (state_ == State::kFree) return;
  if (opened_ && !(finished_ && ended_)) {
    // close() alone would go on sending in the background; a linger time of zero resets.
    const struct linger at_once = {1, 0};
    static_cast<void>(setsockopt(descriptor_, SOL_SOCKET, SO_LINGER, &at_once, sizeof at_once));
  }
  close_descriptor();
  drop_dial();
  state_ = State::kFree;
  network_->descriptor_freed();
}

Address PosixSocket::remote() const {
  struct sockaddr_storage peer = {};
  socklen_t size = sizeof peer;
  if (descriptor_ < 0 || getpeername(descriptor_, reinterpret_cast<struct sockaddr*>(&peer), &size) != 0) {
    return Address();
  }
  return posix::to_address(peer);
}

// Closing takes the descriptor out of epoll. Not repeated after EINTR: on Linux it is closed by then.
void PosixSocket::close_descriptor() {
  if (descriptor_ >= 0) close(descriptor_);
  descriptor_ = -1;
}

void PosixSocket::drop_dial() {
  if (dial_ != nullptr) network_->release(dial_);
  dial_ = nullptr;
}

}  // namespace whit
