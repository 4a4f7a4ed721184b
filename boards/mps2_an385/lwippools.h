/* SPDX-License-Identifier: MIT
 * What lwIP's mem_malloc() takes from: segments on their way out. lwIP reads this file several times, so no guard.
 *
 * 1552 = pbuf 16 + headers 76 + a full segment of 1460. 128 holds an acknowledgement, or 36 bytes of payload.
 * The sizes have to be numbers: lwIP makes names of them. */
LWIP_MALLOC_MEMPOOL_START
LWIP_MALLOC_MEMPOOL(128, 128)
LWIP_MALLOC_MEMPOOL(128, 512)
LWIP_MALLOC_MEMPOOL(96, 1552)
LWIP_MALLOC_MEMPOOL_END
