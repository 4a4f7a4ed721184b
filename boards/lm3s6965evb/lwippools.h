/* SPDX-License-Identifier: MIT
 * The pools of lwIP's mem_malloc(): segments on their way out. lwIP reads this file several times, so no guard.
 *
 * 608 = pbuf 16 + headers 56 + a full segment of 536. 128 holds an acknowledgement, or 56 bytes of payload.
 * A peer that does not read keeps TCP_SND_BUF, two full segments: when all but one do, that one still has one. Together
 * they are one more than MEMP_NUM_TCP_SEG, so that there is always one for an acknowledgement. A write that finds none
 * waits, and goes on when one is free. The sizes have to be numbers: lwIP makes names of them. */
LWIP_MALLOC_MEMPOOL_START
LWIP_MALLOC_MEMPOOL(2 * BOARD_CONNECTIONS + 2, 128)
LWIP_MALLOC_MEMPOOL(2 * BOARD_CONNECTIONS - 1, 608)
LWIP_MALLOC_MEMPOOL_END
