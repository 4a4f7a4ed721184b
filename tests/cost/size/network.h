// SPDX-License-Identifier: MIT
// The network of the measured programs: the template port, whose functions do nothing, so that the rest of an image is
// Whit and the library functions that it needs.
#pragma once

#include <stdint.h>

#include "whit/template/template_network.h"

// Three connections and their handshakes.
extern whit::TemplateNetwork<4> network;

// Sleeps; returns the time.
uint32_t wait(uint32_t timeout_ms);
