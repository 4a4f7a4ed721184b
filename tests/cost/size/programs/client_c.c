// SPDX-License-Identifier: MIT
// what: the client, written in C
#include "network_of_c.h"
#include "whit.h"

WHIT_LOOP(loop, 2, 2, 2, 256);
static whit_client client;
static whit_client_options options;

int main(void) {
  whit_client_init(&client, &loop);
  whit_client_options_init(&options);
  options.url = whit_text_of("ws://server.example/");
  options.long_messages = WHIT_LONG_MESSAGES_REFUSE;
  if (whit_loop_start(&loop, &loop_memory, network_of_c()) != WHIT_OK) return 1;
  if (whit_client_connect(&client, &options) != WHIT_OK) return 1;
  for (;;) {
    const uint32_t now_ms = wait_of_c(whit_loop_wait_ms(&loop));
    whit_event event;
    while (whit_loop_poll(&loop, now_ms, &event)) {
      PART;
      if (event.type != WHIT_EVENT_MESSAGE) continue;
      if (whit_socket_send_piece(event.socket, &event.message) == WHIT_WOULD_BLOCK) whit_socket_hold(event.socket);
    }
  }
}
