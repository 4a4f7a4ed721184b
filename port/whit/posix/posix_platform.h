// SPDX-License-Identifier: MIT
// The differences between systems with BSD sockets, in one place.
#pragma once

#include <errno.h>
#include <stdint.h>
#include <sys/socket.h>

#include "whit/transport.h"

namespace whit::posix {

// A stream socket, or one accepted from `listener`: non-blocking, closed on exec, no SIGPIPE, no delay. -1 and errno.
int open_socket(int family);
int accept_socket(int listener);

// Makes a descriptor non-blocking and closed on exec. false and errno.
bool prepare(int descriptor);

// A pair of descriptors for PosixNetworkBase::wake(): bytes written to ends[1] are readable at ends[0].
bool open_wake(int ends[2]);

// Is this errno "not now"? POSIX has two numbers for it, which are one on most systems.
inline bool would_block(int error) {
#if EAGAIN != EWOULDBLOCK
  if (error == EWOULDBLOCK) return true;
#endif
  return error == EAGAIN;
}

// How many bytes wait for the acknowledgement of the peer's TCP, our FIN being one. 0 where the system does not say.
uint32_t unacknowledged(int descriptor);

// Fills with the kernel's random bytes. false: there are none.
bool fill_random(uint8_t* data, size_t size);

// The address in Whit's form; IPv4 mapped into IPv6 is IPv4.
Address to_address(const struct sockaddr_storage& from);

// MSG_NOSIGNAL where it exists.
#if defined(MSG_NOSIGNAL)
constexpr int kSendFlags = MSG_NOSIGNAL;
#else
constexpr int kSendFlags = 0;
#endif

}  // namespace whit::posix
