# SPDX-License-Identifier: MIT
# whit_add_pages(TARGET FOLDER [CACHE_CONTROL PATTERN=VALUE...]): the files of a folder as pages in the program's flash.
#
#   whit_add_pages(firmware pages CACHE_CONTROL "*.png=max-age=86400")
#
#   #include "whit_pages.h"
#   static const whit::HttpOptions http{pages, page_count};
#   options.http = &http;
#
# FOLDER/index.html is "/", FOLDER/x.js is "/x.js"; names that begin with a dot are left out. Each file has the type of its
# suffix, a tag of its content, and a compressed form where that is smaller. Cache-Control is "no-cache", so that a browser
# asks each time whether a file has changed, but for paths that are like a PATTERN (with * and ?). The files are compiled
# anew when one changes. Needs Python 3, and nothing that is not part of it.
find_program(WHIT_PYTHON NAMES python3 PATHS /usr/bin NO_DEFAULT_PATH)
find_program(WHIT_PYTHON NAMES python3 python DOC "Python 3")
set(whit_make_pages ${CMAKE_CURRENT_LIST_DIR}/make_pages.py CACHE INTERNAL "")

function(whit_add_pages target folder)
  cmake_parse_arguments(PARSE_ARGV 2 arg "" "" "CACHE_CONTROL")
  get_filename_component(folder ${folder} ABSOLUTE)
  if(arg_UNPARSED_ARGUMENTS)
    message(FATAL_ERROR "whit_add_pages(${target}): ${arg_UNPARSED_ARGUMENTS}: only CACHE_CONTROL PATTERN=VALUE may follow the folder")
  endif()
  if(NOT TARGET ${target})
    message(FATAL_ERROR "whit_add_pages(${target}): there is no such target")
  endif()
  if(NOT IS_DIRECTORY ${folder})
    message(FATAL_ERROR "whit_add_pages(${target}): ${folder} is no folder")
  endif()
  if(NOT WHIT_PYTHON)
    message(FATAL_ERROR "whit_add_pages(${target}): Python 3 is needed: install the package python3, or set WHIT_PYTHON")
  endif()
  file(GLOB_RECURSE files CONFIGURE_DEPENDS ${folder}/*)
  set(output ${CMAKE_CURRENT_BINARY_DIR}/${target}_pages)
  add_custom_command(OUTPUT ${output}/whit_pages.cpp ${output}/whit_pages.h
                     COMMAND ${WHIT_PYTHON} ${whit_make_pages} ${folder} ${output} ${arg_CACHE_CONTROL}
                     DEPENDS ${files} ${whit_make_pages} COMMENT "Pages of ${folder}" VERBATIM)
  target_sources(${target} PRIVATE ${output}/whit_pages.cpp ${output}/whit_pages.h)
  target_include_directories(${target} PRIVATE ${output})
endfunction()
