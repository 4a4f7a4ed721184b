# SPDX-License-Identifier: MIT
# Cortex-M7; nothing here needs its floating point. Read by boards/toolchain-arm-none-eabi.cmake.
set(WHIT_CPU_FLAGS "-mcpu=cortex-m7 -mthumb -mfloat-abi=soft")
