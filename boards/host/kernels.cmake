# SPDX-License-Identifier: MIT
# Byte kernels for the CPU of this machine, where there are any: x86/ asks at run time what it can.
if(CMAKE_SYSTEM_PROCESSOR MATCHES "^(x86_64|AMD64)$" AND CMAKE_SIZEOF_VOID_P EQUAL 8
   AND CMAKE_CXX_COMPILER_ID MATCHES "GNU|Clang")
  set(whit_default_kernels ${CMAKE_CURRENT_LIST_DIR}/x86)
endif()
