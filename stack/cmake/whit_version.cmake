# SPDX-License-Identifier: MIT
# whit_version: the version that whit/version.h states. whit_soversion: its first two numbers, for before 1.0.0 a new minor
# number may change what a compiled program relies on.
set(whit_version_header ${CMAKE_CURRENT_LIST_DIR}/../whit/version.h)
set_property(DIRECTORY APPEND PROPERTY CMAKE_CONFIGURE_DEPENDS ${whit_version_header})
file(STRINGS ${whit_version_header} whit_version REGEX "define WHIT_VERSION_TEXT ")
string(REGEX REPLACE ".*\"(([0-9]+\\.[0-9]+)\\.[0-9]+)\".*" "\\2" whit_soversion "${whit_version}")
string(REGEX REPLACE ".*\"([0-9.]+)\".*" "\\1" whit_version "${whit_version}")
