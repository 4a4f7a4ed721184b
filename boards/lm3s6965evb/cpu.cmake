# SPDX-License-Identifier: MIT
# Cortex-M3: Thumb-2 without floating point. Read by boards/toolchain-arm-none-eabi.cmake.
set(WHIT_CPU_FLAGS "-mcpu=cortex-m3 -mthumb")
