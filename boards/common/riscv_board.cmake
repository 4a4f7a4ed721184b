# SPDX-License-Identifier: MIT
# A board with a RISC-V CPU of 32 bits: its board.cmake includes this and calls whit_riscv_board(<its folder> [SHARED <folder>]).

if(NOT CMAKE_CROSSCOMPILING)
  message(FATAL_ERROR "The board ${WHIT_BOARD} needs -DCMAKE_TOOLCHAIN_FILE=boards/toolchain-riscv32-unknown-elf.cmake")
endif()

include(${CMAKE_CURRENT_LIST_DIR}/firmware_board.cmake)

function(whit_riscv_board board_dir)
  set(WHIT_ARCHITECTURE_SOURCES riscv/vectors riscv/interrupts)
  whit_firmware_board(riscv ${board_dir} ${ARGN})
endfunction()
