# SPDX-License-Identifier: MIT
# Cortex-M33 without its floating point and DSP instructions, as this one is. Read by boards/toolchain-arm-none-eabi.cmake.
set(WHIT_CPU_FLAGS "-mcpu=cortex-m33+nodsp+nofp -mthumb")
