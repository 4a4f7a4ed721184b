/* SPDX-License-Identifier: MIT
 * lwIP on 64 KiB of RAM: IPv4 only (boards/README.md says what IPv6 would cost), segments of 536 bytes. */
#pragma once

/* One more than the loop has open at once, and five at least. */
#ifndef BOARD_CONNECTIONS
#if BOARD_LOOP_CONNECTIONS > 4
#define BOARD_CONNECTIONS (BOARD_LOOP_CONNECTIONS + 1)
#else
#define BOARD_CONNECTIONS 5
#endif
#endif
#ifndef BOARD_HANDSHAKES
#define BOARD_HANDSHAKES 2
#endif

#define LWIP_IPV4 1
#define LWIP_IPV6 0
#define BOARD_IP_HEADER_BYTES 20

/* Two segments each way keep a peer that acknowledges every second one going. All windows together are 7.5 KB, below
 * what the controller holds in QEMU. No queue for segments out of order: with two in flight it gains nothing. */
#define TCP_MSS 536 /* fits any interface */
#define TCP_CALCULATE_EFF_SEND_MSS 0
#define TCP_WND (2 * TCP_MSS)
#define TCP_SND_BUF (2 * TCP_MSS)
#define TCP_SND_QUEUELEN 4
#define TCP_QUEUE_OOSEQ 0

#define MEMP_NUM_TCP_SEG (4 * BOARD_CONNECTIONS) /* and one pbuf more in lwippools.h */

/* The least that holds the longest headers of IP and TCP, 2 + 14 + 60 + 60. A window of 1,072 bytes is packed into nine
 * of them, 1,368 bytes with theirs; of pbufs for whole frames it would take three, 1,872. */
#define BOARD_RX_PBUF_BYTES 136

#define DNS_TABLE_SIZE 2
#define ARP_TABLE_SIZE 6

#include "../common/lwipopts_common.h"
