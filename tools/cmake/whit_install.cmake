# SPDX-License-Identifier: MIT
# cmake --install: what is built, in components that can be installed one by one (--component whit_headers):
#
#   whit_runtime      shared libraries, with BUILD_SHARED_LIBS
#   whit_development  static libraries or the links to shared ones, find_package(whit), pkg-config's files
#   whit_headers      the public headers, and the private ones that these include
#   whit_programs     bin/whitcat, and the applications of this machine in libexec/whit
#   whit_docs         share/doc/whit
#
# Not installed: the ports of lwIP, which are compiled for one lwIP and one lwipopts.h, and the template of a port.
include(GNUInstallDirs)
include(CMakePackageConfigHelpers)

set(whit_cmake_dir ${CMAKE_INSTALL_LIBDIR}/cmake/whit)
set(whit_pkgconfig_dir ${CMAKE_INSTALL_LIBDIR}/pkgconfig)
set(whit_libraries whit_stack whit_addons)
set(whit_components stack addons)
if(TARGET whit_c)
  list(APPEND whit_libraries whit_c)
  list(APPEND whit_components c)
endif()
foreach(port IN ITEMS posix pipe proxy)
  if(TARGET whit_port_${port})
    list(APPEND whit_libraries whit_port_${port})
    list(APPEND whit_components ${port})
  endif()
endforeach()

# The port of wss brings Whit's own copy of Mbed TLS, or needs the package that it was compiled with.
set(whit_needs_mbedtls OFF)
if(TARGET whit_port_mbedtls)
  get_target_property(whit_mbedtls_type whit_mbedtls TYPE)
  set(imported OFF)
  if(whit_mbedtls_type STREQUAL "INTERFACE_LIBRARY")
    get_target_property(imported ${WHIT_MBEDTLS_TARGET} IMPORTED)
    set(whit_needs_mbedtls ${imported})
  endif()
  if(whit_mbedtls_type STREQUAL "STATIC_LIBRARY" OR imported)
    list(APPEND whit_libraries whit_port_mbedtls)
    list(APPEND whit_components mbedtls)
    if(NOT BUILD_SHARED_LIBS)
      list(APPEND whit_libraries whit_mbedtls)  # else the port has it within
      set_target_properties(whit_mbedtls PROPERTIES EXPORT_NAME mbedtls)
    endif()
  else()
    message(STATUS "The port mbedtls is not installed: ${WHIT_MBEDTLS_TARGET}, with which it is compiled, is a target of this build")
  endif()
endif()

# The libraries find each other where they lie; the programs find them from bin/ and libexec/whit/.
if(BUILD_SHARED_LIBS AND CMAKE_EXECUTABLE_FORMAT STREQUAL "ELF")
  set_target_properties(${whit_libraries} PROPERTIES INSTALL_RPATH "$ORIGIN")
endif()
install(TARGETS ${whit_libraries} EXPORT whit
        RUNTIME DESTINATION ${CMAKE_INSTALL_BINDIR} COMPONENT whit_runtime
        LIBRARY DESTINATION ${CMAKE_INSTALL_LIBDIR} COMPONENT whit_runtime NAMELINK_COMPONENT whit_development
        ARCHIVE DESTINATION ${CMAKE_INSTALL_LIBDIR} COMPONENT whit_development
        INCLUDES DESTINATION ${CMAKE_INSTALL_INCLUDEDIR})

# ---- headers ----

# whit_with_included(out folder header...): the headers, and those below `folder` that they include, by "whit/..." or beside them.
function(whit_with_included out folder)
  set(queue ${ARGN})
  set(found ${ARGN})
  while(queue)
    list(POP_FRONT queue header)
    get_filename_component(own ${header} DIRECTORY)
    file(STRINGS ${header} lines REGEX "^ *# *include \"")
    foreach(line IN LISTS lines)
      string(REGEX REPLACE ".*\"(.*)\".*" "\\1" name "${line}")
      foreach(path IN ITEMS ${own}/${name} ${folder}/${name})
        if(EXISTS ${path} AND NOT path IN_LIST found)
          list(APPEND queue ${path})
          list(APPEND found ${path})
        endif()
      endforeach()
    endforeach()
  endwhile()
  set(${out} ${found} PARENT_SCOPE)
endfunction()

