# SPDX-License-Identifier: MIT
# GCC for bare-metal RISC-V of 32 bits: the compiler (Debian's riscv64-unknown-elf-gcc is for both widths), picolibc, and the
# flags that every object of an image has to share. The CPU is the board's: boards/<WHIT_BOARD>/cpu.cmake sets WHIT_CPU_FLAGS.
# It is read here because the protocol itself is compiled for that CPU too, long before the board's own folder is.
#
#   cmake -DCMAKE_TOOLCHAIN_FILE=boards/toolchain-riscv32-unknown-elf.cmake -DWHIT_BOARD=...

set(CMAKE_SYSTEM_NAME Generic)
set(CMAKE_SYSTEM_PROCESSOR riscv)

# Nothing can be linked before a board has named its linker script.
set(CMAKE_TRY_COMPILE_TARGET_TYPE STATIC_LIBRARY)
set(CMAKE_TRY_COMPILE_PLATFORM_VARIABLES WHIT_BOARD WHIT_CPU_FLAGS)

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

if(WHIT_BOARD AND EXISTS ${CMAKE_CURRENT_LIST_DIR}/${WHIT_BOARD}/cpu.cmake)
  include(${CMAKE_CURRENT_LIST_DIR}/${WHIT_BOARD}/cpu.cmake)
endif()
set(WHIT_CPU_FLAGS "${WHIT_CPU_FLAGS}" CACHE STRING "Compiler flags that name the CPU")

# -mstrict-align: many of these CPUs trap unaligned accesses, or emulate them slowly.
# No unwind tables: nothing throws, and the linker script refuses them.
set(_whit_flags "--specs=picolibc.specs ${WHIT_CPU_FLAGS} -mstrict-align -Os -g -ffunction-sections -fdata-sections -fno-common")
string(APPEND _whit_flags " -fno-unwind-tables -fno-asynchronous-unwind-tables")
set(CMAKE_C_FLAGS_INIT "${_whit_flags}")
set(CMAKE_CXX_FLAGS_INIT "${_whit_flags} -fno-exceptions -fno-rtti -fno-threadsafe-statics")
# Debian has no C++ library for this compiler, and Whit needs none: the one header that the language itself asks for stands
# here, and only C libraries are linked.
string(APPEND CMAKE_CXX_FLAGS_INIT " -idirafter ${CMAKE_CURRENT_LIST_DIR}/common/riscv/language")
set(CMAKE_EXE_LINKER_FLAGS_INIT "-nodefaultlibs")
set(CMAKE_C_STANDARD_LIBRARIES_INIT "-Wl,--start-group -lgcc -lc -Wl,--end-group")
set(CMAKE_CXX_STANDARD_LIBRARIES_INIT "${CMAKE_C_STANDARD_LIBRARIES_INIT}")

set(CMAKE_FIND_ROOT_PATH_MODE_PROGRAM NEVER)
set(CMAKE_FIND_ROOT_PATH_MODE_LIBRARY ONLY)
set(CMAKE_FIND_ROOT_PATH_MODE_INCLUDE ONLY)
set(CMAKE_FIND_ROOT_PATH_MODE_PACKAGE ONLY)
