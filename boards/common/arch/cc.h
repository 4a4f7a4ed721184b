/* SPDX-License-Identifier: MIT
 * lwIP's view of compiler and platform (lwIP, doc/sys_arch.txt and src/include/lwip/arch.h). C, because lwIP is. */
#pragma once

#include <stddef.h>
#include <stdint.h>

#define LWIP_NO_CTYPE_H 1
#define LWIP_NO_UNISTD_H 1
#define LWIP_NO_INTTYPES_H 1

/* Format strings of messages that are never printed: there is no printf in a firmware. */
#define X8_F "02x"
#define U16_F "u"
#define S16_F "d"
#define X16_F "x"
#define U32_F "u"
#define S32_F "d"
#define X32_F "x"
#define SZT_F "u"
#define LWIP_PLATFORM_DIAG(arguments) \
  do {                                \
  } while (0)

/* Headers lie at even addresses: frames at 4n+2 (ETH_PAD_SIZE), and each header is an even number of bytes. So lwIP
 * need not read the fields of its packed structures byte by byte. Only an option of IPv6 may lie at an odd address, and
 * its structure has nothing but bytes. lwip_glue.cpp checks what lwIP would check with a structure of five bytes. */
#define PACK_STRUCT_STRUCT __attribute__((packed, aligned(2)))
#define LWIP_SKIP_PACKING_CHECK

#ifdef __cplusplus
extern "C" {
#endif

uint32_t board_random_number(void);
void board_lwip_assert(const char* message, const char* file, int line) __attribute__((noreturn));
void board_assert_main_context(const char* file, int line);

/* stack/whit/copy.h, written out because this header is C. */
void whit_copy(void* destination, const void* source, size_t size);

/* copy_bytes.cpp, inet_chksum.cpp */
void board_copy_bytes(void* destination, const void* source, size_t size);
uint16_t board_inet_chksum(const void* data, int size);

#ifdef __cplusplus
}
#endif

/* One instruction where lwIP would call a function. */
#define lwip_htons(value) __builtin_bswap16(value)
#define lwip_htonl(value) __builtin_bswap32(value)

#define LWIP_CHKSUM(data, size) board_inet_chksum(data, size)
#define LWIP_RAND() board_random_number()
#define LWIP_PLATFORM_ASSERT(message) board_lwip_assert(message, __FILE__, __LINE__)
