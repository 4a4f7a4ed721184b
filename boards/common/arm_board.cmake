# SPDX-License-Identifier: MIT
# What the ARM boards share. A board's board.cmake includes this and calls whit_arm_board(). It makes
#
#   whit_lwip     lwIP with the board's options
#   whit::board   start-up code, drivers and linker script; an application links it and is an image
#   whit_add_firmware(<target> SOURCES file... [LIBS target...])    build/<preset>/<target>.elf with a .map beside it
#
# Options: WHIT_SEMIHOSTING (arguments and exit codes through the debugger; a HardFault without one),
#          WHIT_LWIP_ASSERTS and WHIT_LWIP_STATS (default: as WHIT_ASSERTS; they cost about 10 and 2 KB of flash).

if(NOT CMAKE_CROSSCOMPILING)
  message(FATAL_ERROR "The board ${WHIT_BOARD} needs -DCMAKE_TOOLCHAIN_FILE=boards/toolchain-arm-none-eabi.cmake")
endif()

option(WHIT_SEMIHOSTING "Exit codes and arguments through semihosting, as QEMU offers it" ON)
option(WHIT_LWIP_ASSERTS "lwIP checks its own assumptions" ${WHIT_ASSERTS})
option(WHIT_LWIP_STATS "lwIP counts the use of its pools" ${WHIT_ASSERTS})

include(${CMAKE_CURRENT_LIST_DIR}/../lwip.cmake)

function(whit_arm_board board_dir)
  set(common ${CMAKE_CURRENT_FUNCTION_LIST_DIR})

  whit_add_lwip(whit_lwip ${board_dir} ${common})
  # In the place of functions of its own.
  target_sources(whit_lwip PRIVATE ${common}/copy_bytes.cpp ${common}/inet_chksum.cpp)
  target_compile_features(whit_lwip PRIVATE cxx_std_17)
  # Its sources share many variables: together behind one address they take 400 bytes less of code.
  target_compile_options(whit_lwip PRIVATE -fno-data-sections)
  whit_config_symbol(WHIT_LWIP_DNS dns)
  whit_config_symbol(WHIT_LWIP_ALTCP altcp)
  if(altcp)
    whit_add_lwip_clients(whit_lwip)
  endif()
  whit_config_symbol(WHIT_CONNECTIONS connections)
  target_compile_definitions(whit_lwip PUBLIC WHIT_LWIP_ASSERTS=$<BOOL:${WHIT_LWIP_ASSERTS}>
                                              WHIT_LWIP_STATS=$<BOOL:${WHIT_LWIP_STATS}> BOARD_DNS=${dns} BOARD_ALTCP=${altcp}
                                              BOARD_LOOP_CONNECTIONS=${connections})

  if(WHIT_SEMIHOSTING)
    set(environment environment_semihosting)
  else()
    set(environment environment_none)
  endif()
  # An application that uses lwIP's timers gets all of them.
  set(timers timers)
  if(altcp)
    set(timers timers_of_lwip)
  endif()
  set(sources arguments board_network console ethernet fault lwip_glue memory network pbuf_words program qemu_seed random
              startup time ${timers} ${environment})
  list(TRANSFORM sources REPLACE "(.+)" "${common}/\\1.cpp")
  if(NOT EXISTS ${common}/network.cpp)
    list(REMOVE_ITEM sources ${common}/network.cpp)
  endif()
  whit_config_symbol(WHIT_TLS tls)
  if(tls)
    include(${common}/credentials.cmake)
    whit_credentials(generated)
    list(APPEND sources ${common}/credentials.cpp ${generated})
  endif()
  add_library(whit_board STATIC ${sources} ${board_dir}/hardware.cpp ${board_dir}/nic.cpp)
  add_library(whit::board ALIAS whit_board)
  set_source_files_properties(${common}/memory.cpp PROPERTIES COMPILE_OPTIONS -fno-tree-loop-distribute-patterns)
  target_compile_features(whit_board PUBLIC cxx_std_17)
  target_include_directories(whit_board PUBLIC ${common}/.. ${common} ${board_dir})
  target_link_libraries(whit_board PUBLIC whit_lwip whit::stack)
  target_link_libraries(whit_lwip PRIVATE whit_board)  # arch/cc.h: random numbers, assertions, copies
  if(COMMAND whit_warnings)
    whit_warnings(whit_board)
  endif()

  # No start-up code of the C library, no heap behind it, and nothing that nobody calls.
  target_link_options(whit_board INTERFACE -nostartfiles -L${common} -T${board_dir}/memory.ld -Wl,--gc-sections
                      -Wl,--defsym=board_has_tls=${tls} -Wl,--no-warn-rwx-segments -Wl,--print-memory-usage
                      -Wl,-Map=$<TARGET_FILE_DIR:$<TARGET_PROPERTY:NAME>>/$<TARGET_PROPERTY:NAME>.map)
  set_property(TARGET whit_board PROPERTY INTERFACE_LINK_DEPENDS ${board_dir}/memory.ld ${common}/sections.ld)
endfunction()

function(whit_add_firmware target)
  cmake_parse_arguments(PARSE_ARGV 1 FIRMWARE "" "" "SOURCES;LIBS")
  add_executable(${target} ${FIRMWARE_SOURCES})
  target_link_libraries(${target} PRIVATE ${FIRMWARE_LIBS} whit::board)
  set_target_properties(${target} PROPERTIES SUFFIX .elf RUNTIME_OUTPUT_DIRECTORY ${CMAKE_BINARY_DIR})
endfunction()
