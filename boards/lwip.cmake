# SPDX-License-Identifier: MIT
# lwIP as a CMake library for one lwipopts.h:
#
#   whit_add_lwip(<target> <folder of lwipopts.h> [<folder>...])
#
# WHIT_LWIP_DIR names lwIP's source folder (the one that holds src/; src/ itself is understood too). lwIP is compiled
# without warnings and gives its headers as system headers: it is not held to this project's rules.

function(whit_find_lwip output)
  if(NOT WHIT_LWIP_DIR)
    message(FATAL_ERROR "lwIP is missing: run tools/get_source lwip build/lwip, or name its folder with -DWHIT_LWIP_DIR=...")
  endif()
  foreach(folder IN ITEMS ${WHIT_LWIP_DIR}/src ${WHIT_LWIP_DIR})
    if(EXISTS ${folder}/core/tcp.c AND EXISTS ${folder}/include/lwip/init.h)
      set(${output} ${folder} PARENT_SCOPE)
      return()
    endif()
  endforeach()
  message(FATAL_ERROR "WHIT_LWIP_DIR=${WHIT_LWIP_DIR} is not lwIP's source folder: there is no src/core/tcp.c in it")
endfunction()

# whit_add_lwip_clients(<target>): adds altcp and the clients over it that run over WebSocket (port/whit/altcp).
function(whit_add_lwip_clients target)
  whit_find_lwip(src)
  target_sources(${target} PRIVATE ${src}/core/altcp.c ${src}/core/altcp_tcp.c ${src}/apps/mqtt/mqtt.c)
endfunction()

function(whit_add_lwip target)
  whit_find_lwip(src)
  # altcp, netconn, sockets, PPP and what lwipopts_common.h turns off is not even compiled.
  set(core init def dns inet_chksum ip mem memp netif pbuf stats sys tcp tcp_in tcp_out timeouts udp)
  set(ipv4 etharp icmp ip4 ip4_addr ip4_frag)
  set(ipv6 ethip6 icmp6 inet6 ip6 ip6_addr ip6_frag mld6 nd6)
  list(TRANSFORM core REPLACE "(.+)" "${src}/core/\\1.c")
  list(TRANSFORM ipv4 REPLACE "(.+)" "${src}/core/ipv4/\\1.c")
  list(TRANSFORM ipv6 REPLACE "(.+)" "${src}/core/ipv6/\\1.c")
  add_library(${target} STATIC ${core} ${ipv4} ${ipv6} ${src}/netif/ethernet.c)
  target_include_directories(${target} SYSTEM PUBLIC ${src}/include)
  target_include_directories(${target} PUBLIC ${ARGN})
  target_compile_options(${target} PRIVATE -w)
endfunction()
