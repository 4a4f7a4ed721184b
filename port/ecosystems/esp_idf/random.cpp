// SPDX-License-Identifier: MIT
// Random bytes of the hardware: true ones while Wi-Fi, Bluetooth or bootloader_random_enable() feeds it.
#include <esp_random.h>

#include "whit/posix/posix_platform.h"

bool whit::posix::fill_random(uint8_t* data, size_t size) {
  esp_fill_random(data, size);
  return true;
}
