/* SPDX-License-Identifier: MIT */
#pragma once

#ifdef __cplusplus
extern "C" {
#endif

unsigned get_core_num(void);

#ifdef __cplusplus
}
#endif
