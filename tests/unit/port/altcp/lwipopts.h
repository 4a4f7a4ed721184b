/* SPDX-License-Identifier: MIT
 * lwIP above Whit: no interface, few packets, so that they run out. */
#pragma once

#define NO_SYS 1
#define SYS_LIGHTWEIGHT_PROT 0
#define LWIP_SOCKET 0
#define LWIP_NETCONN 0
#define LWIP_ARP 0
#define LWIP_ETHERNET 0
#define LWIP_IPV6 0
#define IP_REASSEMBLY 0
#define IP_FRAG 0
#define LWIP_HAVE_LOOPIF 0
#define LWIP_NETIF_LOOPBACK 0
#define LWIP_TCP_KEEPALIVE 1

#define LWIP_ALTCP 1
#define LWIP_ALTCP_TLS 1

#define MEM_ALIGNMENT 8
#define MEMP_OVERFLOW_CHECK 2
#define MEMP_SANITY_CHECK 1
#define PBUF_POOL_SIZE 6
#define PBUF_POOL_BUFSIZE 64
#define TCP_MSS 100
#define TCP_WND 400
#define TCP_SND_BUF 200
#define LWIP_DISABLE_TCP_SANITY_CHECKS 1 /* no TCP of lwIP runs here */
#define MEMP_NUM_SYS_TIMEOUT (LWIP_NUM_SYS_TIMEOUT_INTERNAL + 1)

#define LWIP_STATS 1
#define MEMP_STATS 1
#define LWIP_STATS_DISPLAY 0
