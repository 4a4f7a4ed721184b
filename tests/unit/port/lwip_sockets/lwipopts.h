/* SPDX-License-Identifier: MIT
 * lwIP with its thread and its sockets, over the loopback interface alone. */
#pragma once

#define NO_SYS 0
#define SYS_LIGHTWEIGHT_PROT 1
#define LWIP_TCPIP_CORE_LOCKING 1
#define LWIP_ASSERT_CORE_LOCKED() sys_check_core_locking()
#ifdef __cplusplus
extern "C" {
#endif
void sys_check_core_locking(void);
#ifdef __cplusplus
}
#endif

#define LWIP_IPV4 1
#ifndef TEST_IPV6
#define TEST_IPV6 1
#endif
#define LWIP_IPV6 TEST_IPV6
#define IPV6_FRAG_COPYHEADER 1
#define LWIP_DNS 1
#define LWIP_HAVE_LOOPIF 1
#define LWIP_NETIF_LOOPBACK 1
#define LWIP_LOOPBACK_MAX_PBUFS 64

#define LWIP_SOCKET 1
#define LWIP_NETCONN 1
#define LWIP_COMPAT_SOCKETS 0
#define LWIP_POSIX_SOCKETS_IO_NAMES 0
#define LWIP_SOCKET_OFFSET 900
#define LWIP_SOCKET_POLL 1
#define LWIP_SO_LINGER 1
#define SO_REUSE 1

#define MEM_ALIGNMENT 8
#define MEM_SIZE (4 * 1024 * 1024)
#define MEMP_NUM_NETCONN 64
#define MEMP_NUM_TCP_PCB 64
#define MEMP_NUM_TCP_PCB_LISTEN 8
#define MEMP_NUM_TCP_SEG 1024
#define MEMP_NUM_PBUF 512
#define MEMP_NUM_TCPIP_MSG_INPKT 512
#define MEMP_NUM_TCPIP_MSG_API 64
#define MEMP_NUM_SYS_TIMEOUT 16
#define PBUF_POOL_SIZE 512

#define TCPIP_MBOX_SIZE 128
#define DEFAULT_TCP_RECVMBOX_SIZE 64
#define DEFAULT_UDP_RECVMBOX_SIZE 8
#define DEFAULT_ACCEPTMBOX_SIZE 16
#define TCP_LISTEN_BACKLOG 1
#define TCP_MSS 1440
#define TCP_WND (8 * TCP_MSS)
#define TCP_SND_BUF (16 * TCP_MSS) /* what the far end of a test sends at once, 20,000 bytes, fits */
#define TCP_SND_QUEUELEN 128
