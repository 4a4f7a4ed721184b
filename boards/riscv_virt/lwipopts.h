/* SPDX-License-Identifier: MIT
 * lwIP where RAM is plenty, and the controller has buffers of a frame each: IPv4 and IPv6, segments of full size. */
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

/* The controller takes every multicast, so neighbour discovery works without announcing groups; see mps2/lwipopts.h. */
#define LWIP_IPV6_MLD 0

/* A frame that finds no buffer waits in QEMU, so nothing is lost. 1,440 and not 1,460: IPv6 has to fit into a frame
 * too. */
#define TCP_MSS 1440
#define TCP_WND (4 * TCP_MSS)
#define TCP_SND_BUF (4 * TCP_MSS)
#define TCP_SND_QUEUELEN 16
#define TCP_QUEUE_OOSEQ 1
#define TCP_OOSEQ_MAX_PBUFS 4

#define DNS_TABLE_SIZE 4
#define ARP_TABLE_SIZE 10

#include "../common/lwipopts_common.h"
