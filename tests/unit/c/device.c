// SPDX-License-Identifier: MIT
// whit.h as a C program uses it: compiled as C11, pedantic.
#include "device.h"

#define CHECK(condition) \
  if (!(condition)) return __LINE__

static const whit_text kEmpty = {NULL, 0};
static const whit_bytes kNoBytes = {NULL, 0};
static const whit_text kGreeting = WHIT_TEXT("Gr\xC3\xBC\xC3\x9F\x65");
static const whit_text kProtocols[] = {WHIT_TEXT("chat"), WHIT_TEXT("echo")};

// Both ends in one loop, whose storage a test has for itself.
typedef struct pair {
  whit_loop* loop;
  whit_server server;
  whit_server_options server_options;
  whit_client client;
  whit_client_options client_options;
  uint32_t now_ms;
} pair;

static int begin(pair* both, whit_loop* loop, const whit_loop_memory* memory, whit_network* network) {
  both->loop = loop;
  both->now_ms = 1000;
  whit_server_init(&both->server, loop);
  whit_client_init(&both->client, loop);
  whit_server_options_init(&both->server_options);
  whit_client_options_init(&both->client_options);
  both->client_options.url = whit_text_of("ws://device.example/path?x=1");
  CHECK(whit_server_listen(&both->server, &both->server_options) == WHIT_NOT_OPEN);
  CHECK(whit_client_connect(&both->client, &both->client_options) == WHIT_NOT_OPEN);
  CHECK(whit_loop_start(loop, memory, network) == WHIT_OK);
  CHECK(whit_loop_start(loop, memory, network) == WHIT_IN_USE);
  CHECK(whit_server_listen(&both->server, &both->server_options) == WHIT_OK);
  CHECK(whit_server_listen(&both->server, &both->server_options) == WHIT_IN_USE);
  CHECK(whit_server_port(&both->server) == 80);
  CHECK(whit_client_connect(&both->client, &both->client_options) == WHIT_OK);
  CHECK(whit_client_connect(&both->client, &both->client_options) == WHIT_IN_USE);
  return 0;
}

// The next event, whatever it takes in turns; type NONE: nothing moves.
static whit_event next(pair* both) {
  whit_event event;
  memset(&event, 0, sizeof event);
  for (int turn = 0; turn < 100; ++turn) {
    if (whit_loop_poll(both->loop, both->now_ms, &event)) return event;
  }
  return event;
}

// The handles of both ends of a connection that opens now.
static int open_both(pair* both, whit_socket* at_server, whit_socket* at_client) {
  whit_event event = next(both);
  CHECK(event.type == WHIT_EVENT_OPEN);
  *at_client = whit_client_socket(&both->client);
  CHECK(!whit_socket_equal(event.socket, *at_client));
  *at_server = event.socket;
  event = next(both);
  CHECK(event.type == WHIT_EVENT_OPEN && whit_socket_equal(event.socket, *at_client));
  CHECK(whit_socket_ready_state(*at_server) == WHIT_STATE_OPEN);
  CHECK(whit_socket_index(*at_server) != whit_socket_index(*at_client));
  return 0;
}

static int walks(pair* both, whit_socket at_server, whit_socket at_client) {
  whit_walk walk;
  CHECK(whit_server_open(&both->server, &walk));
  CHECK(whit_socket_equal(walk.socket, at_server));
  CHECK(!whit_walk_next(&walk));
  int count = 0;
  bool has_client = false;
  for (bool more = whit_loop_open(both->loop, &walk); more; more = whit_walk_next(&walk)) {
    has_client = has_client || whit_socket_equal(walk.socket, at_client);
    ++count;
  }
  CHECK(count == 2 && has_client);
  return 0;
}

