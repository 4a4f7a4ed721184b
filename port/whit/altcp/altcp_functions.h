// SPDX-License-Identifier: MIT
// The functions of altcp for an AltcpStream: they only change its state and copy into its memory, because lwIP's timers
// call them from within Loop::poll(). AltcpStream::poll() does the rest.
#pragma once

#include "altcp_stream.h"

namespace whit {

struct AltcpFunctions {
  static const altcp_functions kTable;

  static void set_poll(altcp_pcb* conn, u8_t interval);
  static void recved(altcp_pcb* conn, u16_t size);
  static err_t bind(altcp_pcb* conn, const ip_addr_t* address, u16_t port);
  static err_t connect(altcp_pcb* conn, const ip_addr_t* address, u16_t port, altcp_connected_fn connected);
  static altcp_pcb* listen(altcp_pcb* conn, u8_t backlog, err_t* error);
  static void abort(altcp_pcb* conn);
  static err_t close(altcp_pcb* conn);
  static err_t shutdown(altcp_pcb* conn, int receiving, int sending);
  static err_t write(altcp_pcb* conn, const void* data, u16_t size, u8_t flags);
  static err_t output(altcp_pcb* conn);
  static u16_t mss(altcp_pcb* conn);
  static u16_t sndbuf(altcp_pcb* conn);
  static u16_t sndqueuelen(altcp_pcb* conn);
  static void nagle(altcp_pcb* conn);
  static int nagle_disabled(altcp_pcb* conn);
  static void setprio(altcp_pcb* conn, u8_t priority);
  static void dealloc(altcp_pcb* conn);
  static err_t addrinfo(altcp_pcb* conn, int local, ip_addr_t* address, u16_t* port);
  static ip_addr_t* getip(altcp_pcb* conn, int local);
  static u16_t getport(altcp_pcb* conn, int local);
#if LWIP_TCP_KEEPALIVE
  static void keepalive_disable(altcp_pcb* conn);
  static void keepalive_enable(altcp_pcb* conn, u32_t idle, u32_t interval, u32_t count);
#endif
#ifdef LWIP_DEBUG
  static tcp_state dbg_get_tcp_state(altcp_pcb* conn);
#endif

 private:
  static AltcpStream& stream(altcp_pcb* conn) { return *static_cast<AltcpStream*>(conn->state); }
};

}  // namespace whit
