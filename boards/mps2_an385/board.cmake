# SPDX-License-Identifier: MIT
# ARM MPS2 with application note AN385: Cortex-M3, 4 MiB each for code and data. In QEMU: -M mps2-an385.
include(${CMAKE_CURRENT_LIST_DIR}/../common/arm_board.cmake)
whit_arm_board(${CMAKE_CURRENT_LIST_DIR} SHARED ${CMAKE_CURRENT_LIST_DIR}/../mps2)
