// SPDX-License-Identifier: MIT
// The programs in C that the tests drive. Each function returns 0, or the line of device.c where something is not as it
// has to be.
#ifndef UNIT_C_DEVICE_H
#define UNIT_C_DEVICE_H

#include <stdint.h>

#include "whit.h"

#ifdef __cplusplus
extern "C" {
#endif

// A loop whose client talks to its server; the network joins them.
int c_echoes(whit_network* network);
int c_has_flow_control(whit_network* network);
int c_reviews_requests(whit_network* network);
int c_writes_and_reads_fields(whit_network* network);
int c_stops(whit_network* network);
int c_checks_urls(void);
int c_handles_texts(void);

// A server for peers of the test, at port 80: pages, requests, bodies; full with one connection.
int c_device_start(whit_network* network);
void c_device_turn(uint32_t now_ms);
const whit_loop* c_device_loop(void);
extern uint32_t c_device_ended;   // WHIT_EVENT_CLOSE
extern uint16_t c_device_code;    // of the last cause
extern uint32_t c_device_posted;  // bytes of bodies

#ifdef __cplusplus
}
#endif

#endif  // UNIT_C_DEVICE_H