int c_echoes(whit_network* network) {
  WHIT_LOOP(loop, 2, 2, 4, 300);
  static pair both;
  int wrong = begin(&both, &loop, &loop_memory, network);
  CHECK(wrong == 0);
  CHECK(whit_loop_wait_ms(&loop) == 0);
  whit_socket server, client;
  wrong = open_both(&both, &server, &client);
  if (wrong != 0) return wrong;
  wrong = walks(&both, server, client);
  if (wrong != 0) return wrong;
  CHECK(whit_loop_connections(&loop).in_use == 2 && whit_loop_connections(&loop).high_water == 2);
  CHECK(whit_loop_handshakes(&loop).in_use == 0 && whit_loop_handshakes(&loop).high_water == 1);
  CHECK(whit_loop_buffers(&loop).high_water >= 1 && whit_loop_buffers(&loop).refused == 0);
  const whit_address remote = whit_socket_remote(server);
  CHECK(remote.size == 4 && remote.bytes[3] == 7 && remote.port == 4711);

  CHECK(whit_socket_send_text(client, kGreeting) == WHIT_OK);
  CHECK(whit_socket_buffered_amount(client) == 13);
  whit_event event = next(&both);
  CHECK(event.type == WHIT_EVENT_MESSAGE && whit_socket_equal(event.socket, server));
  CHECK(event.message.type == WHIT_MESSAGE_TEXT && event.message.first && event.message.last);
  CHECK(event.message.offset == 0 && event.message.data.size == 7);
  CHECK(whit_socket_send_piece(server, &event.message) == WHIT_OK);
  event = next(&both);
  CHECK(whit_text_equal(whit_bytes_text(event.message.data), kGreeting));
  CHECK(whit_socket_send_text(client, whit_text_of("\xFF")) == WHIT_INVALID_ARGUMENT);

  uint8_t data[1000] = {1, 2, 3};
  CHECK(whit_socket_send(client, whit_bytes_of(data, sizeof data), WHIT_MESSAGE_BINARY) == WHIT_TOO_LARGE);
  CHECK(whit_socket_max_send(client) >= 200 && whit_socket_max_send(client) <= 300);
  CHECK(whit_socket_send(client, whit_bytes_of(data, 200), WHIT_MESSAGE_BINARY) == WHIT_OK);
  event = next(&both);
  CHECK(event.message.type == WHIT_MESSAGE_BINARY && event.message.data.size == 200);
  CHECK(event.message.data.data[2] == 3);

  CHECK(whit_socket_close(client, 1006, kEmpty) == WHIT_INVALID_ARGUMENT);
  CHECK(whit_socket_close(client, 4000, whit_text_of("bye")) == WHIT_OK);
  CHECK(whit_socket_close(client, 4000, kEmpty) == WHIT_NOT_OPEN);
  event = next(&both);
  CHECK(event.type == WHIT_EVENT_CLOSE && event.close.code == 4000 && event.close.was_clean);
  CHECK(whit_text_equal(event.close.reason, whit_text_of("bye")));
  CHECK(event.close.cause.who == WHIT_WHO_PEER && event.close.cause.where == WHIT_WHERE_CLOSING);
  CHECK(event.close.cause.code == 4000 && event.close.memory_peak == 0);
  CHECK(next(&both).close.cause.who == WHIT_WHO_APPLICATION);
  CHECK(next(&both).type == WHIT_EVENT_NONE);
  CHECK(whit_client_is_over(&both.client));
  CHECK(whit_socket_ready_state(client) == WHIT_STATE_CLOSED);
  CHECK(whit_socket_send_text(client, whit_text_of("x")) == WHIT_NOT_OPEN);
  return 0;
}

static uint32_t keepalives;
static void say_hello(whit_socket socket) {
  if (whit_socket_send_text(socket, whit_text_of("hello")) == WHIT_OK) ++keepalives;
}

