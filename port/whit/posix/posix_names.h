// SPDX-License-Identifier: MIT
// Names. getaddrinfo() alone knows all that a system knows of them (/etc/hosts, nsswitch, mDNS), and it blocks, for
// half a minute where no name server answers. hosted/ calls it in threads, each of which lives as long as one look-up;
// a program that connects to literals, or only listens, starts none. embedded/ calls it in the loop's task.
#pragma once

#include <netdb.h>
#include <stddef.h>
#include <stdint.h>

#include "whit/bytes.h"
#include "whit/status.h"

namespace whit {
class PosixNetworkBase;
}

namespace whit::posix {

// So many look-ups run at once in the whole program; further ones wait for the end of one of them.
constexpr int kNamePlaces = 4;

// The longest host name of DNS has 253 characters; a literal with a scope has fewer.
constexpr size_t kMaxHost = 255;

// Numbers of getaddrinfo() as the port reports them: below zero on every system, as Linux has them.
constexpr int32_t below_zero(int32_t error) { return error > 0 ? -error : error; }
constexpr int32_t kNoSuchName = below_zero(EAI_NONAME);
constexpr int32_t kOutOfMemory = below_zero(EAI_MEMORY);

// A host and a port as getaddrinfo() wants them.
struct Target {
  char host[kMaxHost + 1];
  char port[6];

  // false: too long, or a NUL inside.
  bool set(Text host_in, uint16_t port_in);

  // 0, errno, or a number of getaddrinfo(), below zero.
  int32_t look_up(int flags, struct addrinfo** found) const;
};

// The outcome of a look-up. The addresses belong to the receiver.
struct NameAnswer {
  uint16_t index;
  int32_t error;  // as of Target::look_up()
  struct addrinfo* addresses;
};

// getaddrinfo()'s result as the port reports it: below zero, or an errno.
int32_t name_error(int error);
// One that is below zero in words.
const char* name_error_text(int32_t error);

// Starts a look-up for a slot of a network.
//  kOk (*answer has come), kWouldBlock (it wakes the network, which then takes it), kNoSlot (all places are taken;
//  nothing tells when that ends), kFailed (no thread could be started: errno)
Status start_lookup(PosixNetworkBase* network, uint16_t index, const Target& target, NameAnswer* answer);

bool take_answer(PosixNetworkBase* network, NameAnswer* answer);

// Gives the look-up up, if there is one: its answer reaches nothing any more. getaddrinfo() cannot be interrupted, so
// the place is free only when that has returned. Waits for nothing.
void cancel_lookup(PosixNetworkBase* network, uint16_t index);

}  // namespace whit::posix
