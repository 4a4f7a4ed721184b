/* SPDX-License-Identifier: MIT */
#pragma once
#include "lwip/netdb.h"
#include "sockets_of_lwip.h"

static inline int getaddrinfo(const char* name, const char* service, const struct addrinfo* hints, struct addrinfo** found) {
  return lwip_getaddrinfo(name, service, hints, found);
}
static inline void freeaddrinfo(struct addrinfo* addresses) { lwip_freeaddrinfo(addresses); }
