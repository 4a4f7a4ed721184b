# SPDX-License-Identifier: MIT
# QEMU's machine for RISC-V, with 32 bits: 4 MiB each for code and data, Ethernet by VIRTIO. In QEMU: qemu-system-riscv32 -M virt.
include(${CMAKE_CURRENT_LIST_DIR}/../common/riscv_board.cmake)
whit_riscv_board(${CMAKE_CURRENT_LIST_DIR})
