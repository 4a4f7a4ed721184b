/* SPDX-License-Identifier: MIT
 * The pools of lwIP's mem_malloc(): segments on their way out. lwIP reads this file several times, so no guard.
 *
 * 1552 = pbuf 16 + headers 76 + a full segment of 1460. 128 holds an acknowledgement, or 36 bytes of payload.
 * Together they are TCP_SND_QUEUELEN (16) for each connection and 20 more, so that there is always one for an
 * acknowledgement, even when no peer reads. The sizes have to be numbers: lwIP makes names of them. */
LWIP_MALLOC_MEMPOOL_START
LWIP_MALLOC_MEMPOOL(6 * BOARD_CONNECTIONS + 16, 128)
LWIP_MALLOC_MEMPOOL(6 * BOARD_CONNECTIONS, 512)
LWIP_MALLOC_MEMPOOL(4 * BOARD_CONNECTIONS + 4, 1552)
LWIP_MALLOC_MEMPOOL_END
