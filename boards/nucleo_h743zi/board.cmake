# SPDX-License-Identifier: MIT
# ST NUCLEO-H743ZI and NUCLEO-H743ZI2: Cortex-M7, 2 MiB of flash, 512 KiB of RAM and an Ethernet port. Compiled, not run.
option(WHIT_SEMIHOSTING "Exit codes and arguments through a debugger" OFF)
include(${CMAKE_CURRENT_LIST_DIR}/../common/arm_board.cmake)
whit_arm_board(${CMAKE_CURRENT_LIST_DIR})
# Before the first write to RAM: hardware.cpp.
target_link_options(whit_board INTERFACE -Wl,--wrap=board_reset)
