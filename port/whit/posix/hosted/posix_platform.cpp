// SPDX-License-Identifier: MIT
#include "whit/posix/posix_platform.h"

#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>
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

const int kBacklog = SOMAXCONN;

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

[[maybe_unused]] bool prepare(int descriptor) {
  const int flags = fcntl(descriptor, F_GETFL);
  if (flags < 0 || fcntl(descriptor, F_SETFL, flags | O_NONBLOCK) < 0) return false;
  return fcntl(descriptor, F_SETFD, FD_CLOEXEC) == 0;
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

bool share_port(int descriptor) {
  const int on = 1;
  return setsockopt(descriptor, SOL_SOCKET, SO_REUSEPORT, &on, sizeof on) == 0;
}

void write_wake(int descriptor) {
  const uint64_t one = 1;  // an eventfd takes eight bytes
  if (write(descriptor, &one, sizeof one) < 0) {
    // Full: it wakes already.
  }
}

void drain_wake(int descriptor) {
  uint8_t sink[64];
  if (read(descriptor, sink, sizeof sink) < 0) {
    // Taken already.
  }
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
