# SPDX-License-Identifier: MIT
# Finds lwIP's source: WHIT_LWIP_DIR, else build/lwip. For a board it is fetched there; on a host, which needs it only
# for the tests of the lwIP port, it is used if it is there.

set(WHIT_LWIP_DIR "$ENV{WHIT_LWIP_DIR}" CACHE PATH "lwIP's source folder (the one that holds src/)")
if(NOT WHIT_LWIP_DIR AND WHIT_BOARD)
  set(whit_lwip_dir ${CMAKE_CURRENT_SOURCE_DIR}/build/lwip)
  if(CMAKE_CROSSCOMPILING AND NOT EXISTS ${whit_lwip_dir}/src/core/tcp.c)
    message(STATUS "Fetching lwIP (name your own with -DWHIT_LWIP_DIR=...)")
    execute_process(COMMAND ${CMAKE_CURRENT_SOURCE_DIR}/tools/get_source lwip ${whit_lwip_dir}
                    RESULT_VARIABLE result ERROR_VARIABLE error OUTPUT_QUIET)
    if(result)
      string(STRIP "${error}" error)
      message(FATAL_ERROR "${error}\nor name lwIP's folder with -DWHIT_LWIP_DIR=...")
    endif()
  endif()
  if(EXISTS ${whit_lwip_dir}/src/core/tcp.c)
    set(WHIT_LWIP_DIR ${whit_lwip_dir})
  endif()
endif()
if(WHIT_LWIP_DIR AND NOT EXISTS ${WHIT_LWIP_DIR}/src/core/tcp.c)
  message(FATAL_ERROR "WHIT_LWIP_DIR=${WHIT_LWIP_DIR}: there is no src/core/tcp.c in it")
endif()
