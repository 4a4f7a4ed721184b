/* SPDX-License-Identifier: MIT
 * lwIP in front of a controller with buffers of a frame each. */
#pragma once

/* A frame that finds no buffer waits in QEMU, so nothing is lost. 1,440 and not 1,460: IPv6 has to fit into a frame
 * too. */
#define TCP_MSS 1440
#define TCP_WND (4 * TCP_MSS)
#define TCP_SND_BUF (4 * TCP_MSS)
#define TCP_SND_QUEUELEN 16
#define TCP_QUEUE_OOSEQ 1
#define TCP_OOSEQ_MAX_PBUFS 4

#include "../common/lwipopts_roomy.h"