int c_has_flow_control(whit_network* network) {
  WHIT_LOOP(loop, 2, 1, 4, 256);
  static pair both;
  int wrong = begin(&both, &loop, &loop_memory, network);
  if (wrong != 0) return wrong;
  both.client_options.timeouts_ms.keepalive_interval = 5000;
  both.client_options.on_keepalive = say_hello;
  whit_socket server, client;
  wrong = open_both(&both, &server, &client);
  if (wrong != 0) return wrong;

  const whit_mutable_bytes room = whit_socket_reserve(client, 4);
  CHECK(room.data != NULL && room.size == 4);
  memcpy(room.data, "abcd", 4);
  CHECK(whit_socket_commit(client, WHIT_MESSAGE_TEXT, true, false) == WHIT_OK);
  const whit_message last = {whit_bytes_of("ef", 2), 0, WHIT_MESSAGE_TEXT, false, true};
  CHECK(whit_socket_send_piece(client, &last) == WHIT_OK);
  CHECK(whit_socket_send_piece(client, &last) == WHIT_INVALID_ARGUMENT);

  whit_event event = next(&both);
  CHECK(whit_text_equal(whit_bytes_text(event.message.data), whit_text_of("abcdef")));
  whit_socket_consume(server, 2);
  whit_socket_hold(server);
  CHECK(next(&both).type == WHIT_EVENT_NONE);
  whit_socket_resume(server);
  event = next(&both);
  CHECK(event.type == WHIT_EVENT_MESSAGE && event.message.offset == 2 && event.message.data.size == 4);
  whit_socket_pause(server);
  CHECK(whit_socket_send_text(client, whit_text_of("later")) == WHIT_OK);
  CHECK(next(&both).type == WHIT_EVENT_NONE);
  whit_socket_resume(server);
  CHECK(next(&both).message.data.size == 5);

  CHECK(whit_socket_ping(server, whit_bytes_of("?", 1)) == WHIT_OK);
  static const uint8_t kLong[126] = {0};
  CHECK(whit_socket_ping(server, whit_bytes_of(kLong, sizeof kLong)) == WHIT_INVALID_ARGUMENT);
  CHECK(next(&both).type == WHIT_EVENT_NONE);
  both.now_ms += 5000;
  event = next(&both);
  CHECK(keepalives == 1 && event.type == WHIT_EVENT_MESSAGE && whit_socket_equal(event.socket, server));

  whit_socket_abort(server);
  event = next(&both);
  CHECK(event.type == WHIT_EVENT_CLOSE && event.close.code == WHIT_CLOSE_ABNORMAL_CLOSURE && !event.close.was_clean);
  event = next(&both);
  CHECK(event.type == WHIT_EVENT_ERROR && event.close.cause.where == WHIT_WHERE_TRANSPORT);
  CHECK(next(&both).type == WHIT_EVENT_CLOSE);
  return 0;
}

int c_reviews_requests(whit_network* network) {
  WHIT_LOOP(loop, 2, 2, 4, 512);
  static pair both;
  static const whit_text kFields[] = {WHIT_TEXT("X-Device")};
  int wrong = begin(&both, &loop, &loop_memory, network);
  if (wrong != 0) return wrong;
  both.server_options.protocols = kProtocols;
  both.server_options.protocol_count = 2;
  both.server_options.on_request = whit_keep_request_fields();
  both.server_options.fields = kFields;
  both.server_options.field_count = 1;
  both.client_options.protocols = &kProtocols[1];
  both.client_options.protocol_count = 1;
  both.client_options.origin = whit_text_of("https://ours.example");
  both.client_options.headers = whit_text_of("X-Device: seven\r\n");
  whit_event event = next(&both);
  CHECK(event.type == WHIT_EVENT_REQUEST);
  whit_request request;
  CHECK(whit_socket_request(event.socket, &request));
  CHECK(request.method == WHIT_METHOD_GET && request.upgrade && request.content_length == 0);
  CHECK(whit_text_equal(request.target, whit_text_of("/path?x=1")));
  CHECK(whit_text_equal(request.host, whit_text_of("device.example")));
  CHECK(whit_text_equal(request.origin, whit_text_of("https://ours.example")));
  CHECK(whit_text_equal(request.protocols, kProtocols[1]));
  CHECK(request.cookie.size == 0 && request.authorization.size == 0 && request.content_type.size == 0);
  CHECK(whit_text_equal(whit_socket_request_field(event.socket, kFields[0], 0), whit_text_of("seven")));
  CHECK(whit_socket_request_field(event.socket, kFields[0], 1).data == NULL);
  CHECK(whit_socket_reject(event.socket, 200) == WHIT_INVALID_ARGUMENT);
  CHECK(whit_socket_accept(event.socket, kProtocols[0]) == WHIT_INVALID_ARGUMENT);
  CHECK(whit_socket_accept_with(event.socket, kProtocols[1], whit_text_of("X-Room: 1\r\n")) == WHIT_OK);
  CHECK(!whit_socket_request(event.socket, &request));
  event = next(&both);
  CHECK(event.type == WHIT_EVENT_OPEN);
  CHECK(next(&both).type == WHIT_EVENT_OPEN);
  CHECK(whit_text_equal(whit_socket_protocol(whit_client_socket(&both.client)), kProtocols[1]));
  return 0;
}

