/* SPDX-License-Identifier: MIT
 * lwIP where RAM is plenty: IPv4 and IPv6, eight connections. */
#pragma once

/* One more than the loop has open at once, and eight at least. */
#ifndef BOARD_CONNECTIONS
#if BOARD_LOOP_CONNECTIONS > 7
#define BOARD_CONNECTIONS (BOARD_LOOP_CONNECTIONS + 1)
#else
#define BOARD_CONNECTIONS 8
#endif
#endif
#ifndef BOARD_HANDSHAKES
#define BOARD_HANDSHAKES 2
#endif

#define LWIP_IPV4 1
#define LWIP_IPV6 1
#define BOARD_IP_HEADER_BYTES 40

/* The controller takes every multicast, so neighbour discovery works without announcing groups. lwIP's MLD would wake
 * the CPU ten times a second for it. A product on a switch that snoops MLD turns it on and pays 30,000 instructions in
 * ten seconds. */
#define LWIP_IPV6_MLD 0

/* The controller, not the RAM, is what is short here: it takes 10,560 bytes and drops the rest without a word, which
 * costs a peer 1.5 s for every lost segment. Eight connections of two segments each are 9,600 bytes with all headers.
 */
#define TCP_MSS 536
#define TCP_WND (2 * TCP_MSS)
#define TCP_SND_BUF (4 * TCP_MSS)
#define TCP_SND_QUEUELEN 16
#define TCP_QUEUE_OOSEQ 1
#define TCP_OOSEQ_MAX_PBUFS 2

#define DNS_TABLE_SIZE 4
#define ARP_TABLE_SIZE 10

#include "../common/lwipopts_common.h"
