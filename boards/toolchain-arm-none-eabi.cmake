# SPDX-License-Identifier: MIT
# GCC for bare-metal ARM: the compiler, the C library, and the flags that every object of an image has to share.
#
#   cmake -DCMAKE_TOOLCHAIN_FILE=boards/toolchain-arm-none-eabi.cmake -DWHIT_BOARD=... [-DWHIT_LIBC=newlib-nano]

set(CMAKE_SYSTEM_PROCESSOR arm)
set(CMAKE_TRY_COMPILE_PLATFORM_VARIABLES WHIT_LIBC)
include(${CMAKE_CURRENT_LIST_DIR}/toolchain_bare_metal.cmake)

find_program(WHIT_ARM_GCC arm-none-eabi-gcc)
find_program(WHIT_ARM_GXX arm-none-eabi-g++)
mark_as_advanced(WHIT_ARM_GCC WHIT_ARM_GXX)
if(NOT WHIT_ARM_GCC OR NOT WHIT_ARM_GXX)
  message(FATAL_ERROR "arm-none-eabi-gcc is missing; install the packages gcc-arm-none-eabi, "
                      "picolibc-arm-none-eabi and libstdc++-arm-none-eabi-picolibc")
endif()
set(CMAKE_C_COMPILER ${WHIT_ARM_GCC})
set(CMAKE_CXX_COMPILER ${WHIT_ARM_GXX})

set(WHIT_LIBC picolibc CACHE STRING "C library of the ARM boards: picolibc (the size reference) or newlib-nano")
set_property(CACHE WHIT_LIBC PROPERTY STRINGS picolibc newlib-nano)
if(WHIT_LIBC STREQUAL picolibc)
  set(_whit_c_specs picolibc.specs)
  set(_whit_cxx_specs picolibcpp.specs)
  set(_whit_libc_packages "picolibc-arm-none-eabi and libstdc++-arm-none-eabi-picolibc")
elseif(WHIT_LIBC STREQUAL newlib-nano)
  set(_whit_c_specs nano.specs)
  set(_whit_cxx_specs nano.specs)
  set(_whit_libc_packages "libnewlib-arm-none-eabi and libstdc++-arm-none-eabi-newlib")
else()
  message(FATAL_ERROR "WHIT_LIBC is '${WHIT_LIBC}'; it can be picolibc or newlib-nano")
endif()

# GCC answers with the bare name when it does not have the file.
execute_process(COMMAND ${WHIT_ARM_GXX} -print-file-name=${_whit_cxx_specs}
                OUTPUT_VARIABLE _whit_specs_path OUTPUT_STRIP_TRAILING_WHITESPACE)
if(_whit_specs_path STREQUAL _whit_cxx_specs)
  message(FATAL_ERROR "${WHIT_LIBC} is missing; install the packages ${_whit_libc_packages}")
endif()

# -mno-unaligned-access: the boards trap unaligned accesses, so the compiler may not merge byte accesses into words.
whit_firmware_flags(_whit_flags "-mno-unaligned-access")
set(CMAKE_C_FLAGS_INIT "--specs=${_whit_c_specs} ${_whit_flags}")
set(CMAKE_CXX_FLAGS_INIT "--specs=${_whit_cxx_specs} ${_whit_flags_cxx}")