static char seen_field[16];
static void keep_field(whit_socket socket, whit_text name, whit_text value) {
  (void)whit_socket_index(socket);
  if (whit_text_equal(name, whit_text_of("Retry-After")) && value.size < sizeof seen_field) {
    memcpy(seen_field, value.data, value.size);
  }
}

static uint32_t written;
static void write_fields(const whit_client_options* options, whit_field_writer out) {
  if (options->max_message_bytes != 77) whit_field_refuse(out);
  ++written;
  whit_field_put(out, whit_text_of("Cookie"), whit_text_of("a=b"));
  whit_field_begin(out, whit_text_of("Authorization"));
  whit_field_add(out, whit_text_of("Bearer "));
  whit_field_add(out, whit_text_of("token"));
}

int c_writes_and_reads_fields(whit_network* network) {
  WHIT_LOOP(loop, 2, 2, 4, 512);
  static pair both;
  int wrong = begin(&both, &loop, &loop_memory, network);
  if (wrong != 0) return wrong;
  whit_socket_abort(whit_client_socket(&both.client));
  whit_event event = next(&both);
  CHECK(event.type == WHIT_EVENT_ERROR || event.type == WHIT_EVENT_CLOSE);
  while (event.type != WHIT_EVENT_NONE) event = next(&both);

  both.server_options.on_request = whit_keep_request_fields();
  both.client_options.request_fields = write_fields;
  CHECK(whit_client_connect(&both.client, &both.client_options) == WHIT_INVALID_ARGUMENT);
  both.client_options.max_message_bytes = 77;
  both.client_options.on_response_field = keep_field;
  CHECK(whit_client_connect(&both.client, &both.client_options) == WHIT_OK && written >= 2);
  event = next(&both);
  whit_request request;
  CHECK(event.type == WHIT_EVENT_REQUEST && whit_socket_request(event.socket, &request));
  CHECK(whit_text_equal(request.cookie, whit_text_of("a=b")));
  CHECK(whit_text_equal(request.authorization, whit_text_of("Bearer token")));
  CHECK(whit_socket_reject_with(event.socket, 503, whit_text_of("Retry-After: 7\r\n"), whit_text_of("later")) ==
        WHIT_OK);
  event = next(&both);
  CHECK(event.type == WHIT_EVENT_ERROR && event.close.cause.where == WHIT_WHERE_HANDSHAKE);
  CHECK(event.close.cause.code == 503);
  CHECK(whit_text_equal(whit_text_of(seen_field), whit_text_of("7")));
  return 0;
}

int c_stops(whit_network* network) {
  WHIT_LOOP(loop, 2, 2, 4, 256);
  static pair both;
  int wrong = begin(&both, &loop, &loop_memory, network);
  if (wrong != 0) return wrong;
  whit_socket server, client;
  wrong = open_both(&both, &server, &client);
  if (wrong != 0) return wrong;
  uint8_t bytes[4];
  whit_network_wake(network);
  const whit_mutable_bytes room = {bytes, sizeof bytes};
  CHECK(whit_network_random(network, room) == WHIT_OK);
  CHECK(whit_network_error(network) == 0);
  whit_server_stop(&both.server, WHIT_CLOSE_SERVICE_RESTART);
  CHECK(whit_server_port(&both.server) == 0);
  whit_event event = next(&both);
  CHECK(event.type == WHIT_EVENT_CLOSE && event.close.code == WHIT_CLOSE_SERVICE_RESTART);
  whit_loop_stop(&loop, WHIT_CLOSE_GOING_AWAY);
  while (event.type != WHIT_EVENT_NONE) event = next(&both);
  whit_walk walk;
  CHECK(!whit_loop_open(&loop, &walk));
  CHECK(whit_loop_connections(&loop).in_use == 0);
  CHECK(whit_loop_wait_ms(&loop) <= WHIT_FOREVER_MS);
  return 0;
}

int c_checks_urls(void) {
  const whit_text wrong = WHIT_TEXT("ws://host:0/");
  const whit_url_problem problem = whit_check_url(wrong);
  CHECK(problem.part == WHIT_URL_PART_PORT && problem.position == 10);
  CHECK(whit_text_equal(problem.why, whit_text_of("the port is not a number from 1 to 65535")));
  CHECK(whit_check_url(whit_text_of("ws://host/")).part == WHIT_URL_PART_NONE);
  CHECK(whit_client_is_secure(whit_text_of("WSS://host/")));
  CHECK(!whit_client_is_secure(whit_text_of("ws://host/")));
  return 0;
}

