# SPDX-License-Identifier: MIT
# Run by cpack when the files of the packages lie in their folders, before these are packed: the documents that Debian expects in
# each package, compressed pages of the manual, and the time of the release for all files where SOURCE_DATE_EPOCH names one.
foreach(pair IN ITEMS dev=libwhit-dev tools=whit-tools)
  string(REGEX MATCH "^(.*)=(.*)$" all ${pair})
  set(root ${CPACK_TEMPORARY_DIRECTORY}/${CMAKE_MATCH_1}/usr/share)
  set(documents ${root}/doc/${CMAKE_MATCH_2})
  configure_file(${CPACK_WHIT_SOURCE_DIR}/LICENSE ${documents}/copyright COPYONLY)
  configure_file(${CPACK_WHIT_SOURCE_DIR}/CHANGELOG.md ${documents}/changelog COPYONLY)
  file(GLOB pages ${root}/man/*/*)
  execute_process(COMMAND gzip -9nf ${documents}/changelog ${pages} COMMAND_ERROR_IS_FATAL ANY)
endforeach()
if(DEFINED ENV{SOURCE_DATE_EPOCH})
  execute_process(COMMAND find ${CPACK_TEMPORARY_DIRECTORY} -exec touch -h -d @$ENV{SOURCE_DATE_EPOCH} {} +
                  COMMAND_ERROR_IS_FATAL ANY)
endif()
