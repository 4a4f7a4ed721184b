// SPDX-License-Identifier: MIT
// what: nothing of Whit but the network beneath
#include "network.h"

int main() {
  static uint16_t links[4];
  static whit::IndexQueue ready;
  ready.attach(links, 4);
  network.attach(&ready);
  for (;;) network.poll(wait(1000));
}
