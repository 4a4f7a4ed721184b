# SPDX-License-Identifier: MIT
# Whit as a component of ESP-IDF: the stack, its addons, and the POSIX port over the sockets of ESP-IDF's lwIP. The CMakeLists.txt
# of the root includes this file. ESP-IDF does so twice: first only to learn what is required (CMAKE_BUILD_EARLY_EXPANSION), as
# a script, which knows no target; idf_component_register() ends it there.
get_filename_component(whit ${CMAKE_CURRENT_LIST_DIR}/../../.. ABSOLUTE)
file(GLOB_RECURSE whit_sources ${whit}/stack/whit/*.cpp)
file(GLOB whit_more ${whit}/stack/addons/whit/*.cpp ${whit}/port/whit/posix/*.cpp ${whit}/port/whit/posix/embedded/*.cpp)

# wss, over the Mbed TLS of ESP-IDF. The first look knows no configuration, so it always requires that.
if(CONFIG_WHIT_TLS)
  file(GLOB whit_tls ${whit}/port/whit/mbedtls/*.cpp)
  if(CONFIG_WHIT_TLS_CLIENT)
    list(FILTER whit_tls EXCLUDE REGEX "/tls_client_none\\.cpp$")
  else()
    list(FILTER whit_tls EXCLUDE REGEX "/tls_(client|sessions)\\.cpp$")
  endif()
endif()

# kconfig/whit/config.h, found before the one of stack/, has the numbers of sdkconfig.h. The Kconfig of the root is for builds of
# Whit alone.
idf_component_register(
  SRCS ${whit_sources} ${whit_more} ${whit_tls} ${whit}/port/ecosystems/esp_idf/random.cpp
  INCLUDE_DIRS ${whit}/port/ecosystems/kconfig ${whit}/stack ${whit}/stack/addons ${whit}/port ${whit}/port/ecosystems/esp_idf/include
  REQUIRES lwip mbedtls
  KCONFIG ${whit}/port/ecosystems/esp_idf/Kconfig)
