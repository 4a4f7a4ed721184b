# SPDX-License-Identifier: MIT
# GCC for bare-metal RISC-V of 32 bits: the compiler (Debian's riscv64-unknown-elf-gcc is for both widths), picolibc, and the
# flags that every object of an image has to share.
#
#   cmake -DCMAKE_TOOLCHAIN_FILE=boards/toolchain-riscv32-unknown-elf.cmake -DWHIT_BOARD=...

set(CMAKE_SYSTEM_PROCESSOR riscv)
include(${CMAKE_CURRENT_LIST_DIR}/toolchain_bare_metal.cmake)

find_program(WHIT_RISCV_GCC riscv64-unknown-elf-gcc)
find_program(WHIT_RISCV_GXX riscv64-unknown-elf-g++)
mark_as_advanced(WHIT_RISCV_GCC WHIT_RISCV_GXX)
if(NOT WHIT_RISCV_GCC OR NOT WHIT_RISCV_GXX)
  message(FATAL_ERROR "riscv64-unknown-elf-gcc is missing; install the packages gcc-riscv64-unknown-elf and "
                      "picolibc-riscv64-unknown-elf")
endif()
set(CMAKE_C_COMPILER ${WHIT_RISCV_GCC})
set(CMAKE_CXX_COMPILER ${WHIT_RISCV_GXX})

# GCC answers with the bare name when it does not have the file.
execute_process(COMMAND ${WHIT_RISCV_GCC} -print-file-name=picolibc.specs
                OUTPUT_VARIABLE _whit_specs_path OUTPUT_STRIP_TRAILING_WHITESPACE)
if(_whit_specs_path STREQUAL picolibc.specs)
  message(FATAL_ERROR "picolibc is missing; install the package picolibc-riscv64-unknown-elf")
endif()

# -mstrict-align: many of these CPUs trap unaligned accesses, or emulate them slowly.
whit_firmware_flags(_whit_flags "-mstrict-align")
set(CMAKE_C_FLAGS_INIT "--specs=picolibc.specs ${_whit_flags}")
set(CMAKE_CXX_FLAGS_INIT "--specs=picolibc.specs ${_whit_flags_cxx}")
# Debian has no C++ library for this compiler, and Whit needs none: the one header that the language itself asks for stands
# here, and only C libraries are linked.
string(APPEND CMAKE_CXX_FLAGS_INIT " -idirafter ${CMAKE_CURRENT_LIST_DIR}/common/riscv/language")
set(CMAKE_EXE_LINKER_FLAGS_INIT "-nodefaultlibs")
set(CMAKE_C_STANDARD_LIBRARIES_INIT "-Wl,--start-group -lgcc -lc -Wl,--end-group")
set(CMAKE_CXX_STANDARD_LIBRARIES_INIT "${CMAKE_C_STANDARD_LIBRARIES_INIT}")
