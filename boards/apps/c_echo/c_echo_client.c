// SPDX-License-Identifier: MIT
// Echo client in C: connects, sends messages one after the other, checks that each comes back byte for byte, closes,
// reports. Messages are made as they leave and checked as they come, so their size is not bounded by memory.
#include "board_of_c.h"
#include "whit.h"

WHIT_LOOP(loop, BOARD_LOOP_OF_C_CONNECTIONS, BOARD_LOOP_OF_C_HANDSHAKES, BOARD_LOOP_OF_C_BUFFERS,
          BOARD_LOOP_OF_C_BUFFER_BYTES);
static whit_client client;
static whit_client_options options;
static char url[128];

static const board_of_c_argument kArguments[] = {
    {"url", "ws://host[:port][/path]", "ws://10.0.2.2:8080/", BOARD_OF_C_TEXT, true, 0, 0},
    {"count", "messages to send", "10", BOARD_OF_C_NUMBER, false, 1, UINT32_MAX},
    {"size", "bytes of each", "64", BOARD_OF_C_NUMBER, false, 0, UINT32_MAX},
    {"type", "text or binary", "binary", BOARD_OF_C_TEXT, false, 0, 0},
    {"timeout", "seconds without progress after which to give up", "60", BOARD_OF_C_NUMBER, false, 1, 86400},
};

static struct {
  whit_message_type type;
  uint32_t size;
  uint32_t count;
  uint32_t sent;      // bytes of the current message
  uint32_t received;  // of its echo
  uint32_t done;      // messages
  bool wrong;
  bool over;
} run;

static uint8_t pattern_at(uint32_t offset) {
  if (run.type == WHIT_MESSAGE_TEXT) return (uint8_t)('a' + (offset + run.done) % 26);
  return (uint8_t)(offset * 31 + (offset >> 8) + run.done);
}

static void give_up(const char* why) {
  board_of_c_print("c_echo_client: ");
  board_of_c_print(why);
  board_of_c_print("\n");
  board_of_c_exit(1);
}

static void send_more(whit_socket socket) {
  while (run.sent < run.size || run.sent == 0) {
    const uint32_t left = run.size - run.sent;
    const uint32_t most = (uint32_t)whit_socket_max_send(socket);
    const uint32_t size = left < most ? left : most;
    const whit_mutable_bytes piece = whit_socket_reserve(socket, size);
    if (piece.data == NULL) return;  // WHIT_EVENT_WRITABLE follows
    for (uint32_t i = 0; i < size; ++i) piece.data[i] = pattern_at(run.sent + i);
    if (whit_socket_commit(socket, run.type, run.sent == 0, size == left) != WHIT_OK) return;
    run.sent += size;
    if (size == left) return;
  }
}

static void fail(whit_socket socket, const char* why) {
  board_of_c_print("c_echo_client: ");
  board_of_c_print(why);
  board_of_c_print("\n");
  run.wrong = true;
  (void)whit_socket_close(socket, WHIT_CLOSE_POLICY_VIOLATION, whit_text_of(NULL));
}

static void on_message(whit_socket socket, const whit_message* message) {
  if (message->type != run.type || message->offset != run.received || run.received + message->data.size > run.size) {
    fail(socket, "the echo is of another type or size");
    return;
  }
  for (size_t i = 0; i < message->data.size; ++i) {
    if (message->data.data[i] == pattern_at(run.received + (uint32_t)i)) continue;
    fail(socket, "the echo differs");
    return;
  }
  run.received += (uint32_t)message->data.size;
  if (!message->last) return;
  if (run.received != run.size) {
    fail(socket, "the echo is too short");
    return;
  }
  run.sent = run.received = 0;
  if (++run.done < run.count) {
    send_more(socket);
  } else {
    (void)whit_socket_close(socket, WHIT_CLOSE_NORMAL_CLOSURE, whit_text_of(NULL));
  }
}

static void report(const whit_close* end) {
  run.over = true;
  run.wrong = run.wrong || run.done < run.count || !end->was_clean;
  board_of_c_print(run.wrong ? "failed: " : "ok: ");
  board_of_c_print_number(run.done);
  board_of_c_print(" of ");
  board_of_c_print_number(run.count);
  board_of_c_print(" messages echoed; close code ");
  board_of_c_print_number(end->code);
  board_of_c_print("\n");
}

static void on_event(const whit_event* event) {
  if (event->type == WHIT_EVENT_OPEN || event->type == WHIT_EVENT_WRITABLE) send_more(event->socket);
  if (event->type == WHIT_EVENT_MESSAGE) on_message(event->socket, &event->message);
  if (event->type == WHIT_EVENT_CLOSE) report(&event->close);
}

static void configure(void) {
  char type[8];
  if (!board_of_c_text("url", url, sizeof url)) give_up("the URL is too long: 127 bytes at most");
  if (!board_of_c_text("type", type, sizeof type)) give_up("--type is text or binary");
  run.type = whit_text_equal(whit_text_of(type), whit_text_of("text")) ? WHIT_MESSAGE_TEXT : WHIT_MESSAGE_BINARY;
  run.size = board_of_c_number("size");
  run.count = board_of_c_number("count");
  whit_client_options_init(&options);
  options.url = whit_text_of(url);
}

int main(void) {
  board_of_c_declare("WebSocket client in C that checks a server's echo.", kArguments,
                     sizeof kArguments / sizeof kArguments[0]);
  if (whit_loop_start(&loop, &loop_memory, board_of_c_network()) != WHIT_OK) {
    give_up("the network has fewer transports than WHIT_CONNECTIONS and WHIT_HANDSHAKES ask for");
  }
  configure();
  whit_client_init(&client, &loop);
  if (whit_client_connect(&client, &options) != WHIT_OK) give_up("the URL is not one of a WebSocket");
  const uint32_t timeout_ms = board_of_c_number("timeout") * 1000;
  uint32_t progress_ms = board_of_c_now_ms();
  for (;;) {
    const uint32_t wait_ms = whit_loop_wait_ms(&loop);
    const uint32_t now_ms = board_of_c_wait(wait_ms < timeout_ms ? wait_ms : timeout_ms);
    whit_event event;
    while (whit_loop_poll(&loop, now_ms, &event)) {
      progress_ms = now_ms;
      on_event(&event);
    }
    if (run.over && whit_client_is_over(&client)) board_of_c_exit(run.wrong ? 1 : 0);
    if (now_ms - progress_ms >= timeout_ms) give_up("no progress for the seconds of --timeout: giving up");
  }
}
