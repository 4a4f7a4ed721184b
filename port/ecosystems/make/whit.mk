# SPDX-License-Identifier: MIT
# Whit for a Makefile: its sources, the include folders, and three flags.
#
#   include whit/port/ecosystems/make/whit.mk
#   SOURCES  += $(WHIT_SOURCES)      # no two have one name, so the objects may lie in one folder
#   CPPFLAGS += $(WHIT_CPPFLAGS)
#   CXXFLAGS += $(WHIT_CXXFLAGS)
#
# Before it, where the default is not the right one:
#   WHIT_PORTS       folders of port/whit (default: lwip). On a system with BSD sockets: posix and what port/README.md says of it
#   WHIT_CONFIG_DIR  folder with a whit/config.h of your own
WHIT_DIR := $(dir $(lastword $(MAKEFILE_LIST)))../../..
WHIT_PORTS ?= lwip

$(foreach port,$(WHIT_PORTS),$(if $(wildcard $(WHIT_DIR)/port/whit/$(port)/*.cpp),,\
  $(error WHIT_PORTS: there is no port $(port); there are: $(notdir $(patsubst %/,%,$(sort $(dir $(wildcard $(WHIT_DIR)/port/whit/*/*.cpp))))))))
ifneq ($(WHIT_CONFIG_DIR),)
ifeq ($(wildcard $(WHIT_CONFIG_DIR)/whit/config.h),)
$(error WHIT_CONFIG_DIR=$(WHIT_CONFIG_DIR): there is no whit/config.h in it)
endif
endif

WHIT_SOURCES := $(wildcard $(WHIT_DIR)/stack/whit/*.cpp $(WHIT_DIR)/stack/whit/*/*.cpp $(WHIT_DIR)/stack/addons/whit/*.cpp \
                  $(foreach port,$(WHIT_PORTS),$(WHIT_DIR)/port/whit/$(port)/*.cpp))
# The port of Mbed TLS has the client, or a file that says that there is none.
WHIT_SOURCES := $(filter-out %/tls_client_none.cpp,$(WHIT_SOURCES))
WHIT_CPPFLAGS := $(addprefix -I,$(WHIT_CONFIG_DIR) $(WHIT_DIR)/stack $(WHIT_DIR)/stack/addons $(WHIT_DIR)/port)
WHIT_CXXFLAGS := -std=c++17 -fno-exceptions -fno-rtti
