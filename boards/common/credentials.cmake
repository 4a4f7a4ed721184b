# SPDX-License-Identifier: MIT
# Puts an authority, a certificate and its key into flash, for boards without files:
#
#   -DWHIT_TLS_CA=ca.der -DWHIT_TLS_CERTIFICATE=device.der -DWHIT_TLS_KEY=device.key.der
#
# Without them the development credentials of tools/certificates are taken, from build/tls. INSECURE for a product: the
# same key is in every image, and whoever has build/tls can make more.

set(WHIT_TLS_CA "" CACHE FILEPATH "Authority that the board trusts (DER)")
set(WHIT_TLS_CERTIFICATE "" CACHE FILEPATH "Certificate of the board (DER)")
set(WHIT_TLS_KEY "" CACHE FILEPATH "Key of that certificate (DER)")

function(whit_embed file name least output)
  if(NOT EXISTS ${file})
    message(FATAL_ERROR "${file}: there is no such file (${name} of the board, DER)")
  endif()
  set_property(DIRECTORY APPEND PROPERTY CMAKE_CONFIGURE_DEPENDS ${file})
  file(SIZE ${file} size)
  file(READ ${file} hex HEX)
  if(NOT hex MATCHES "^30")
    message(FATAL_ERROR "${file} is not DER")
  endif()
  string(REGEX REPLACE "(..)" "0x\\1," bytes "${hex}")
  math(EXPR room "(${size} + ${least} - 1) / ${least} * ${least}")
  string(APPEND ${output} "extern const uint8_t flash_${name}[${room}] = {${bytes}};\n"
                          "extern const size_t flash_${name}_size = ${size};\n")
  set(${output} "${${output}}" PARENT_SCOPE)
endfunction()

# The date of the sources: SOURCE_DATE_EPOCH, else that of the last commit, so that the same sources give the same image.
function(whit_build_time output)
  set(seconds "$ENV{SOURCE_DATE_EPOCH}")
  if(NOT seconds)
    execute_process(COMMAND git log -1 --format=%ct WORKING_DIRECTORY ${PROJECT_SOURCE_DIR}
                    OUTPUT_VARIABLE seconds OUTPUT_STRIP_TRAILING_WHITESPACE ERROR_QUIET)
  endif()
  if(NOT seconds MATCHES "^[0-9]+$")
    set(seconds 0)
  endif()
  set(${output} ${seconds} PARENT_SCOPE)
endfunction()

function(whit_credentials output)
  set(dir ${PROJECT_SOURCE_DIR}/build/tls)
  if(NOT (WHIT_TLS_CA AND WHIT_TLS_CERTIFICATE AND WHIT_TLS_KEY))
    execute_process(COMMAND ${PROJECT_SOURCE_DIR}/tools/certificates ${dir} RESULT_VARIABLE result ERROR_VARIABLE error)
    if(result)
      message(FATAL_ERROR "${error}")
    endif()
  endif()
  foreach(pair IN ITEMS "CA:ca.der" "CERTIFICATE:server.der" "KEY:server.key.der")
    string(REPLACE ":" ";" pair ${pair})
    list(GET pair 0 variable)
    list(GET pair 1 default)
    set(${variable} ${dir}/${default})
    if(WHIT_TLS_${variable})
      set(${variable} ${WHIT_TLS_${variable}})
    endif()
  endforeach()
  whit_build_time(seconds)
  set(text "// Made by credentials.cmake.\n#include \"credentials_in_flash.h\"\n\nnamespace board {\n\n")
  whit_embed(${CA} authority 64 text)
  whit_embed(${CERTIFICATE} certificate 64 text)
  whit_embed(${KEY} key 64 text)
  string(APPEND text "extern const int64_t flash_build_time = ${seconds};\n\n}  // namespace board\n")
  file(CONFIGURE OUTPUT ${CMAKE_BINARY_DIR}/generated/credentials_in_flash.cpp CONTENT "${text}" @ONLY)
  set(${output} ${CMAKE_BINARY_DIR}/generated/credentials_in_flash.cpp PARENT_SCOPE)
endfunction()
