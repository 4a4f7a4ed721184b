/* SPDX-License-Identifier: MIT */
#pragma once

#include "pico/async_context.h"
#include "pico/time.h"

#if !PICO_CYW43_ARCH_POLL && !PICO_CYW43_ARCH_THREADSAFE_BACKGROUND
#error "the program links no variant of pico_cyw43_arch"
#endif

#define CYW43_AUTH_WPA2_AES_PSK 0x00400004

#ifdef __cplusplus
extern "C" {
#endif

int cyw43_arch_init(void);
void cyw43_arch_enable_sta_mode(void);
int cyw43_arch_wifi_connect_timeout_ms(const char* ssid, const char* password, uint32_t auth, uint32_t timeout);
async_context_t* cyw43_arch_async_context(void);
void cyw43_arch_poll(void);
void cyw43_arch_wait_for_work_until(absolute_time_t until);
void cyw43_arch_lwip_begin(void);
void cyw43_arch_lwip_end(void);

#ifdef __cplusplus
}
#endif
