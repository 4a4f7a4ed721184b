// SPDX-License-Identifier: MIT
// A device with pages, answers of its own, a POST and several WebSockets on one port, as tests/peers/test_http.py
// attacks it. "whit_pages.h" has its static pages.
//
//   server [MILLISECONDS] [plain]   the time of its deadlines; plain: nothing but pages and an echo, and requests are
//   not
//                                   reviewed. It prints "listening on 127.0.0.1:PORT"
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <initializer_list>

#include "whit/check_credentials.h"
#include "whit/http_service.h"
#include "whit/per_connection.h"
#include "whit/posix/posix_network.h"
#include "whit/request_values.h"
#include "whit/require_protocol.h"
#include "whit/router.h"
#include "whit/same_host.h"
#include "whit/server.h"
#include "whit/tickets.h"
#include "whit_pages.h"

namespace {

using Loop = whit::Loop<4, 8, 1024>;

constexpr uint32_t kLines = 2000;  // of /metrics

Loop loop;
whit::PosixNetwork<Loop::kSlots> network;
whit::Server server{loop};
whit::ServerOptions options;
whit::TicketMemory<4> ticket_memory;
whit::Tickets tickets{network, ticket_memory, 30000};

void answer(whit::WebSocket socket, whit::Text type, const char* text) {
  whit::Response response;
  response.type = type;
  response.fields = "Cache-Control: no-store\r\n";
  response.body = {text, strlen(text)};
  if (socket.respond(response) == whit::Status::kTooLarge) (void)socket.reject(507);
}

// ---- guards ----

bool with_password(whit::WebSocket socket, const whit::Request& request) {
  constexpr uint8_t kPassword[] = {'p', 0, 0xFF, ':'};
  if (whit::check_basic(request.authorization, "admin", {kPassword, sizeof kPassword})) return true;
  uint8_t room[80];
  (void)socket.reject(401, whit::basic_challenge("device 7", {room, sizeof room}), "This page needs a password.\n");
  return false;
}

bool with_ticket(whit::WebSocket socket, const whit::Request& request) {
  uint8_t room[whit::kTicketSize];
  if (tickets.redeem(whit::parameter(whit::query_of(request.target), "ticket", {room, sizeof room}))) return true;
  (void)socket.reject(403);
  return false;
}

bool from_own_page(whit::WebSocket socket, const whit::Request& request) {
  if (whit::is_same_host(request)) return true;
  (void)socket.reject(403);
  return false;
}

// ---- answers ----

void on_state(whit::WebSocket socket, const whit::Request&) {
  char text[64];
  snprintf(text, sizeof text, "{\"port\":%u}", server.port());
  answer(socket, "application/json", text);
}

size_t put_metrics(whit::WebSocket, uint32_t* line, whit::MutableBytes room) {
  size_t size = 0;
  for (; *line < kLines; ++*line) {
    char text[48];
    const size_t length =
        static_cast<size_t>(snprintf(text, sizeof text, "device_value{line=\"%u\"} %u\n", *line, *line));
    if (length > room.size - size) break;
    memcpy(room.data + size, text, length);
    size += length;
  }
  return size;
}

void on_metrics(whit::WebSocket socket, const whit::Request&) {
  whit::Response response;
  response.type = "text/plain; version=0.0.4";
  response.produce = put_metrics;
  if (socket.respond(response) != whit::Status::kOk) socket.abort();
}

// The body is a part of the request, which the answer takes the place of.
void on_said(whit::WebSocket socket, const whit::Request& request) {
  whit::Response response;
  response.body = request.target;
  if (socket.respond(response) != whit::Status::kOk) (void)socket.reject(507);
}

whit::WebSocket waiting;  // for an answer in the next turn
void on_later(whit::WebSocket socket, const whit::Request&) {
  if (waiting != socket) answer(waiting, "text/plain", "late\n");
  waiting = socket;
}

void on_ticket(whit::WebSocket socket, const whit::Request&) {
  char text[whit::kTicketSize + 1] = {};
  char ticket[whit::kTicketSize];
  const whit::Text made = tickets.issue(ticket);
  memcpy(text, made.data, made.size);
  answer(socket, "text/plain", text);
}

// ---- bodies ----

struct Upload {
  uint64_t size = 0;
  uint32_t crc = 0xFFFFFFFF;
  char form[200] = {};  // its first bytes
};
whit::PerConnection<Upload, Loop::kSlots> uploads;

void on_post(whit::WebSocket socket, const whit::Request& request) {
  if (request.method != whit::Method::kPost) return (void)socket.reject(405);
  uploads.start(socket);
  (void)socket.accept();
}

Upload* take(const whit::Event& event) {
  Upload* const upload = uploads.find(event.socket);
  if (upload == nullptr || event.message.offset != upload->size) abort();
  for (size_t i = 0; i < event.message.data.size; ++i, ++upload->size) {
    const uint8_t byte = event.message.data.data[i];
    if (upload->size < sizeof upload->form) upload->form[upload->size] = static_cast<char>(byte);
    upload->crc ^= byte;
    for (int bit = 0; bit < 8; ++bit) upload->crc = upload->crc >> 1 ^ (upload->crc & 1 ? 0xEDB88320 : 0);
  }
  return event.message.last ? upload : nullptr;
}

void on_upload(const whit::Event& event) {
  const Upload* const upload = take(event);
  if (upload == nullptr) return;
  char text[64];
  snprintf(text, sizeof text, "%llu %08x\n", static_cast<unsigned long long>(upload->size), ~upload->crc);
  answer(event.socket, "text/plain", text);
}

// An application that is slower than the network: one part in some turns.
whit::WebSocket held;
uint32_t turns;
void on_slow_upload(const whit::Event& event) {
  if (++turns % 4 == 0) return on_upload(event);
  event.socket.hold();
  held = event.socket;
}

void on_form(const whit::Event& event) {
  const Upload* const upload = take(event);
  if (upload == nullptr) return;
  const whit::Text form{upload->form, upload->size < sizeof upload->form ? upload->size : sizeof upload->form};
  uint8_t room[64];
  const whit::Text name = whit::parameter(form, "ssid", {room, sizeof room});
  char text[sizeof room + 16];
  snprintf(text, sizeof text, name.data != nullptr ? "joining %.*s\n" : "no name\n", static_cast<int>(name.size),
           name.data);
  answer(event.socket, "text/plain", text);
}

// ---- WebSockets ----

void on_echo(const whit::Event& event) {
  if (event.type != whit::Event::kMessage) return;
  if (event.socket.send(event.message) == whit::Status::kWouldBlock) event.socket.hold();
}

void on_shout(const whit::Event& event) {
  if (event.type == whit::Event::kMessage) (void)event.socket.send("SHOUT");
}

constexpr whit::Text kProtocols[] = {"v2.device", "v1.device"};
const whit::Route kRoutes[] = {
    {"/", on_echo},
    {"/shout", on_shout, nullptr, nullptr, nullptr, kProtocols, 2, &whit::require_protocol},
    {"/own", on_echo, from_own_page},
    {"/live", on_echo, with_ticket},
    {"/state", nullptr, nullptr, on_state},
    {"/said", nullptr, nullptr, on_said},
    {"/later", nullptr, nullptr, on_later},
    {"/metrics", nullptr, nullptr, on_metrics},
    {"/ticket", nullptr, with_password, on_ticket},
    {"/admin/*", nullptr, with_password},
    {"/upload", nullptr, nullptr, on_post, on_upload},
    {"/slow", nullptr, nullptr, on_post, on_slow_upload},
    {"/guarded", nullptr, with_password, on_post, on_upload},
    {"/form", nullptr, nullptr, on_post, on_form},
};
whit::Router<Loop::kSlots> router{kRoutes};

}  // namespace

