// SPDX-License-Identifier: MIT
// lwIP for Whit on a Pico W: right for both variants of pico_cyw43_arch. No malloc(), which the background variant
// forbids.
#pragma once

#define NO_SYS 1
#define LWIP_SOCKET 0
#define LWIP_NETCONN 0
#define LWIP_IPV6 0
#define LWIP_DHCP 1
#define LWIP_DNS 1
#define LWIP_RAW 1
#define LWIP_NETIF_HOSTNAME 1
#define LWIP_NETIF_STATUS_CALLBACK 1
#define LWIP_NETIF_LINK_CALLBACK 1

#define MEM_LIBC_MALLOC 0
#define MEMP_MEM_MALLOC 0
#define MEM_ALIGNMENT 4
#define MEM_SIZE 16000  // copies of what is sent: a window of each connection

#define TCP_MSS 1460
#define TCP_WND (4 * TCP_MSS)
#define TCP_SND_BUF (2 * TCP_MSS)
#define TCP_SND_QUEUELEN 8
#define TCP_OVERSIZE 0  // Whit gathers
#define TCP_QUEUE_OOSEQ 0
#define SO_REUSE 1
#define MEMP_NUM_TCP_PCB 6  // connections and handshakes of the loop
#define MEMP_NUM_TCP_PCB_LISTEN 1
#define MEMP_NUM_TCP_SEG 32
#define MEMP_NUM_ARP_QUEUE 4
#define PBUF_POOL_SIZE 26  // the windows of all connections, and a frame and an acknowledgement more

#define LWIP_CHKSUM_ALGORITHM 3

// Sequence numbers that cannot be guessed (RFC 6528). pico/rand.h comes with the SDK's arch/cc.h.
#define LWIP_HOOK_TCP_ISN(local_address, local_port, remote_address, remote_port) get_rand_32()