int c_handles_texts(void) {
  static const whit_text kNul = WHIT_TEXT("a\0b");
  CHECK(kNul.size == 3);
  CHECK(whit_text_of(NULL).data == NULL && whit_text_of(NULL).size == 0);
  CHECK(whit_text_equal(kEmpty, whit_text_of("")) && !whit_text_equal(kNul, whit_text_of("a")));
  CHECK(whit_text_bytes(kNul).size == 3 && whit_text_bytes(kNul).data[2] == 'b');
  CHECK(whit_bytes_text(kNoBytes).size == 0);
  return 0;
}

// ---- a device ----

WHIT_LOOP(device_loop, 1, 2, 4, 512);
static whit_server device;
static whit_server_options device_options;
static whit_http_options device_http;
static const whit_page kPages[] = {{WHIT_TEXT("/"),
                                    WHIT_TEXT("text/html"),
                                    {(const uint8_t*)"<p>hi", 5},
                                    {NULL, 0},
                                    WHIT_TEXT("v1"),
                                    WHIT_TEXT("no-cache")}};
uint32_t c_device_ended;
uint16_t c_device_code;
uint32_t c_device_posted;

int c_device_start(whit_network* network) {
  whit_server_init(&device, &device_loop);
  whit_server_options_init(&device_options);
  whit_http_options_init(&device_http);
  device_http.pages = kPages;
  device_http.page_count = 1;
  device_http.post = whit_receive_bodies();
  device_http.max_body_bytes = 100;
  device_options.http = &device_http;
  device_options.on_request = whit_keep_request_fields();
  device_options.on_full = whit_evict_oldest_idle();
  device_options.on_admit = whit_limit_per_address();
  device_options.max_per_address = 1;
  device_options.max_message_bytes = 1000;
  device_options.long_messages = WHIT_LONG_MESSAGES_SKIP;
  device_options.timeouts_ms.head = 3000;
  device_options.timeouts_ms.keepalive_interval = 20000;
  device_options.timeouts_ms.keepalive_answer = 1000;
  CHECK(whit_loop_start(&device_loop, &device_loop_memory, network) == WHIT_OK);
  CHECK(whit_server_listen(&device, &device_options) == WHIT_OK);
  return 0;
}

static size_t write_digits(whit_socket socket, uint32_t* cursor, whit_mutable_bytes room) {
  (void)socket;
  if (*cursor == 3 || room.size == 0) return 0;
  room.data[0] = (uint8_t)('0' + (*cursor)++);
  return 1;
}

static void on_request(whit_socket socket) {
  whit_request request;
  if (!whit_socket_request(socket, &request)) return;
  whit_response response;
  whit_response_init(&response);
  if (whit_text_equal(request.target, whit_text_of("/metrics"))) {
    response.fields = whit_text_of("X-Device: 1\r\n");
    response.body = whit_text_of("up 1\n");
    (void)whit_socket_respond(socket, &response);
  } else if (whit_text_equal(request.target, whit_text_of("/digits"))) {
    response.type = whit_text_of("text/digits");
    response.produce = write_digits;
    (void)whit_socket_respond(socket, &response);
  } else {
    (void)whit_socket_accept(socket, kEmpty);
  }
}

static void on_body(const whit_event* event) {
  c_device_posted += (uint32_t)event->message.data.size;
  if (!event->message.last) return;
  whit_response response;
  whit_response_init(&response);
  response.status = 204;
  (void)whit_socket_respond(event->socket, &response);
}

void c_device_turn(uint32_t now_ms) {
  whit_event event;
  while (whit_loop_poll(&device_loop, now_ms, &event)) {
    if (event.type == WHIT_EVENT_REQUEST) on_request(event.socket);
    if (event.type == WHIT_EVENT_BODY) on_body(&event);
    if (event.type == WHIT_EVENT_ERROR) c_device_code = (uint16_t)event.close.cause.code;
    if (event.type == WHIT_EVENT_CLOSE) ++c_device_ended;
    if (event.type == WHIT_EVENT_SKIPPED && event.skipped_bytes == 600) {
      (void)whit_socket_send_text(event.socket, whit_text_of("skipped 600"));
    }
  }
}

const whit_loop* c_device_loop(void) { return &device_loop; }
