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

#ifdef __cplusplus
extern "C" {
#endif

uint32_t board_random_number(void);
void board_lwip_assert(const char* message, const char* file, int line) __attribute__((noreturn));
void board_assert_main_context(const char* file, int line);

/* stack/whit/wire/copy.h, written out because this header is C. */
void whit_copy(void* destination, const void* source, size_t size);

#ifdef __cplusplus
}
#endif

#define LWIP_RAND() board_random_number()
#define LWIP_PLATFORM_ASSERT(message) board_lwip_assert(message, __FILE__, __LINE__)