int main(int argc, char** argv) {
  const uint32_t ms = argc > 1 ? static_cast<uint32_t>(atoi(argv[1])) : 5000;
  options.address = "127.0.0.1";
  options.port = 0;
  options.http = &whit::serve_http;
  options.pages = pages;
  options.page_count = page_count;
  const bool plain = argc > 2 && strcmp(argv[2], "plain") == 0;
  if (!plain) options.on_request = &whit::keep_request_fields;
  options.post = &whit::receive_bodies;
  options.max_body_bytes = 16 << 20;
  options.data_min_bytes = 100;
  options.protocols = kProtocols;
  options.protocol_count = 2;
  for (const whit::Deadline each :
       {whit::Deadline::kHead, whit::Deadline::kData, whit::Deadline::kWrite, whit::Deadline::kLinger}) {
    options.timeouts_ms[each] = ms;
  }
  if (loop.start(network) != whit::Status::kOk || server.listen(options) != whit::Status::kOk) return 1;
  printf("listening on 127.0.0.1:%u\n", server.port());
  fflush(stdout);
  for (;;) {
    const uint32_t now_ms =
        network.wait(waiting == whit::WebSocket() && held == whit::WebSocket() ? loop.wait_ms() : 0);
    tickets.poll(now_ms);
    answer(waiting, "text/plain", "late\n");
    waiting = {};
    held.resume();
    held = {};
    while (const whit::Event event = loop.poll(now_ms)) {
      if (plain) {
        on_echo(event);
      } else {
        (void)router.on_event(event);
      }
    }
  }
}
