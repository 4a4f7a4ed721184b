// SPDX-License-Identifier: MIT
// The differences between systems with BSD sockets, in one place. A program is built with the files of this folder and
// those of one of its folders: hosted/ for Linux, macOS and the BSDs, embedded/ for lwIP's sockets, ESP-IDF, Zephyr and
// NuttX, where the firmware defines fill_random().
#pragma once

#include <errno.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/socket.h>

#include "whit/transport.h"

namespace whit::posix {

// A stream socket, or one accepted from `listener`: non-blocking, closed on exec, no SIGPIPE, no delay. -1 and errno.
int open_socket(int family);
int accept_socket(int listener);

// Connections that may wait at a listener.
extern const int kBacklog;

// Several listeners at one port. false and errno.
bool share_port(int descriptor);

// A pair of descriptors for PosixNetworkBase::wake(): a write_wake() to ends[1] makes ends[0] readable until
// drain_wake(). Both may be the same. false and errno.
bool open_wake(int ends[2]);
void write_wake(int descriptor);
void drain_wake(int descriptor);

// Is this errno "not now"? POSIX has two numbers for it, which are one on most systems.
inline bool would_block(int error) {
#if EAGAIN != EWOULDBLOCK
  if (error == EWOULDBLOCK) return true;
#endif
  return error == EAGAIN;
}

// How many bytes wait for the acknowledgement of the peer's TCP, our FIN being one. 0 where the system does not say.
uint32_t unacknowledged(int descriptor);

// Fills with unpredictable bytes: of the kernel (hosted/), or a function of the firmware (embedded/), where masks,
// handshake keys and TLS depend on it. false: there are none.
bool fill_random(uint8_t* data, size_t size);

bool is_ipv6(int family);

// A socket of IPv6 takes IPv4 as well. Systems differ in the default, and some allow no choice.
void accept_ipv4_too(int descriptor);

// The address in Whit's form; IPv4 mapped into IPv6 is IPv4.
Address to_address(const struct sockaddr_storage& from);

// MSG_NOSIGNAL where it exists.
#if defined(MSG_NOSIGNAL)
constexpr int kSendFlags = MSG_NOSIGNAL;
#else
constexpr int kSendFlags = 0;
#endif

}  // namespace whit::posix
