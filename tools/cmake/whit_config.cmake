# SPDX-License-Identifier: MIT
# Which whit/config.h is used: the folder WHIT_CONFIG_DIR, else one made from WHIT_DEFCONFIG, else the checked-in
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
               ${defconfig} ${root}/Kconfig ${root}/stack/Kconfig ${root}/port/lwip/Kconfig ${root}/boards/apps/Kconfig
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

# whit_config_number(kName out): a number of the header that is used, for what is not C++ (lwIP's options).
function(whit_config_number name out)
  set(header ${PROJECT_SOURCE_DIR}/stack/whit/config.h)
  if(whit_config_dir)
    set(header ${whit_config_dir}/whit/config.h)
  endif()
  set_property(DIRECTORY APPEND PROPERTY CMAKE_CONFIGURE_DEPENDS ${header})
  file(STRINGS ${header} line REGEX " ${name} = [0-9]+")
  if(NOT line MATCHES " ${name} = ([0-9]+)")
    message(FATAL_ERROR "${header} has no number ${name}")
  endif()
  set(${out} ${CMAKE_MATCH_1} PARENT_SCOPE)
endfunction()
