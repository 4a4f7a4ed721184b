/* SPDX-License-Identifier: MIT
 * The main.c of CubeMX with the two calls of the page, and stand-ins for what the HAL does. Linked, never run. */
#include "main.h"

#include "lwip.h"
#include "lwip/init.h"
#include "lwip/timeouts.h"

void whit_app_start(void);
void whit_app_process(void);

RNG_HandleTypeDef hrng;
static volatile uint32_t ticks;

HAL_StatusTypeDef HAL_RNG_GenerateRandomNumber(RNG_HandleTypeDef* handle, uint32_t* number) {
  *number = ticks;
  return handle != 0 ? HAL_OK : HAL_ERROR;
}
uint32_t HAL_GetTick(void) { return ticks; }
uint32_t sys_now(void) { return ticks; }
unsigned whit_test_random(void) { return ticks; }
void Error_Handler(void) {
  for (;;) {
  }
}
void MX_LWIP_Init(void) { lwip_init(); }
void MX_LWIP_Process(void) { sys_check_timeouts(); }

int main(void) {
  MX_LWIP_Init();
  whit_app_start();
  for (;;) whit_app_process();
}
