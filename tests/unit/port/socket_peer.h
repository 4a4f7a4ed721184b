// SPDX-License-Identifier: MIT
// SocketPeer: the far end of a connection as a plain socket of this machine, for tests of ports that reach it.
#pragma once

#include <arpa/inet.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <poll.h>
#include <stdint.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cerrno>
#include <memory>
#include <string>

namespace whit {

class SocketPeer {
 public:
  explicit SocketPeer(int descriptor) : descriptor_(descriptor) { fcntl(descriptor, F_SETFL, O_NONBLOCK); }
  SocketPeer(const SocketPeer&) = delete;
  SocketPeer& operator=(const SocketPeer&) = delete;
  ~SocketPeer() {
    if (descriptor_ >= 0) ::close(descriptor_);
  }

  // Connects to 127.0.0.1, which completes at once for a listener with room in its backlog. nullptr: refused.
  // `receive_bytes`: the size of its kernel's buffer; 0: the kernel chooses, and changes it.
  template <class Peer = SocketPeer>
  static std::unique_ptr<Peer> dial(uint16_t port, int receive_bytes = 0) {
    const int descriptor = socket(AF_INET, SOCK_STREAM, 0);
    set_receive_bytes(descriptor, receive_bytes);
    const sockaddr_in address = loopback(port);
    if (connect(descriptor, reinterpret_cast<const sockaddr*>(&address), sizeof address) != 0) {
      ::close(descriptor);
      return nullptr;
    }
    return std::make_unique<Peer>(descriptor);
  }

  // Before it is connected, because the peer's segments follow from it.
  static void set_receive_bytes(int descriptor, int bytes) {
    if (bytes != 0) setsockopt(descriptor, SOL_SOCKET, SO_RCVBUF, &bytes, sizeof bytes);
  }

  static sockaddr_in loopback(uint16_t port) {
    sockaddr_in address = {};
    address.sin_family = AF_INET;
    address.sin_port = htons(port);
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    return address;
  }

  bool send(const std::string& text) {
    outbox_ += text;
    flush();
    return true;
  }

  // Sends what did not fit before.
  void flush() {
    while (!outbox_.empty()) {
      const ssize_t sent = ::send(descriptor_, outbox_.data(), outbox_.size(), MSG_NOSIGNAL);
      if (sent <= 0) break;
      outbox_.erase(0, static_cast<size_t>(sent));
    }
    if (outbox_.empty() && closing_) shutdown(descriptor_, SHUT_WR);
  }

  std::string take() {
    flush();
    std::string text;
    char chunk[8192];
    while (reading_) {
      const ssize_t got = recv(descriptor_, chunk, sizeof chunk, 0);
      if (got == 0) ended_ = true;
      if (got < 0 && is_reset(errno)) reset_ = true;
      if (got <= 0) break;
      text.append(chunk, static_cast<size_t>(got));
    }
    return text;
  }

  bool ended() {
    char byte;
    return ended_ || (ended_ = recv(descriptor_, &byte, 1, MSG_PEEK) == 0);
  }

  bool was_reset() {
    char byte;
    if (!reset_ && recv(descriptor_, &byte, 1, MSG_PEEK) < 0 && is_reset(errno)) reset_ = true;
    return reset_;
  }

  void close() {
    closing_ = true;
    flush();
  }

  void reset() {
    const linger at_once = {1, 0};
    setsockopt(descriptor_, SOL_SOCKET, SO_LINGER, &at_once, sizeof at_once);
    ::close(descriptor_);
    descriptor_ = -1;
  }

  void stop_reading() { reading_ = false; }
  void start_reading() { reading_ = true; }
  int descriptor() const { return descriptor_; }

 private:
  // lwIP reports an end, and a reset, once, and then that the socket is not connected.
  static bool is_reset(int error) { return error != EAGAIN && error != ENOTCONN; }

  int descriptor_;
  std::string outbox_;
  bool closing_ = false;
  bool reading_ = true;
  bool ended_ = false;
  bool reset_ = false;
};

// A listener of this machine, at 127.0.0.1.
class SocketListener {
 public:
  SocketListener() : descriptor_(socket(AF_INET, SOCK_STREAM, 0)) {
    sockaddr_in address = SocketPeer::loopback(0);
    socklen_t size = sizeof address;
    bind(descriptor_, reinterpret_cast<const sockaddr*>(&address), size);
    getsockname(descriptor_, reinterpret_cast<sockaddr*>(&address), &size);
    port_ = ntohs(address.sin_port);
  }
  SocketListener(const SocketListener&) = delete;
  SocketListener& operator=(const SocketListener&) = delete;
  ~SocketListener() { ::close(descriptor_); }

  // `receive_bytes`: see SocketPeer::dial().
  void listen(int receive_bytes = 0) {
    SocketPeer::set_receive_bytes(descriptor_, receive_bytes);
    fcntl(descriptor_, F_SETFL, O_NONBLOCK);
    ::listen(descriptor_, 16);
  }
  uint16_t port() const { return port_; }

  template <class Peer = SocketPeer>
  std::unique_ptr<Peer> accept() {
    const int descriptor = ::accept(descriptor_, nullptr, nullptr);
    return descriptor < 0 ? nullptr : std::make_unique<Peer>(descriptor);
  }

 private:
  int descriptor_;
  uint16_t port_ = 0;
};

}  // namespace whit
