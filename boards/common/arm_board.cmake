# SPDX-License-Identifier: MIT
# A board with a CPU of ARM's M profile: its board.cmake includes this and calls whit_arm_board(<its folder> [SHARED <folder>]).

if(NOT CMAKE_CROSSCOMPILING)
  message(FATAL_ERROR "The board ${WHIT_BOARD} needs -DCMAKE_TOOLCHAIN_FILE=boards/toolchain-arm-none-eabi.cmake")
endif()

include(${CMAKE_CURRENT_LIST_DIR}/firmware_board.cmake)

function(whit_arm_board board_dir)
  set(WHIT_ARCHITECTURE_SOURCES arm/vectors)
  whit_firmware_board(arm ${board_dir} ${ARGN})
endfunction()
