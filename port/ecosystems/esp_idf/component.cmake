# SPDX-License-Identifier: MIT
# Whit as a component of ESP-IDF: the stack, its addons, and the POSIX port over the sockets of ESP-IDF's lwIP. The CMakeLists.txt
# of the root includes this file. ESP-IDF does so twice: first only to learn what is required (CMAKE_BUILD_EARLY_EXPANSION), as
# a script, which knows no target; idf_component_register() ends it there.
get_filename_component(whit ${CMAKE_CURRENT_LIST_DIR}/../../.. ABSOLUTE)
file(GLOB_RECURSE whit_sources ${whit}/stack/whit/*.cpp)
file(GLOB whit_more ${whit}/stack/addons/whit/*.cpp ${whit}/port/whit/posix/*.cpp)

# kconfig/whit/config.h, found before the one of stack/, has the numbers of sdkconfig.h. The Kconfig of the root is for builds of
# Whit alone.
idf_component_register(
  SRCS ${whit_sources} ${whit_more}
  INCLUDE_DIRS ${whit}/port/ecosystems/kconfig ${whit}/stack ${whit}/stack/addons ${whit}/port
  REQUIRES lwip pthread
  KCONFIG ${whit}/port/ecosystems/esp_idf/Kconfig)
