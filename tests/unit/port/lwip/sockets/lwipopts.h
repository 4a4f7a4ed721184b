/* SPDX-License-Identifier: MIT
 * lwIP with sockets, as under an RTOS. Only compiled, by sockets_test.cpp. */
#pragma once
#define NO_SYS 0
#define LWIP_SOCKET 1
#define LWIP_NETCONN 1
#define LWIP_COMPAT_SOCKETS TEST_COMPAT_SOCKETS
#define LWIP_POSIX_SOCKETS_IO_NAMES 1
#define LWIP_TIMEVAL_PRIVATE 0
#define LWIP_IPV6 1
#define LWIP_DNS 1
#define TCP_LISTEN_BACKLOG 1
#define MEM_ALIGNMENT 8
