// SPDX-License-Identifier: MIT
// Echo server in C: sends every message back as it came, text as text, binary as binary, of any size. Speaks the
// subprotocol "echo". echo_server.cpp without TLS.
#include "board_of_c.h"
#include "whit.h"

WHIT_LOOP(loop, BOARD_LOOP_OF_C_CONNECTIONS, BOARD_LOOP_OF_C_HANDSHAKES, BOARD_LOOP_OF_C_BUFFERS,
          BOARD_LOOP_OF_C_BUFFER_BYTES);
static whit_server server;
static whit_server_options options;

static const whit_text kProtocols[] = {WHIT_TEXT("echo")};

static const board_of_c_argument kArguments[] = {
    {"port", "TCP port; 0: any that is free", "8080", BOARD_OF_C_NUMBER, false, 0, 65535},
};

static void give_up(const char* why) {
  board_of_c_print("c_echo_server: ");
  board_of_c_print(why);
  board_of_c_print("\n");
  board_of_c_exit(1);
}

static void listen_at(uint16_t port) {
  whit_server_init(&server, &loop);
  whit_server_options_init(&options);
  options.port = port;
  options.protocols = kProtocols;
  options.protocol_count = 1;
  switch (whit_server_listen(&server, &options)) {
    case WHIT_OK:
      break;
    case WHIT_IN_USE:
      give_up("the port is in use: end the program that has it, or choose another with --port");
      break;
    default:
      give_up("the network refuses the port: below 1024 it may need privileges; choose another with --port");
  }
  board_of_c_print("listening on 0.0.0.0:");
  board_of_c_print_number(whit_server_port(&server));
  board_of_c_print("\n");
}

int main(void) {
  board_of_c_declare("WebSocket server in C that sends every message back.", kArguments, 1);
  if (whit_loop_start(&loop, &loop_memory, board_of_c_server_network()) != WHIT_OK) {
    give_up("the network has fewer transports than WHIT_CONNECTIONS and WHIT_HANDSHAKES ask for");
  }
  listen_at((uint16_t)board_of_c_number("port"));
  for (;;) {
    const uint32_t now_ms = board_of_c_wait(whit_loop_wait_ms(&loop));
    whit_event event;
    while (whit_loop_poll(&loop, now_ms, &event)) {
      if (event.type != WHIT_EVENT_MESSAGE) continue;
      if (whit_socket_send_piece(event.socket, &event.message) == WHIT_WOULD_BLOCK) whit_socket_hold(event.socket);
    }
  }
}
