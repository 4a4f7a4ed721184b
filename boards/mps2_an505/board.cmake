# SPDX-License-Identifier: MIT
# ARM MPS2 with application note AN505: Cortex-M33, 4 MiB for code and 2 MiB for data. In QEMU: -M mps2-an505.
include(${CMAKE_CURRENT_LIST_DIR}/../common/arm_board.cmake)
whit_arm_board(${CMAKE_CURRENT_LIST_DIR} SHARED ${CMAKE_CURRENT_LIST_DIR}/../mps2)
