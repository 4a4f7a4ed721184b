/* SPDX-License-Identifier: MIT
 * The pools that lwIP takes segments from. Included by lwIP several times. */
LWIP_MALLOC_MEMPOOL_START
LWIP_MALLOC_MEMPOOL(12, 256)
LWIP_MALLOC_MEMPOOL(10, 768)
LWIP_MALLOC_MEMPOOL_END
