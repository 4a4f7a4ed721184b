# SPDX-License-Identifier: MIT
# The Pico SDK, as far as Whit's build description sees it: libraries of sources that are compiled with the program.
# PICO_LWIP_PATH is lwIP's folder.
macro(pico_sdk_init)
  foreach(library IN ITEMS pico_stdlib pico_rand pico_lwip_core pico_lwip_nosys pico_cyw43_arch_lwip_poll
                           pico_cyw43_arch_lwip_threadsafe_background)
    add_library(${library} INTERFACE)
  endforeach()
  target_include_directories(pico_stdlib INTERFACE $ENV{PICO_SDK_PATH}/include)
  target_include_directories(pico_lwip_core INTERFACE $ENV{PICO_SDK_PATH}/lwip ${PICO_LWIP_PATH}/src/include)
  target_link_libraries(pico_lwip_nosys INTERFACE pico_lwip_core pico_rand)
  target_link_libraries(pico_cyw43_arch_lwip_poll INTERFACE pico_lwip_nosys)
  target_compile_definitions(pico_cyw43_arch_lwip_poll INTERFACE PICO_CYW43_ARCH_POLL=1)
  target_link_libraries(pico_cyw43_arch_lwip_threadsafe_background INTERFACE pico_lwip_nosys)
  target_compile_definitions(pico_cyw43_arch_lwip_threadsafe_background INTERFACE PICO_CYW43_ARCH_THREADSAFE_BACKGROUND=1)
endmacro()

function(pico_enable_stdio_usb)
endfunction()

function(pico_add_extra_outputs)
endfunction()
