// SPDX-License-Identifier: MIT
#include "altcp_functions.h"

#include "lwip/tcp.h"

namespace whit {

namespace {

u16_t as_u16(size_t size) { return size < 0xFFFF ? static_cast<u16_t>(size) : u16_t{0xFFFF}; }

}  // namespace

void AltcpFunctions::set_poll(altcp_pcb* conn, u8_t) { stream(conn).polled_ms_ = stream(conn).now_ms_; }

void AltcpFunctions::recved(altcp_pcb* conn, u16_t size) {
  AltcpStream& self = stream(conn);
  self.window_ = size < TCP_WND - self.window_ ? static_cast<uint16_t>(self.window_ + size) : uint16_t{TCP_WND};
  self.work_due_ = self.work_due_ || self.stream_.readable() != 0;
}

err_t AltcpFunctions::bind(altcp_pcb*, const ip_addr_t*, u16_t) { return ERR_OK; }

err_t AltcpFunctions::connect(altcp_pcb* conn, const ip_addr_t*, u16_t, altcp_connected_fn connected) {
  AltcpStream& self = stream(conn);
  if (self.state_ != AltcpStream::State::kAllocated) return ERR_ISCONN;
  conn->connected = connected;
  self.state_ = AltcpStream::State::kWaiting;
  return ERR_OK;
}

altcp_pcb* AltcpFunctions::listen(altcp_pcb*, u8_t, err_t* error) {
  if (error != nullptr) *error = ERR_VAL;
  return nullptr;
}

void AltcpFunctions::abort(altcp_pcb* conn) {
  AltcpStream& self = stream(conn);
  if (self.state_ == AltcpStream::State::kConnected) self.leave_ = AltcpStream::Leave::kAtOnce;
  self.work_due_ = true;
  self.give_up(ERR_ABRT);
}

err_t AltcpFunctions::close(altcp_pcb* conn) {
  AltcpStream& self = stream(conn);
  if (self.state_ == AltcpStream::State::kConnected) self.leave_ = AltcpStream::Leave::kInOrder;
  self.work_due_ = true;
  self.set_free();
  return ERR_OK;
}

// A WebSocket has no half that could be closed (RFC 6455, 7.1.2).
err_t AltcpFunctions::shutdown(altcp_pcb* conn, int receiving, int sending) {
  return receiving != 0 && sending != 0 ? close(conn) : err_t{ERR_VAL};
}

err_t AltcpFunctions::write(altcp_pcb* conn, const void* data, u16_t size, u8_t) {
  AltcpStream& self = stream(conn);
  if (self.state_ != AltcpStream::State::kConnected) return ERR_CONN;
  if (size > self.stream_.room()) return ERR_MEM;
  size_t taken;
  if (self.stream_.write({static_cast<const uint8_t*>(data), size}, &taken) != Status::kOk) return ERR_CONN;
  self.unreported_ += size;
  return ERR_OK;
}

err_t AltcpFunctions::output(altcp_pcb* conn) {
  AltcpStream& self = stream(conn);
  if (self.state_ != AltcpStream::State::kConnected) return ERR_CONN;
  self.output_due_ = self.work_due_ = true;
  return ERR_OK;
}

u16_t AltcpFunctions::mss(altcp_pcb* conn) { return as_u16(stream(conn).used_.max_send()); }

u16_t AltcpFunctions::sndbuf(altcp_pcb* conn) {
  const AltcpStream& self = stream(conn);
  return self.state_ == AltcpStream::State::kConnected ? as_u16(self.stream_.room()) : u16_t{0};
}

u16_t AltcpFunctions::sndqueuelen(altcp_pcb* conn) { return stream(conn).unreported_ != 0 ? 1 : 0; }

void AltcpFunctions::nagle(altcp_pcb*) {}
int AltcpFunctions::nagle_disabled(altcp_pcb*) { return 1; }
void AltcpFunctions::setprio(altcp_pcb*, u8_t) {}
void AltcpFunctions::dealloc(altcp_pcb*) {}
err_t AltcpFunctions::addrinfo(altcp_pcb*, int, ip_addr_t*, u16_t*) { return ERR_VAL; }
ip_addr_t* AltcpFunctions::getip(altcp_pcb*, int) { return nullptr; }
u16_t AltcpFunctions::getport(altcp_pcb*, int) { return 0; }
#if LWIP_TCP_KEEPALIVE
void AltcpFunctions::keepalive_disable(altcp_pcb*) {}
void AltcpFunctions::keepalive_enable(altcp_pcb*, u32_t, u32_t, u32_t) {}
#endif
#ifdef LWIP_DEBUG
tcp_state AltcpFunctions::dbg_get_tcp_state(altcp_pcb* conn) {
  return stream(conn).state_ == AltcpStream::State::kConnected ? ESTABLISHED : CLOSED;
}
#endif

const altcp_functions AltcpFunctions::kTable = {
    set_poll,
    recved,
    bind,
    connect,
    listen,
    abort,
    close,
    shutdown,
    write,
    output,
    mss,
    sndbuf,
    sndqueuelen,
    nagle,
    nagle,
    nagle_disabled,
    setprio,
    dealloc,
    addrinfo,
    getip,
    getport,
#if LWIP_TCP_KEEPALIVE
    keepalive_disable,
    keepalive_enable,
#endif
#ifdef LWIP_DEBUG
    dbg_get_tcp_state,
#endif
};

}  // namespace whit
