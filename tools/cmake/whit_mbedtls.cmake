# SPDX-License-Identifier: MIT
# Mbed TLS, target whit_mbedtls, if the configuration in use has WHIT_TLS. One of the two:
#
#   WHIT_MBEDTLS_TARGET  the Mbed TLS that the project has, with its own configuration: a target, or MbedTLS::mbedtls, which is
#                        looked for as an installed package where there is no such target
#   WHIT_MBEDTLS_DIR     a copy of Whit's own, from this source folder, else from build/mbedtls, into which it is fetched.
#                        Compiled for port/whit/mbedtls/whit_mbedtls_config.h without warnings
#
# Its headers are system headers: it is not held to this project's rules.

set(WHIT_MBEDTLS_DIR "$ENV{WHIT_MBEDTLS_DIR}" CACHE PATH "Mbed TLS's source folder, 3.6 (the one that holds library/)")
set(WHIT_MBEDTLS_TARGET "" CACHE STRING "Target that is the project's own Mbed TLS, 3.6; MbedTLS::mbedtls may be a package")

# The source of the own copy.
function(whit_find_mbedtls)
  if(NOT WHIT_MBEDTLS_DIR)
    set(dir ${PROJECT_SOURCE_DIR}/build/mbedtls)
    if(NOT EXISTS ${dir}/library/ssl_tls.c)
      message(STATUS "Fetching Mbed TLS (name your own with -DWHIT_MBEDTLS_DIR=...)")
      execute_process(COMMAND ${PROJECT_SOURCE_DIR}/tools/get_source mbedtls ${dir}
                      RESULT_VARIABLE result ERROR_VARIABLE error OUTPUT_QUIET)
      if(result)
        string(STRIP "${error}" error)
        message(FATAL_ERROR "${error}\nor name the folder of Mbed TLS with -DWHIT_MBEDTLS_DIR=...")
      endif()
    endif()
    set(WHIT_MBEDTLS_DIR ${dir} PARENT_SCOPE)
    set(WHIT_MBEDTLS_DIR ${dir})
  endif()
  if(NOT EXISTS ${WHIT_MBEDTLS_DIR}/library/ssl_tls.c)
    message(FATAL_ERROR "WHIT_MBEDTLS_DIR=${WHIT_MBEDTLS_DIR}: there is no library/ssl_tls.c in it")
  endif()
  file(STRINGS ${WHIT_MBEDTLS_DIR}/include/mbedtls/build_info.h line REGEX "define MBEDTLS_VERSION_STRING ")
  if(NOT line MATCHES "\"3\\.6\\.([0-9]+)\"" OR CMAKE_MATCH_1 LESS 6)
    message(FATAL_ERROR "WHIT_MBEDTLS_DIR=${WHIT_MBEDTLS_DIR}: 3.6.6 or a later 3.6 is needed; there is ${line}")
  endif()
endfunction()

