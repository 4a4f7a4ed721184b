# SPDX-License-Identifier: MIT
# Chooses whit/config.h: that of the folder WHIT_CONFIG_DIR, else one made from WHIT_DEFCONFIG, else the checked-in
# stack/whit/config.h. A defconfig without an assignment needs no Python.

function(whit_generate_config defconfig output)
  # The distribution's Python has the distribution's kconfiglib; another one that comes first in PATH may not.
  find_program(WHIT_PYTHON NAMES python3 PATHS /usr/bin NO_DEFAULT_PATH DOC "Python with the module kconfiglib")
  find_program(WHIT_PYTHON NAMES python3)
  if(NOT WHIT_PYTHON)
    message(FATAL_ERROR "${defconfig} differs from the default configuration, so Python is needed: install the packages "
                        "python3 and python3-kconfiglib, or use the defaults with -DWHIT_DEFCONFIG=")
  endif()
  set(root ${CMAKE_CURRENT_SOURCE_DIR})
  set_property(DIRECTORY APPEND PROPERTY CMAKE_CONFIGURE_DEPENDS
               ${defconfig} ${root}/Kconfig ${root}/stack/Kconfig ${root}/port/whit/lwip/Kconfig ${root}/port/whit/mbedtls/Kconfig
               ${root}/boards/apps/Kconfig
               ${root}/tools/kconfig)
  execute_process(COMMAND ${WHIT_PYTHON} ${root}/tools/kconfig header --defconfig ${defconfig} --output ${output}
                  RESULT_VARIABLE result ERROR_VARIABLE error OUTPUT_QUIET)
  if(result)
    string(STRIP "${error}" error)
    message(FATAL_ERROR "${error}")
  endif()
endfunction()

set(WHIT_CONFIG_DIR "" CACHE PATH "Folder that holds a whit/config.h of the project's own")
if(WHIT_CONFIG_DIR)
  if(NOT EXISTS ${WHIT_CONFIG_DIR}/whit/config.h)
    message(FATAL_ERROR "WHIT_CONFIG_DIR=${WHIT_CONFIG_DIR}: there is no whit/config.h in it")
  endif()
  set(whit_config_dir ${WHIT_CONFIG_DIR})
elseif(WHIT_DEFCONFIG)
  if(NOT EXISTS ${WHIT_DEFCONFIG})
    message(FATAL_ERROR "WHIT_DEFCONFIG=${WHIT_DEFCONFIG}: there is no such file")
  endif()
  file(STRINGS ${WHIT_DEFCONFIG} assignments REGEX "^[^#]|^# CONFIG_.* is not set")
  if(assignments)
    set(whit_config_dir ${CMAKE_CURRENT_BINARY_DIR}/generated)
    whit_generate_config(${WHIT_DEFCONFIG} ${whit_config_dir}/whit/config.h)
  endif()
endif()

# whit_config_symbol(WHIT_SOME_NUMBER out): a number of the header in use, for C code and CMake (the options of lwIP and
# Mbed TLS); 1 or 0 for a bool.
function(whit_config_symbol symbol out)
  set(header ${PROJECT_SOURCE_DIR}/stack/whit/config.h)
  if(whit_config_dir)
    set(header ${whit_config_dir}/whit/config.h)
  endif()
  set_property(DIRECTORY APPEND PROPERTY CMAKE_CONFIGURE_DEPENDS ${header})
  # The header's name of WHIT_SOME_NUMBER is kSomeNumber.
  string(REPLACE "_" ";" words ${symbol})
  list(REMOVE_AT words 0)
  set(name k)
  foreach(word IN LISTS words)
    string(SUBSTRING ${word} 0 1 first)
    string(SUBSTRING ${word} 1 -1 rest)
    string(TOLOWER "${rest}" rest)
    string(APPEND name "${first}${rest}")
  endforeach()
  file(STRINGS ${header} line REGEX " ${name} = ")
  if(NOT line MATCHES " ${name} = ([0-9]+|true|false)")
    message(FATAL_ERROR "${header} has no number ${name}")
  endif()
  string(REPLACE "true" "1" value ${CMAKE_MATCH_1})
  string(REPLACE "false" "0" value ${value})
  set(${out} ${value} PARENT_SCOPE)
endfunction()
