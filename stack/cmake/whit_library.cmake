# SPDX-License-Identifier: MIT
# Where Whit is the project itself, a build without a type is one that optimises. As a part of another project it is compiled as
# that one says: name a type there, for without one a compiler does not optimise.
get_property(whit_multi_config GLOBAL PROPERTY GENERATOR_IS_MULTI_CONFIG)
if(PROJECT_NAME MATCHES "^whit(_stack)?$" AND CMAKE_SOURCE_DIR STREQUAL PROJECT_SOURCE_DIR AND NOT CMAKE_BUILD_TYPE
   AND NOT whit_multi_config)
  if(CMAKE_CROSSCOMPILING)
    set(whit_build_type MinSizeRel)
  else()
    set(whit_build_type RelWithDebInfo)
  endif()
  set(CMAKE_BUILD_TYPE ${whit_build_type} CACHE STRING "Debug, Release, RelWithDebInfo or MinSizeRel" FORCE)
endif()

# whit_library(target exports source...): a library that users link, static, or with BUILD_SHARED_LIBS a shared one.
#
# What a shared one exports is the linker's matter: `exports`, a version script, lists it, because the headers have no macros
# for it. Systems whose linker knows no version scripts export everything.
function(whit_library target exports)
  add_library(${target} ${ARGN})
  string(REGEX REPLACE "^whit_" "" name ${target})
  # Its files use the same names for different things, so they do not become one.
  set_target_properties(${target} PROPERTIES EXPORT_NAME ${name} UNITY_BUILD OFF)
  get_target_property(type ${target} TYPE)
  if(NOT type STREQUAL "SHARED_LIBRARY")
    return()
  endif()
  set_target_properties(${target} PROPERTIES VERSION ${whit_version} SOVERSION ${whit_soversion})
  if(CMAKE_EXECUTABLE_FORMAT STREQUAL "ELF")
    target_link_options(${target} PRIVATE LINKER:--version-script=${exports} LINKER:--no-undefined)
    set_target_properties(${target} PROPERTIES LINK_DEPENDS ${exports})
  endif()
endfunction()
