/* SPDX-License-Identifier: MIT
 * Of the lwip.h that CubeMX writes, as much as whit_app.cpp uses. */
#pragma once
#ifdef __cplusplus
extern "C" {
#endif
void MX_LWIP_Init(void);
void MX_LWIP_Process(void);
#ifdef __cplusplus
}
#endif
