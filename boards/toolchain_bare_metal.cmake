# SPDX-License-Identifier: MIT
# What the toolchain files of the boards share: nothing runs beneath, and every object of an image has the same flags. The CPU
# is the board's: boards/<WHIT_BOARD>/cpu.cmake sets WHIT_CPU_FLAGS. It is read here because the protocol itself is compiled for that
# CPU too, long before the board's own folder is.
#
# whit_firmware_flags(<variable> <architecture's flags>) gives the flags of C; those of C++ have _cxx behind the name.

set(CMAKE_SYSTEM_NAME Generic)

# Nothing can be linked before a board has named its linker script.
set(CMAKE_TRY_COMPILE_TARGET_TYPE STATIC_LIBRARY)
list(APPEND CMAKE_TRY_COMPILE_PLATFORM_VARIABLES WHIT_BOARD WHIT_CPU_FLAGS)

if(WHIT_BOARD AND EXISTS ${CMAKE_CURRENT_LIST_DIR}/${WHIT_BOARD}/cpu.cmake)
  include(${CMAKE_CURRENT_LIST_DIR}/${WHIT_BOARD}/cpu.cmake)
endif()
set(WHIT_CPU_FLAGS "${WHIT_CPU_FLAGS}" CACHE STRING "Compiler flags that name the CPU")

# No unwind tables: nothing throws, and the linker script refuses them.
function(whit_firmware_flags output architecture_flags)
  set(flags "${WHIT_CPU_FLAGS} ${architecture_flags} -Os -g -ffunction-sections -fdata-sections -fno-common")
  string(APPEND flags " -fno-unwind-tables -fno-asynchronous-unwind-tables")
  set(${output} "${flags}" PARENT_SCOPE)
  set(${output}_cxx "${flags} -fno-exceptions -fno-rtti -fno-threadsafe-statics" PARENT_SCOPE)
endfunction()

set(CMAKE_FIND_ROOT_PATH_MODE_PROGRAM NEVER)
set(CMAKE_FIND_ROOT_PATH_MODE_LIBRARY ONLY)
set(CMAKE_FIND_ROOT_PATH_MODE_INCLUDE ONLY)
set(CMAKE_FIND_ROOT_PATH_MODE_PACKAGE ONLY)
