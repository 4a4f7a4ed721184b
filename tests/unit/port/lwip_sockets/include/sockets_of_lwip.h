/* SPDX-License-Identifier: MIT
 * The names of POSIX for lwIP's sockets, as systems over lwIP give them: functions of the headers, no macros. The
 * machine's own headers of these names are not seen. */
#pragma once
#include "lwip/inet.h"
#include "lwip/sockets.h"

static inline int socket(int domain, int type, int protocol) { return lwip_socket(domain, type, protocol); }
static inline int bind(int s, const struct sockaddr* name, socklen_t size) { return lwip_bind(s, name, size); }
static inline int listen(int s, int backlog) { return lwip_listen(s, backlog); }
static inline int accept(int s, struct sockaddr* peer, socklen_t* size) { return lwip_accept(s, peer, size); }
static inline int connect(int s, const struct sockaddr* peer, socklen_t size) { return lwip_connect(s, peer, size); }
static inline int shutdown(int s, int how) { return lwip_shutdown(s, how); }
static inline ssize_t recv(int s, void* data, size_t size, int flags) { return lwip_recv(s, data, size, flags); }
static inline ssize_t send(int s, const void* data, size_t size, int flags) { return lwip_send(s, data, size, flags); }
static inline int getsockname(int s, struct sockaddr* name, socklen_t* size) { return lwip_getsockname(s, name, size); }
static inline int getpeername(int s, struct sockaddr* name, socklen_t* size) { return lwip_getpeername(s, name, size); }
static inline int getsockopt(int s, int level, int option, void* value, socklen_t* size) {
  return lwip_getsockopt(s, level, option, value, size);
}
static inline int setsockopt(int s, int level, int option, const void* value, socklen_t size) {
  return lwip_setsockopt(s, level, option, value, size);
}
static inline int poll(struct pollfd* all, nfds_t count, int timeout_ms) { return lwip_poll(all, count, timeout_ms); }

static inline uint16_t htons(uint16_t value) { return lwip_htons(value); }
static inline uint16_t ntohs(uint16_t value) { return lwip_ntohs(value); }
static inline uint32_t htonl(uint32_t value) { return lwip_htonl(value); }
