/* SPDX-License-Identifier: MIT
 * Of STM32Cube's HAL, as much as whit_app.cpp uses. */
#pragma once
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif
typedef struct { int instance; } RNG_HandleTypeDef;
typedef enum { HAL_OK, HAL_ERROR } HAL_StatusTypeDef;
HAL_StatusTypeDef HAL_RNG_GenerateRandomNumber(RNG_HandleTypeDef* handle, uint32_t* number);
uint32_t HAL_GetTick(void);
void Error_Handler(void);
#ifdef __cplusplus
}
#endif
