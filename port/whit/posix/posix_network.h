// SPDX-License-Identifier: MIT
// PosixNetwork: Whit over BSD sockets, IPv4 and IPv6. Never blocks but in wait(): names are looked up
// in threads (posix_names.h). Raises no signal; uses no heap of its own; no TLS by itself.
//
//   static whit::PosixNetwork<1000> network;             // 1000 connections at once, all of it in .bss
//   ...
//   const uint32_t now_ms = network.wait(loop.wait_ms());  // sleeps until there is something to do
//   while (const whit::Event event = loop.poll(now_ms)) ...
#pragma once

#if defined(__linux__)

#include "posix_epoll.h"

namespace whit {

// kSlots: of the loop (Loop::kSlots). kNames: connections to names that may be on their way at once.
template <uint16_t kSlots, uint16_t kNames = posix_names_for(kSlots)>
using PosixNetwork = PosixEpollNetwork<kSlots, kNames>;

}  // namespace whit

#else

#include "posix_poll.h"

namespace whit {

template <uint16_t kSlots, uint16_t kNames = posix_names_for(kSlots)>
using PosixNetwork = PosixPollNetwork<kSlots, kNames>;

}  // namespace whit

#endif
