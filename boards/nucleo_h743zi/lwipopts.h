/* SPDX-License-Identifier: MIT
 * lwIP on 512 KiB of RAM, behind a controller whose frames lie in RAM, too. */
#pragma once

/* Two whole segments each way for every connection. What eight of them may have on their way is 16 frames, as many as
 * nic.cpp has buffers for. */
#define TCP_MSS 1460
#define TCP_WND (2 * TCP_MSS)
#define TCP_SND_BUF (4 * TCP_MSS)
#define TCP_SND_QUEUELEN 16
#define TCP_QUEUE_OOSEQ 1
#define TCP_OOSEQ_MAX_PBUFS 2

#include "../common/lwipopts_roomy.h"
