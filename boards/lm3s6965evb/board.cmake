# SPDX-License-Identifier: MIT
# TI (Luminary Micro) LM3S6965 evaluation board: Cortex-M3, 256 KiB of flash, 64 KiB of RAM. In QEMU: -M lm3s6965evb.
include(${CMAKE_CURRENT_LIST_DIR}/../common/arm_board.cmake)
whit_arm_board(${CMAKE_CURRENT_LIST_DIR})