# whit_install_headers(folder header...): below include/ as they lie below `folder`.
function(whit_install_headers folder)
  foreach(header IN LISTS ARGN)
    file(RELATIVE_PATH name ${folder} ${header})
    get_filename_component(name ${name} DIRECTORY)
    install(FILES ${header} DESTINATION ${CMAKE_INSTALL_INCLUDEDIR}/${name} COMPONENT whit_headers)
  endforeach()
endfunction()

file(GLOB headers CONFIGURE_DEPENDS ${PROJECT_SOURCE_DIR}/stack/whit/*.h)
whit_with_included(headers ${PROJECT_SOURCE_DIR}/stack ${headers})
list(REMOVE_ITEM headers ${PROJECT_SOURCE_DIR}/stack/whit/config.h)
whit_install_headers(${PROJECT_SOURCE_DIR}/stack ${headers})
# The numbers with which the libraries are compiled.
if(whit_config_dir)
  whit_install_headers(${whit_config_dir} ${whit_config_dir}/whit/config.h)
else()
  whit_install_headers(${PROJECT_SOURCE_DIR}/stack ${PROJECT_SOURCE_DIR}/stack/whit/config.h)
endif()
file(GLOB headers CONFIGURE_DEPENDS ${PROJECT_SOURCE_DIR}/stack/addons/whit/*.h)
whit_install_headers(${PROJECT_SOURCE_DIR}/stack/addons ${headers})
if(TARGET whit_c)
  whit_with_included(headers ${PROJECT_SOURCE_DIR}/stack/c ${PROJECT_SOURCE_DIR}/stack/c/whit.h)
  whit_install_headers(${PROJECT_SOURCE_DIR}/stack/c ${headers})
endif()
foreach(port IN LISTS whit_components)
  # whit_posix.h and its like are those for programs in C.
  set(folder ${PROJECT_SOURCE_DIR}/port/whit/${port})
  file(GLOB headers CONFIGURE_DEPENDS ${folder}/*_network.h ${folder}/*_error.h ${folder}/whit_${port}.h)
  whit_with_included(headers ${PROJECT_SOURCE_DIR}/port ${headers})
  whit_install_headers(${PROJECT_SOURCE_DIR}/port ${headers})
endforeach()

# ---- find_package(whit) ----

install(EXPORT whit FILE whitTargets.cmake NAMESPACE whit:: DESTINATION ${whit_cmake_dir} COMPONENT whit_development)
configure_file(${CMAKE_CURRENT_LIST_DIR}/whitConfig.cmake.in ${PROJECT_BINARY_DIR}/package/whitConfig.cmake @ONLY)
write_basic_package_version_file(${PROJECT_BINARY_DIR}/package/whitConfigVersion.cmake VERSION ${PROJECT_VERSION}
                                 COMPATIBILITY SameMinorVersion)
install(FILES ${PROJECT_BINARY_DIR}/package/whitConfig.cmake ${PROJECT_BINARY_DIR}/package/whitConfigVersion.cmake
              ${PROJECT_SOURCE_DIR}/stack/cmake/whit_add_pages.cmake ${PROJECT_SOURCE_DIR}/stack/cmake/make_pages.py
        DESTINATION ${whit_cmake_dir} COMPONENT whit_development)
if(whit_mbedtls IN_LIST whit_libraries)
  target_link_libraries(whit_mbedtls INTERFACE $<INSTALL_INTERFACE:$<INSTALL_PREFIX>/${whit_cmake_dir}/one_copy.ld>)
  install(FILES ${PROJECT_SOURCE_DIR}/port/whit/mbedtls/one_copy.ld DESTINATION ${whit_cmake_dir} COMPONENT whit_development)
endif()

# ---- pkg-config: whit.pc has the stack and the addons, whit-c.pc the interface for C, whit-posix.pc and so on a port ----

# whit_install_pc(name description requires libraries private): `private` is for static libraries alone.
function(whit_install_pc name description requires libraries private)
  if(BUILD_SHARED_LIBS)
    set(private "")
  endif()
  # From where the file lies, so that the tree can be moved.
  file(RELATIVE_PATH prefix /${whit_pkgconfig_dir} /)
  string(REGEX REPLACE "/$" "" prefix ${prefix})
  set(definitions "")
  if(WHIT_ASSERTS)
    set(definitions " -DWHIT_ASSERTS=1")
  endif()
  configure_file(${CMAKE_CURRENT_FUNCTION_LIST_DIR}/whit.pc.in ${PROJECT_BINARY_DIR}/package/${name}.pc @ONLY)
  install(FILES ${PROJECT_BINARY_DIR}/package/${name}.pc DESTINATION ${whit_pkgconfig_dir} COMPONENT whit_development)
endfunction()

whit_install_pc(whit "${PROJECT_DESCRIPTION}" "" "-lwhit_addons -lwhit_stack" "")
if(TARGET whit_c)
  whit_install_pc(whit-c "Whit for programs in C" whit -lwhit_c "")
endif()
if(TARGET whit_port_posix)
  whit_install_pc(whit-posix "Whit on BSD sockets" whit -lwhit_port_posix -pthread)
endif()
if(TARGET whit_port_pipe)
  whit_install_pc(whit-pipe "Whit on two ends in memory" whit -lwhit_port_pipe "")
endif()
if(TARGET whit_port_proxy)
  whit_install_pc(whit-proxy "Whit through an HTTP proxy" whit -lwhit_port_proxy "")
endif()
if("mbedtls" IN_LIST whit_components)
  set(private "-lmbedtls -lmbedx509 -lmbedcrypto")
  if(NOT whit_needs_mbedtls)
    # The copy of Mbed TLS has its memory and time from the port; functions that nothing calls have calls to what there is not.
    set(private "-Wl,--gc-sections,--start-group,-lwhit_port_mbedtls,-lwhit_mbedtls,--end-group")
  endif()
  whit_install_pc(whit-mbedtls "Whit over TLS" whit -lwhit_port_mbedtls "${private}")
endif()

# ---- programs ----

if(WHIT_BOARD STREQUAL "host")
  get_property(programs DIRECTORY ${PROJECT_SOURCE_DIR}/boards/apps PROPERTY BUILDSYSTEM_TARGETS)
  get_property(dashboard DIRECTORY ${PROJECT_SOURCE_DIR}/boards/apps/dashboard PROPERTY BUILDSYSTEM_TARGETS)
  list(REMOVE_ITEM programs readme_echo autobahn_client)  # a test of the README, and one of Whit
  install(TARGETS ${programs} ${dashboard} RUNTIME DESTINATION ${CMAKE_INSTALL_LIBEXECDIR}/whit COMPONENT whit_programs)
  if(BUILD_SHARED_LIBS)
    set_target_properties(${programs} ${dashboard} PROPERTIES INSTALL_RPATH "$ORIGIN/../../${CMAKE_INSTALL_LIBDIR}")
  endif()
endif()
if(TARGET whitcat)
  set(folder ${PROJECT_SOURCE_DIR}/boards/host/apps/whitcat)
  install(TARGETS whitcat RUNTIME DESTINATION ${CMAKE_INSTALL_BINDIR} COMPONENT whit_programs)
  install(FILES ${folder}/whitcat.1 DESTINATION ${CMAKE_INSTALL_MANDIR}/man1 COMPONENT whit_programs)
  install(FILES ${folder}/whitcat.bash DESTINATION ${CMAKE_INSTALL_DATADIR}/bash-completion/completions RENAME whitcat
          COMPONENT whit_programs)
  if(BUILD_SHARED_LIBS)
    set_target_properties(whitcat PROPERTIES INSTALL_RPATH "$ORIGIN/../${CMAKE_INSTALL_LIBDIR}")
  endif()
endif()

# ---- documents, as they lie in the source, so that their links hold ----

file(GLOB_RECURSE documents RELATIVE ${PROJECT_SOURCE_DIR} CONFIGURE_DEPENDS ${PROJECT_SOURCE_DIR}/stack/*.md
     ${PROJECT_SOURCE_DIR}/port/*.md)
foreach(document IN ITEMS README.md CHANGELOG.md SECURITY.md LICENSE ${documents})
  get_filename_component(folder ${document} DIRECTORY)
  install(FILES ${PROJECT_SOURCE_DIR}/${document} DESTINATION ${CMAKE_INSTALL_DATADIR}/doc/whit/${folder} COMPONENT whit_docs)
endforeach()
if(PROJECT_IS_TOP_LEVEL)
  include(${CMAKE_CURRENT_LIST_DIR}/whit_cpack.cmake)
endif()
