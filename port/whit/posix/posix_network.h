// SPDX-License-Identifier: MIT
// PosixNetwork: Whit over BSD sockets, IPv4 and IPv6. Never blocks but in the look-up of a host name (connect) and in
// wait(); raises no signal; uses no heap of its own; no TLS by itself.
//
//   static whit::PosixNetwork<1000> network;             // 1000 connections at once, all of it in .bss
//   ...
//   const uint32_t now_ms = network.wait(loop.wait_ms());  // sleeps until there is something to do
//   while (const whit::Event event = loop.poll(now_ms)) ...
#pragma once

#if defined(__linux__)

#include "posix_epoll.h"

namespace whit {

template <uint16_t kSlots>
using PosixNetwork = PosixEpollNetwork<kSlots>;

}  // namespace whit

#else

#include "posix_poll.h"

namespace whit {

template <uint16_t kSlots>
using PosixNetwork = PosixPollNetwork<kSlots>;

}  // namespace whit

#endif
