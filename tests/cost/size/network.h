// SPDX-License-Identifier: MIT
// What the measured programs run on: the template port, whose functions are all there and do nothing, so that the rest
// of an image is Whit and what it draws in.
#pragma once

#include <stdint.h>

#include "whit/template/template_network.h"

// Three connections and their handshakes.
extern whit::TemplateNetwork<4> network;

// Sleeps; returns the time.
uint32_t wait(uint32_t timeout_ms);
