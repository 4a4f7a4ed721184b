// SPDX-License-Identifier: MIT
// Sockets of a microcontroller: lwIP's, Zephyr's, NuttX's. Nothing but sockets is used; fill_random() is the
// firmware's own.
#include "whit/posix/posix_platform.h"

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

namespace whit::posix {

// Each connection that waits has a control block.
const int kBacklog = 8;

namespace {

bool prepare(int descriptor) {
  const int flags = fcntl(descriptor, F_GETFL, 0);
  return flags >= 0 && fcntl(descriptor, F_SETFL, flags | O_NONBLOCK) >= 0;
}

// -1 stays -1; a descriptor that cannot be prepared is closed.
int prepared(int descriptor) {
  if (descriptor < 0 || prepare(descriptor)) return descriptor;
  const int error = errno;
  close(descriptor);
  errno = error;
  return -1;
}

// Small frames must leave at once; the loop already gathers the output of a turn.
int tuned(int descriptor) {
  const int on = 1;
  if (descriptor >= 0) static_cast<void>(setsockopt(descriptor, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on));
  return descriptor;
}

// Connected to itself, so that no other socket's datagrams come.
bool connect_to_itself(int descriptor) {
  struct sockaddr_in own;
  memset(&own, 0, sizeof own);
  own.sin_family = AF_INET;
  own.sin_addr.s_addr = htonl(0x7F000001);
  auto* const address = reinterpret_cast<struct sockaddr*>(&own);
  socklen_t size = sizeof own;
  if (bind(descriptor, address, size) != 0 || getsockname(descriptor, address, &size) != 0) return false;
  return connect(descriptor, address, size) == 0;
}

}  // namespace

int open_socket(int family) { return tuned(prepared(socket(family, SOCK_STREAM, 0))); }

int accept_socket(int listener) { return tuned(prepared(accept(listener, nullptr, nullptr))); }

bool share_port(int) {
  errno = ENOPROTOOPT;
  return false;
}

bool open_wake(int ends[2]) {
  ends[0] = ends[1] = prepared(socket(AF_INET, SOCK_DGRAM, 0));
  if (ends[0] < 0 || connect_to_itself(ends[0])) return ends[0] >= 0;
  const int error = errno;
  close(ends[0]);
  errno = error;
  ends[0] = ends[1] = -1;
  return false;
}

// With no room for a datagram there are others, each of which wakes.
void write_wake(int descriptor) { static_cast<void>(send(descriptor, "", 1, kSendFlags)); }

void drain_wake(int descriptor) {
  constexpr int kMostAtOnce = 8;  // the rest wakes again
  char sink[4];
  for (int i = 0; i < kMostAtOnce && recv(descriptor, sink, sizeof sink, 0) > 0; ++i) {
  }
}

uint32_t unacknowledged(int) { return 0; }

}  // namespace whit::posix
