// SPDX-License-Identifier: MIT
// C and C++ in one program: the same object as either language names it. For the C++ file beside C ones that makes what
// needs templates:
//
//   static whit::DeflateMemory<4, 10> memory;
//   static whit::PermessageDeflate compression{memory};
//   extern "C" whit_compression* my_compression() { return whit::to_c(compression); }
#pragma once

#include "whit.h"
#include "whit/client.h"
#include "whit/event.h"
#include "whit/http_service.h"
#include "whit/loop.h"
#include "whit/network.h"
#include "whit/options.h"
#include "whit/server.h"
#include "whit/websocket.h"

namespace whit {

inline Network& to_cpp(whit_network* network) { return *reinterpret_cast<Network*>(network); }
inline const Network& to_cpp(const whit_network* network) { return *reinterpret_cast<const Network*>(network); }
inline LoopCore& to_cpp(whit_loop* loop) { return *reinterpret_cast<LoopCore*>(loop); }
inline const LoopCore& to_cpp(const whit_loop* loop) { return *reinterpret_cast<const LoopCore*>(loop); }
inline Server& to_cpp(whit_server* server) { return *reinterpret_cast<Server*>(server); }
inline const Server& to_cpp(const whit_server* server) { return *reinterpret_cast<const Server*>(server); }
inline Client& to_cpp(whit_client* client) { return *reinterpret_cast<Client*>(client); }
inline const Client& to_cpp(const whit_client* client) { return *reinterpret_cast<const Client*>(client); }
inline Text to_cpp(whit_text text) { return {text.data, text.size}; }
inline Bytes to_cpp(whit_bytes bytes) { return {bytes.data, bytes.size}; }
inline MutableBytes to_cpp(whit_mutable_bytes bytes) { return {bytes.data, bytes.size}; }
// The same bytes: to be copied if `socket` does not live as long.
inline const WebSocket& to_cpp(const whit_socket& socket) { return reinterpret_cast<const WebSocket&>(socket); }

inline whit_network* to_c(Network& network) { return reinterpret_cast<whit_network*>(&network); }
inline whit_compression* to_c(core::Compression& compression) {
  return reinterpret_cast<whit_compression*>(&compression);
}
inline whit_text to_c(Text text) { return {text.data, text.size}; }
inline whit_mutable_bytes to_c(MutableBytes bytes) { return {bytes.data, bytes.size}; }
inline whit_socket to_c(WebSocket socket) {
  whit_socket same;
  __builtin_memcpy(&same, &socket, sizeof same);
  return same;
}
inline whit_usage to_c(const Usage& usage) { return {usage.in_use, usage.high_water, usage.refused}; }
inline whit_status to_c(Status status) { return static_cast<whit_status>(status); }

}  // namespace whit
