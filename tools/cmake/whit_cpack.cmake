# SPDX-License-Identifier: MIT
# The Debian packages libwhit-dev (headers, libraries, documents) and whit-tools (whitcat and the applications), made by
# cpack -G DEB; tools/release makes them so that the same bytes come out each time.
set(CPACK_PACKAGE_NAME whit)
set(CPACK_PACKAGE_VENDOR "The Whit authors")
set(CPACK_PACKAGE_CONTACT "The Whit authors <whit@packages.example>")
set(CPACK_PACKAGE_DESCRIPTION_SUMMARY "${PROJECT_DESCRIPTION}")
set(CPACK_VERBATIM_VARIABLES ON)
set(CPACK_STRIP_FILES ON)
set(CPACK_PACKAGING_INSTALL_PREFIX /usr)
set(CPACK_DEBIAN_FILE_NAME DEB-DEFAULT)
set(CPACK_DEBIAN_PACKAGE_CONTROL_STRICT_PERMISSION ON)
set(CPACK_DEB_COMPONENT_INSTALL ON)
set(CPACK_COMPONENTS_ALL whit_headers whit_development whit_docs whit_programs)
if(BUILD_SHARED_LIBS)
  list(APPEND CPACK_COMPONENTS_ALL whit_runtime)
endif()

set(CPACK_DEBIAN_DEV_PACKAGE_NAME libwhit-dev)
set(CPACK_DEBIAN_DEV_PACKAGE_SECTION libdevel)
set(CPACK_DEBIAN_DEV_PACKAGE_DEPENDS libc6-dev)
set(CPACK_DEBIAN_DEV_DESCRIPTION
"Whit is a client and server of the WebSocket protocol (RFC 6455). All memory
is in objects of the application; it uses neither exceptions nor threads of
its own.

This package has the headers, the libraries, the files of CMake and
pkg-config, and the documents.")
set(CPACK_DEBIAN_TOOLS_PACKAGE_NAME whit-tools)
set(CPACK_DEBIAN_TOOLS_PACKAGE_SECTION web)
set(CPACK_DEBIAN_TOOLS_PACKAGE_SHLIBDEPS ON)
set(CPACK_DEBIAN_TOOLS_DESCRIPTION
"whitcat connects to WebSocket servers, or is one, from the command line: for
people, with history and colours, and for scripts.

The examples of Whit, such as its echo server, are in /usr/libexec/whit.")
set(CPACK_WHIT_SOURCE_DIR ${PROJECT_SOURCE_DIR})
set(CPACK_PRE_BUILD_SCRIPTS ${CMAKE_CURRENT_LIST_DIR}/whit_debian.cmake)
include(CPack)

cpack_add_component_group(dev)
cpack_add_component_group(tools)
foreach(component IN ITEMS headers development docs runtime)
  cpack_add_component(whit_${component} GROUP dev)
endforeach()
cpack_add_component(whit_programs GROUP tools)
