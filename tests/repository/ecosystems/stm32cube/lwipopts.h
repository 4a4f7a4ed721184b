/* SPDX-License-Identifier: MIT
 * CubeMX's defaults without an RTOS, with what the page of the ecosystem asks for. */
#pragma once
#define NO_SYS 1
#define SYS_LIGHTWEIGHT_PROT 0
#define LWIP_NETCONN 0
#define LWIP_SOCKET 0
#define MEM_ALIGNMENT 4
#define MEM_SIZE 16360
#define LWIP_ETHERNET 1
#define TCP_MSS 536
#define TCP_WND 2144
#define TCP_SND_BUF 1072
#define TCP_SND_QUEUELEN 9
#define MEMP_NUM_TCP_PCB 6
#define SO_REUSE 1
