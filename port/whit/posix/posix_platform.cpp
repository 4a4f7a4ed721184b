// SPDX-License-Identifier: MIT
#include "posix_platform.h"

#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <string.h>
#include <unistd.h>

// The portable half is built on Linux as well, for the tests.
#if defined(__linux__) && !defined(WHIT_POSIX_PORTABLE)
#define WHIT_POSIX_LINUX
#include <linux/sockios.h>
#include <sys/eventfd.h>
#include <sys/ioctl.h>
#include <sys/random.h>
#endif

namespace whit::posix {

namespace {

// So many bytes may wait unsent in the kernel. It would take megabytes, and announce room only when a third of them has
// gone, which on a slow link is longer than any deadline; a ping or the next message would wait behind all of them.
[[maybe_unused]] constexpr int kMostUnsent = 512 * 1024;

// Small frames must leave at once; the loop already gathers the output of a turn.
void tune(int descriptor) {
  const int on = 1;
  static_cast<void>(setsockopt(descriptor, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on));
#if defined(TCP_NOTSENT_LOWAT)
  static_cast<void>(setsockopt(descriptor, IPPROTO_TCP, TCP_NOTSENT_LOWAT, &kMostUnsent, sizeof kMostUnsent));
#endif
#if defined(SO_NOSIGPIPE)
  static_cast<void>(setsockopt(descriptor, SOL_SOCKET, SO_NOSIGPIPE, &on, sizeof on));
#endif
}

// -1 stays -1; a descriptor that cannot be prepared is closed.
[[maybe_unused]] int prepared(int descriptor) {
  if (descriptor < 0 || prepare(descriptor)) return descriptor;
  const int error = errno;
  close(descriptor);
  errno = error;
  return -1;
}

}  // namespace

bool prepare(int descriptor) {
  const int flags = fcntl(descriptor, F_GETFL);
  if (flags < 0 || fcntl(descriptor, F_SETFL, flags | O_NONBLOCK) < 0) return false;
  return fcntl(descriptor, F_SETFD, FD_CLOEXEC) == 0;
}

Address to_address(const struct sockaddr_storage& from) {
  Address address;
  if (from.ss_family == AF_INET) {
    struct sockaddr_in v4;
    memcpy(&v4, &from, sizeof v4);
    memcpy(address.bytes, &v4.sin_addr, 4);
    address.size = 4;
    address.port = ntohs(v4.sin_port);
  } else if (from.ss_family == AF_INET6) {
    struct sockaddr_in6 v6;
    memcpy(&v6, &from, sizeof v6);
    const bool mapped = IN6_IS_ADDR_V4MAPPED(&v6.sin6_addr);
    address.size = mapped ? 4 : 16;
    memcpy(address.bytes, v6.sin6_addr.s6_addr + (mapped ? 12 : 0), address.size);
    address.port = ntohs(v6.sin6_port);
  }
  return address;
}

#if defined(WHIT_POSIX_LINUX)

int open_socket(int family) {
  const int descriptor = socket(family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
  if (descriptor >= 0) tune(descriptor);
  return descriptor;
}

// Linux gives it the listener's options of TCP.
int accept_socket(int listener) { return accept4(listener, nullptr, nullptr, SOCK_NONBLOCK | SOCK_CLOEXEC); }

bool open_wake(int ends[2]) {
  ends[0] = ends[1] = eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC);
  return ends[0] >= 0;
}

uint32_t unacknowledged(int descriptor) {
  int size = 0;
  return ioctl(descriptor, SIOCOUTQ, &size) == 0 ? static_cast<uint32_t>(size) : 0;
}

bool fill_random(uint8_t* data, size_t size) {
  while (size > 0) {
    const ssize_t got = getrandom(data, size, 0);
    if (got < 0 && errno == EINTR) continue;
    if (got <= 0) return false;
    data += got;
    size -= static_cast<size_t>(got);
  }
  return true;
}

#else

int open_socket(int family) {
  const int descriptor = prepared(socket(family, SOCK_STREAM, 0));
  if (descriptor >= 0) tune(descriptor);
  return descriptor;
}

int accept_socket(int listener) {
  const int descriptor = prepared(accept(listener, nullptr, nullptr));
  if (descriptor >= 0) tune(descriptor);
  return descriptor;
}

bool open_wake(int ends[2]) {
  if (pipe(ends) != 0) {
    ends[0] = ends[1] = -1;
    return false;
  }
  if (prepare(ends[0]) && prepare(ends[1])) return true;
  close(ends[0]);
  close(ends[1]);
  ends[0] = ends[1] = -1;
  return false;
}

uint32_t unacknowledged(int) { return 0; }

bool fill_random(uint8_t* data, size_t size) {
  const int source = open("/dev/urandom", O_RDONLY | O_CLOEXEC);
  if (source < 0) return false;
  while (size > 0) {
    const ssize_t got = read(source, data, size);
    if (got < 0 && errno == EINTR) continue;
    if (got <= 0) break;
    data += got;
    size -= static_cast<size_t>(got);
  }
  close(source);
  return size == 0;
}

#endif

}  // namespace whit::posix
