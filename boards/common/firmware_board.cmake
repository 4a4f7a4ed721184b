# SPDX-License-Identifier: MIT
# What the boards without an operating system share: whit_firmware_board(), which arm_board.cmake and riscv_board.cmake call
# for the boards of their architecture. It makes
#
#   whit_lwip     lwIP with the board's options
#   whit::board   start-up code, drivers and linker script; an application links it and is an image
#   whit_add_firmware(<target> SOURCES file... [LIBS target...])    build/<preset>/<target>.elf with a .map beside it
#
# common/<architecture> has the sources of its list and the headers cpu.h, semihosting.h, traps.h.
#
# A board with a source of entropy has a seed.cpp; the others, which exist in QEMU only, get common/qemu_seed.cpp.
#
# Options: WHIT_SEMIHOSTING (arguments and exit codes through the debugger; a fault without one),
#          WHIT_ARGUMENTS (without it: the arguments of every program, such as "ip=192.0.2.7 mask=255.255.255.0 gateway=192.0.2.1"),
#          WHIT_LWIP_ASSERTS and WHIT_LWIP_STATS (default: as WHIT_ASSERTS; they cost about 10 and 2 KB of flash).

option(WHIT_SEMIHOSTING "Exit codes and arguments through semihosting, as QEMU offers it" ON)
set(WHIT_ARGUMENTS "" CACHE STRING "Arguments of the programs of a board without semihosting")
option(WHIT_LWIP_ASSERTS "lwIP checks its own assumptions" ${WHIT_ASSERTS})
option(WHIT_LWIP_STATS "lwIP counts the use of its pools" ${WHIT_ASSERTS})

include(${CMAKE_CURRENT_LIST_DIR}/../lwip.cmake)

# whit_firmware_board(<architecture> <folder of the board> [SHARED <folder>])
# SHARED has hardware.cpp, nic.cpp, lwipopts.h and lwippools.h in place of the board's folder: those of a family of boards.
function(whit_firmware_board architecture board_dir)
  cmake_parse_arguments(PARSE_ARGV 2 BOARD "" "SHARED" "")
  set(common ${CMAKE_CURRENT_FUNCTION_LIST_DIR})
  set(drivers ${board_dir})
  if(BOARD_SHARED)
    set(drivers ${BOARD_SHARED})
  endif()

  whit_add_lwip(whit_lwip ${drivers} ${common})
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
  set(sources arguments board_network console ethernet ${architecture}/fault lwip_glue memory network pbuf_words program qemu_seed
              random startup time ${timers} ${environment} ${WHIT_ARCHITECTURE_SOURCES})
  list(TRANSFORM sources REPLACE "(.+)" "${common}/\\1.cpp")
  if(EXISTS ${board_dir}/seed.cpp)
    list(REMOVE_ITEM sources ${common}/qemu_seed.cpp)
    list(APPEND sources ${board_dir}/seed.cpp)
  endif()
  whit_config_symbol(WHIT_TLS tls)
  if(tls)
    include(${common}/credentials.cmake)
    whit_credentials(generated)
    list(APPEND sources ${common}/credentials.cpp ${generated})
  endif()
  add_library(whit_board STATIC ${sources} ${drivers}/hardware.cpp ${drivers}/nic.cpp)
  add_library(whit::board ALIAS whit_board)
  set_source_files_properties(${common}/memory.cpp PROPERTIES COMPILE_OPTIONS -fno-tree-loop-distribute-patterns)
  set_source_files_properties(${common}/environment_none.cpp PROPERTIES COMPILE_DEFINITIONS WHIT_ARGUMENTS="${WHIT_ARGUMENTS}")
  target_compile_features(whit_board PUBLIC cxx_std_17)
  target_include_directories(whit_board PUBLIC ${common}/.. ${common} ${common}/${architecture} ${board_dir} ${drivers})
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
