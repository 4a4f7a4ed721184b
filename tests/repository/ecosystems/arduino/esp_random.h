// SPDX-License-Identifier: MIT
// Of ESP-IDF, which lies beneath the core for ESP32.
#pragma once
#include <stddef.h>
extern "C" void esp_fill_random(void* buffer, size_t size);
