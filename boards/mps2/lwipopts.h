/* SPDX-License-Identifier: MIT
 * lwIP behind a LAN9118. */
#pragma once

/* The controller, not the RAM, is what is short here: it takes 10,560 bytes and drops the rest without a word, which
 * costs a peer 1.5 s for every lost segment. Eight connections of two segments each are 9,600 bytes with all headers.
 */
#define TCP_MSS 536
#define TCP_WND (2 * TCP_MSS)
#define TCP_SND_BUF (4 * TCP_MSS)
#define TCP_SND_QUEUELEN 16
#define TCP_QUEUE_OOSEQ 1
#define TCP_OOSEQ_MAX_PBUFS 2

#include "../common/lwipopts_roomy.h"