function(whit_add_mbedtls)
  # Parts that whit_mbedtls_config.h turns off compile to nothing; these include headers that do not exist here.
  file(GLOB sources ${WHIT_MBEDTLS_DIR}/library/*.c)
  list(FILTER sources EXCLUDE REGEX "/(net_sockets|timing|entropy_poll|psa_its_file|error|version|version_features)\\.c$")
  # Compiled from port/whit/mbedtls, which says why.
  list(FILTER sources EXCLUDE REGEX "/ssl_((tls12_)?client|tls13_generic)\\.c$")
  add_library(whit_mbedtls STATIC ${sources} ${PROJECT_SOURCE_DIR}/port/whit/mbedtls/mbedtls_client.c
                                  ${PROJECT_SOURCE_DIR}/port/whit/mbedtls/mbedtls_tls13.c)
  set_target_properties(whit_mbedtls PROPERTIES UNITY_BUILD OFF)  # its files use the same names for different things
  target_include_directories(whit_mbedtls SYSTEM PUBLIC $<BUILD_INTERFACE:${WHIT_MBEDTLS_DIR}/include>)
  target_include_directories(whit_mbedtls PRIVATE ${WHIT_MBEDTLS_DIR}/library)
  target_include_directories(whit_mbedtls PUBLIC $<BUILD_INTERFACE:${PROJECT_SOURCE_DIR}/port/whit/mbedtls>)
  target_compile_definitions(whit_mbedtls PUBLIC "MBEDTLS_CONFIG_FILE=\"whit_mbedtls_config.h\"")
  foreach(symbol IN ITEMS CLIENT SERVER 1_2 1_3 RSA P384 X25519 PSK AES_GCM CHACHA20_POLY1305 PEM TICKETS
                          MAX_FRAGMENT_LENGTH IN_BYTES OUT_BYTES HANDSHAKES)
    whit_config_symbol(WHIT_TLS_${symbol} value)
    target_compile_definitions(whit_mbedtls PUBLIC WHIT_TLS_${symbol}=${value})
  endforeach()
  target_compile_options(whit_mbedtls PRIVATE -w -ffunction-sections -fdata-sections)
  # Mbed TLS asks the CPU at run time whether it has AES instructions, but the compiler inlines them only when it is told;
  # else a record costs nearly twice as much.
  if(CMAKE_SYSTEM_PROCESSOR MATCHES "^(x86_64|AMD64)$" AND CMAKE_SIZEOF_VOID_P EQUAL 8
     AND CMAKE_C_COMPILER_ID MATCHES "GNU|Clang")
    set_source_files_properties(${WHIT_MBEDTLS_DIR}/library/aes.c PROPERTIES COMPILE_OPTIONS "-maes;-mpclmul")
    set_source_files_properties(${WHIT_MBEDTLS_DIR}/library/aesni.c PROPERTIES COMPILE_OPTIONS "-maes;-mpclmul;-mssse3")
  endif()
  # The functions that write certificates as text call snprintf; nothing calls them, and the linker drops both.
  target_link_options(whit_mbedtls INTERFACE -Wl,--gc-sections)
  target_link_libraries(whit_mbedtls INTERFACE $<BUILD_INTERFACE:${PROJECT_SOURCE_DIR}/port/whit/mbedtls/one_copy.ld>)
endfunction()

# The version of an Mbed TLS whose CMake package was not found, for the message.
function(whit_installed_mbedtls out)
  find_path(WHIT_MBEDTLS_HEADERS mbedtls/version.h)
  mark_as_advanced(WHIT_MBEDTLS_HEADERS)
  set(text "none is found")
  foreach(header IN ITEMS build_info.h version.h)
    if(EXISTS ${WHIT_MBEDTLS_HEADERS}/mbedtls/${header})
      file(STRINGS ${WHIT_MBEDTLS_HEADERS}/mbedtls/${header} line REGEX "define MBEDTLS_VERSION_STRING ")
      if(line MATCHES "\"([0-9.]+)\"")
        set(text "${CMAKE_MATCH_1} is in ${WHIT_MBEDTLS_HEADERS}")
        break()
      endif()
    endif()
  endforeach()
  set(${out} ${text} PARENT_SCOPE)
endfunction()

# The Mbed TLS that the project has. tls_requirements.cpp checks its version, too, and its configuration.
function(whit_use_mbedtls target)
  if(NOT TARGET ${target} AND target STREQUAL "MbedTLS::mbedtls")
    find_package(MbedTLS QUIET)
    if(NOT TARGET ${target})
      whit_installed_mbedtls(installed)
      message(FATAL_ERROR "WHIT_MBEDTLS_TARGET=${target}: Mbed TLS 3.6 with its CMake package is needed; ${installed}")
    endif()
    if(NOT MbedTLS_VERSION MATCHES "^3\\.6\\.")
      message(FATAL_ERROR "WHIT_MBEDTLS_TARGET=${target}: Mbed TLS 3.6 is needed; ${MbedTLS_DIR} has ${MbedTLS_VERSION}")
    endif()
  endif()
  if(NOT TARGET ${target})
    message(FATAL_ERROR "WHIT_MBEDTLS_TARGET=${target}: there is no such target; it has to be added before Whit")
  endif()
  add_library(whit_mbedtls INTERFACE)
  target_link_libraries(whit_mbedtls INTERFACE ${target})
endfunction()

# A program that is linked with two copies gets functions of the one with data of the other. Called again when all folders of
# the project have been read.
function(whit_refuse_two_mbedtls)
  foreach(target IN ITEMS MbedTLS::mbedtls mbedtls pico_mbedtls idf::mbedtls)
    if(TARGET ${target})
      message(FATAL_ERROR "Two copies of Mbed TLS: the project has the target ${target}, and Whit compiles its own. Give Whit "
                          "that one, -DWHIT_MBEDTLS_TARGET=${target}; or, for programs that do not use it, "
                          "-DWHIT_MBEDTLS_DIR=... for Whit's own")
    endif()
  endforeach()
endfunction()

# Rules that Kconfig cannot express: of some options at least one is needed.
function(whit_check_tls)
  foreach(choice IN ITEMS "a role: CLIENT SERVER" "a version: 1_2 1_3" "a cipher: AES_GCM CHACHA20_POLY1305")
    string(REGEX MATCH "^(.*): (.*) (.*)$" all "${choice}")
    set(one WHIT_TLS_${CMAKE_MATCH_2})
    set(other WHIT_TLS_${CMAKE_MATCH_3})
    set(what ${CMAKE_MATCH_1})
    whit_config_symbol(${one} first)
    whit_config_symbol(${other} second)
    if(NOT first AND NOT second)
      message(FATAL_ERROR "the configuration has WHIT_TLS without ${what}: set CONFIG_${one}=y or CONFIG_${other}=y")
    endif()
  endforeach()
endfunction()

whit_config_symbol(WHIT_TLS tls)
if(WHIT_MBEDTLS_TARGET AND NOT tls)
  message(FATAL_ERROR "WHIT_MBEDTLS_TARGET=${WHIT_MBEDTLS_TARGET}: the configuration has no WHIT_TLS; set CONFIG_WHIT_TLS=y in "
                      "the file that WHIT_DEFCONFIG names, or kTls and what follows it in a whit/config.h of your own")
endif()
if(tls)
  whit_check_tls()
  if(WHIT_MBEDTLS_TARGET AND WHIT_MBEDTLS_DIR)
    message(FATAL_ERROR "WHIT_MBEDTLS_TARGET is the project's Mbed TLS, WHIT_MBEDTLS_DIR the source of Whit's own: set one of them")
  elseif(WHIT_MBEDTLS_TARGET)
    whit_use_mbedtls(${WHIT_MBEDTLS_TARGET})
  else()
    if(NOT WHIT_MBEDTLS_DIR)
      whit_refuse_two_mbedtls()
      cmake_language(DEFER DIRECTORY ${CMAKE_SOURCE_DIR} CALL whit_refuse_two_mbedtls)
    endif()
    whit_find_mbedtls()
    whit_add_mbedtls()
  endif()
endif()
