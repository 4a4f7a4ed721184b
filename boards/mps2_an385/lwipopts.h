/* SPDX-License-Identifier: MIT
 * lwIP where RAM is plenty: IPv4 and IPv6, segments of 1460 bytes. */
#pragma once

#ifndef BOARD_CONNECTIONS
#define BOARD_CONNECTIONS 16
#endif
#ifndef BOARD_HANDSHAKES
#define BOARD_HANDSHAKES 4
#endif

#define LWIP_IPV4 1
#define LWIP_IPV6 1
#define BOARD_IP_HEADER_BYTES 40

#define TCP_MSS 1460
#define TCP_WND (2 * TCP_MSS)
#define TCP_SND_BUF (4 * TCP_MSS)
#define TCP_SND_QUEUELEN 16
#define TCP_QUEUE_OOSEQ 1
#define TCP_OOSEQ_MAX_PBUFS 2

#define DNS_TABLE_SIZE 4
#define ARP_TABLE_SIZE 10

#include "../common/lwipopts_common.h"
