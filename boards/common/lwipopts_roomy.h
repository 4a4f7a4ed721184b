/* SPDX-License-Identifier: MIT
 * lwIP where RAM is plenty: IPv4 and IPv6, eight connections. A board's lwipopts.h sets the numbers of TCP (TCP_...),
 * which follow its Ethernet controller, and includes this. */
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

#define DNS_TABLE_SIZE 4
#define ARP_TABLE_SIZE 10

#include "lwipopts_common.h"
