/* SPDX-License-Identifier: MIT
 * lwIP as the tests of the port run it: strict pools, every check on, and small enough to run dry. */
#pragma once

#define NO_SYS 1
#define SYS_LIGHTWEIGHT_PROT 0
#define LWIP_SOCKET 0
#define LWIP_NETCONN 0
#define LWIP_ASSERT_CORE_LOCKED() test_check_context()

#ifndef TEST_IPV6
#define TEST_IPV6 1
#endif
#ifndef TEST_DNS
#define TEST_DNS 1
#endif
#define LWIP_IPV4 1
#define LWIP_IPV6 TEST_IPV6
#define LWIP_IPV6_DUP_DETECT_ATTEMPTS 0
#define LWIP_IPV6_MLD 0
#define LWIP_IPV6_SEND_ROUTER_SOLICIT 0
#define LWIP_ARP 0
#define LWIP_ETHERNET 0
#define LWIP_ICMP 1
#define IP_REASSEMBLY 0
#define IP_FRAG 0
#define LWIP_IPV6_REASS 0
#define LWIP_IPV6_FRAG 0
#define LWIP_DNS TEST_DNS
#define LWIP_UDP 1
#define DNS_MAX_NAME_LENGTH 64
#define DNS_TABLE_SIZE 4

#define MEM_LIBC_MALLOC 0
#define MEMP_MEM_MALLOC 0
#define MEM_USE_POOLS 1
#define MEM_USE_POOLS_TRY_BIGGER_POOL 1
#define MEMP_USE_CUSTOM_POOLS 1
#define MEM_ALIGNMENT 8
#define MEMP_OVERFLOW_CHECK 2
#define MEMP_SANITY_CHECK 1
#define MEMP_NUM_TCP_PCB 6
#define MEMP_NUM_TCP_PCB_LISTEN 4
#define MEMP_NUM_TCP_SEG 16
#define MEMP_NUM_PBUF 16
#ifdef TEST_RX_PBUF_BYTES /* frames in chains, as on the small board */
#define PBUF_POOL_BUFSIZE TEST_RX_PBUF_BYTES
#define PBUF_POOL_SIZE 60
#else
#define PBUF_POOL_SIZE 12
#endif

#define TCP_MSS 536
#define TCP_WND (4 * TCP_MSS)
#define TCP_SND_BUF (4 * TCP_MSS)
#define TCP_SND_QUEUELEN 8
#define TCP_LISTEN_BACKLOG 1
#define TCP_QUEUE_OOSEQ 1
#define LWIP_TCP_KEEPALIVE 1
#define SO_REUSE 1

#define LWIP_NETIF_LOOPBACK 0
#define LWIP_HAVE_LOOPIF 0
#define LWIP_STATS 1
#define MEMP_STATS 1
#define MEM_STATS 1
#define LWIP_STATS_DISPLAY 0

/* The wire of the tests does not compute them. */
#define CHECKSUM_CHECK_IP 0
#define CHECKSUM_CHECK_TCP 0
#define CHECKSUM_CHECK_UDP 0
