# SPDX-License-Identifier: MIT
# Checks the name of the board and sets the defaults that depend on it.

set(whit_board_dir ${CMAKE_CURRENT_SOURCE_DIR}/boards/${WHIT_BOARD})
if(WHIT_BOARD AND NOT EXISTS ${whit_board_dir}/board.cmake)
  file(GLOB found RELATIVE ${CMAKE_CURRENT_SOURCE_DIR}/boards CONFIGURE_DEPENDS
       ${CMAKE_CURRENT_SOURCE_DIR}/boards/*/board.cmake)
  list(TRANSFORM found REPLACE "/board.cmake" "")
  list(JOIN found ", " found)
  message(FATAL_ERROR "WHIT_BOARD=${WHIT_BOARD}: there is no such board. There are: ${found}")
endif()

if(WHIT_BOARD AND EXISTS ${whit_board_dir}/defconfig)
  set(whit_default_defconfig ${whit_board_dir}/defconfig)
endif()
set(WHIT_DEFCONFIG "${whit_default_defconfig}" CACHE FILEPATH "Numbers that differ from Kconfig's defaults")
