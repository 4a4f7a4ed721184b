# SPDX-License-Identifier: MIT
# This machine: the applications on BSD sockets. whit::board is what an application links against.
add_library(whit_board INTERFACE)
add_library(whit::board ALIAS whit_board)
target_include_directories(whit_board INTERFACE ${CMAKE_CURRENT_LIST_DIR}/..)
file(GLOB whit_board_sources CONFIGURE_DEPENDS ${CMAKE_CURRENT_LIST_DIR}/*.cpp)
target_sources(whit_board INTERFACE ${whit_board_sources})
target_link_libraries(whit_board INTERFACE whit::stack whit::port_posix)
