# SPDX-License-Identifier: MIT
# Integers, multiplication, atomics, short instructions; no floating point. In version 2.2 of the instruction set the registers
# of control are a part of the base, as in the name that GCC has for its libraries. Read by
# boards/toolchain-riscv32-unknown-elf.cmake.
set(WHIT_CPU_FLAGS "-march=rv32imac -mabi=ilp32 -misa-spec=2.2 -mcmodel=medany")
