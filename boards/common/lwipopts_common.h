/* SPDX-License-Identifier: MIT
 * lwIP's options as far as all boards share them. A board's lwipopts.h sets its numbers (BOARD_...) and includes this.
 *
 * Memory: every array is static and of fixed size. There is no heap: lwIP's mem_malloc() takes from the pools in the
 * board's lwippools.h, so that no connection can fragment the memory of another one. */
#pragma once

/* One super-loop, raw API. */
#define NO_SYS 1
#define SYS_LIGHTWEIGHT_PROT 0 /* no interrupt ever enters lwIP */
#define LWIP_NETCONN 0
#define LWIP_SOCKET 0
#define LWIP_SINGLE_NETIF 1
#define LWIP_HAVE_LOOPIF 0
#if !BOARD_ALTCP
#define LWIP_TIMERS_CUSTOM 1 /* timers.h */
#endif
#define LWIP_NETIF_LOOPBACK 0

#define MEM_LIBC_MALLOC 0
#define MEMP_MEM_MALLOC 0
#define MEM_USE_POOLS 1
#define MEMP_USE_CUSTOM_POOLS 1
#define MEM_USE_POOLS_TRY_BIGGER_POOL 1
#define MEM_ALIGNMENT 4
#define ETH_PAD_SIZE 2 /* IP headers on word boundaries; the CPU traps unaligned accesses */

/* The tree's own copy, which moves aligned words. SMEMCPY is for addresses of 4 and 6 bytes, which may lie anywhere. */
#define MEMCPY(destination, source, size) whit_copy(destination, source, size)
#define SMEMCPY(destination, source, size) board_copy_bytes(destination, source, size)

/* A WebSocket endpoint needs ARP and ICMP below TCP, and DNS where names are wanted (Kconfig: WHIT_LWIP_DNS). No
 * fragments: TCP does not send them. */
#define LWIP_ARP 1
#define ARP_QUEUEING 1 /* clients that come together wait for one ARP answer; 0 forgets all but the last */
#define ARP_QUEUE_LEN BOARD_CONNECTIONS
#define MEMP_NUM_ARP_QUEUE (BOARD_CONNECTIONS + 1)
#define LWIP_ICMP 1
/* Received frames keep the room of their Ethernet header, so the answer to a ping fits where the question lay. Output
 * is copied into pbufs of lwIP's own (port/whit/lwip), so a packet that waits for ARP need not be copied again. */
#define LWIP_ICMP_ECHO_CHECK_INPUT_PBUF_LEN 0
#define PBUF_NEEDS_COPY(p) 0
#define LWIP_RAW 0
#define LWIP_DNS BOARD_DNS
#ifndef LWIP_UDP
#define LWIP_UDP LWIP_DNS
#endif
#define LWIP_DHCP 0
#define LWIP_AUTOIP 0
#define LWIP_ACD 0
#define LWIP_IGMP 0
#define IP_REASSEMBLY 0
#define IP_FRAG 0
#define LWIP_IPV6_FRAG 0
#define LWIP_IPV6_REASS 0
#define LWIP_IPV6_DHCP6 0
#define LWIP_IPV6_SEND_ROUTER_SOLICIT 1

#define LWIP_TCP 1
#define TCP_LISTEN_BACKLOG \
  0 /* the port decides which peer gives way, and no SYN is lost while there is a control block */
/* lwIP's clients over WebSocket (Kconfig: WHIT_LWIP_ALTCP): port/whit/altcp is the layer, and one connection its own. */
#define LWIP_ALTCP BOARD_ALTCP
#define LWIP_ALTCP_TLS BOARD_ALTCP
#define MEMP_NUM_ALTCP_PCB 1
#if BOARD_ALTCP
#define MEMP_NUM_SYS_TIMEOUT (LWIP_NUM_SYS_TIMEOUT_INTERNAL + 1)
#endif
#define SO_REUSE 1          /* a listener may come back while old connections are in TIME_WAIT */
#define TCP_OVERSIZE 0      /* a small message takes a small pbuf; larger ones are gathered above lwIP */
#define TCP_SNDQUEUELOWAT 1 /* for sockets only, but checked */

/* RFC 6528: sequence numbers that cannot be guessed. RFC 5452, 9.2: the same for DNS ports and identifiers. */
#define LWIP_HOOK_TCP_ISN(local_ip, local_port, remote_ip, remote_port) board_random_number()
#define LWIP_RANDOMIZE_INITIAL_LOCAL_PORTS 1

/* One TCP control block per open connection and handshake. TIME_WAIT needs none of its own: when all are taken, lwIP
 * gives the oldest one in TIME_WAIT, else in LAST_ACK or CLOSING, to the new connection (tcp_alloc). */
#define MEMP_NUM_TCP_PCB (BOARD_CONNECTIONS + BOARD_HANDSHAKES)
#define MEMP_NUM_TCP_PCB_LISTEN 4

/* Connections that may wait for the loop: all control blocks but the one of a peer in its handshake. */
#define BOARD_WAITING (MEMP_NUM_TCP_PCB - 1)

/* Received frames lie in chains of pbufs. The port packs what waits (port/whit/lwip), so a connection pins a window's
 * worth of them, one of which is partly read, and those that came before their turn. Room for one frame and an
 * acknowledgement more, and there is always some for them, whatever every connection does. */
#define BOARD_FRAME_BYTES (TCP_MSS + 20 + BOARD_IP_HEADER_BYTES + 14 + ETH_PAD_SIZE)
#ifndef BOARD_RX_PBUF_BYTES
#define BOARD_RX_PBUF_BYTES BOARD_FRAME_BYTES
#endif
#define PBUF_POOL_BUFSIZE LWIP_MEM_ALIGN_SIZE(BOARD_RX_PBUF_BYTES)
#define BOARD_RX_PBUFS_PER_CONNECTION ((TCP_WND - 1 + PBUF_POOL_BUFSIZE - 1) / PBUF_POOL_BUFSIZE + 1)
#define BOARD_RX_PBUFS_PER_FRAME ((BOARD_FRAME_BYTES + PBUF_POOL_BUFSIZE - 1) / PBUF_POOL_BUFSIZE)
#if TCP_QUEUE_OOSEQ
#define BOARD_PINNED_PBUFS (BOARD_RX_PBUFS_PER_CONNECTION + TCP_OOSEQ_MAX_PBUFS)
#else
#define BOARD_PINNED_PBUFS BOARD_RX_PBUFS_PER_CONNECTION
#endif
#define PBUF_POOL_SIZE (BOARD_PINNED_PBUFS * MEMP_NUM_TCP_PCB + BOARD_RX_PBUFS_PER_FRAME + 1)

#ifndef MEMP_NUM_TCP_SEG
#define MEMP_NUM_TCP_SEG (MEMP_NUM_TCP_PCB * TCP_SND_QUEUELEN)
#endif
#define MEMP_NUM_UDP_PCB (DNS_TABLE_SIZE + 1)
#define MEMP_NUM_PBUF 2

/* Assertions and statistics: CMake's WHIT_LWIP_ASSERTS and WHIT_LWIP_STATS. */
#if WHIT_LWIP_ASSERTS
#define LWIP_ASSERT_CORE_LOCKED() board_assert_main_context(__FILE__, __LINE__)
#else
#define LWIP_NOASSERT
#endif
#define LWIP_STATS WHIT_LWIP_STATS
#define LWIP_STATS_DISPLAY 0
