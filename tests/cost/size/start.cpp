// SPDX-License-Identifier: MIT
// The start of any Cortex-M: vectors, .data, .bss, main(). The same in every program, so that differences are Whit's.
#include "network.h"
#include "network_of_c.h"

whit::TemplateNetwork<4> network;

extern "C" {
extern uint32_t stack_top[];
extern uint32_t data_load[];
extern uint32_t data_begin[];
extern uint32_t data_end[];
extern uint32_t bss_begin[];
extern uint32_t bss_end[];
extern void (*init_begin[])();
extern void (*init_end[])();
int main();

[[noreturn]] void reset() {
  const uint32_t* from = data_load;
  for (uint32_t* to = data_begin; to != data_end; ++to) *to = *from++;
  for (uint32_t* to = bss_begin; to != bss_end; ++to) *to = 0;
  for (void (**each)() = init_begin; each != init_end; ++each) (*each)();
  main();
  for (;;) {
  }
}

[[gnu::used, gnu::section(".vectors")]] const void* const vectors[2] = {stack_top, reinterpret_cast<void*>(&reset)};
}

uint32_t wait(uint32_t timeout_ms) {
  static volatile uint32_t now_ms;
  const uint32_t then_ms = now_ms + timeout_ms;
  now_ms = then_ms;
  return then_ms;
}

// For programs in C, which alone link it.
whit_network* network_of_c() { return reinterpret_cast<whit_network*>(static_cast<whit::Network*>(&network)); }
uint32_t wait_of_c(uint32_t timeout_ms) { return wait(timeout_ms); }
