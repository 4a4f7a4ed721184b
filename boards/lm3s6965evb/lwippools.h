/* SPDX-License-Identifier: MIT
 * What lwIP's mem_malloc() takes from: segments on their way out. lwIP reads this file several times, so no guard.
 *
 * 608 = pbuf 16 + headers 56 + a full segment of 536. 128 holds an acknowledgement, or 56 bytes of payload.
 * Together they are TCP_SND_QUEUELEN (4) for each connection and 7 more, so that there is always one for an
 * acknowledgement, even when no peer reads. The sizes have to be numbers: lwIP makes names of them. */
LWIP_MALLOC_MEMPOOL_START
LWIP_MALLOC_MEMPOOL(2 * BOARD_CONNECTIONS + 5, 128)
LWIP_MALLOC_MEMPOOL(2 * BOARD_CONNECTIONS + 2, 608)
LWIP_MALLOC_MEMPOOL_END
