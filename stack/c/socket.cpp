// SPDX-License-Identifier: MIT
// whit.h: sockets.
#include "whit.h"
#include "whit/event.h"
#include "whit/http_service.h"
#include "whit/websocket.h"
#include "whit_cpp.h"

using whit::MessageType;
using whit::to_c;
using whit::to_cpp;

whit_status whit_socket_send_text(whit_socket socket, whit_text text) {
  return to_c(to_cpp(socket).send(to_cpp(text)));
}

whit_status whit_socket_send(whit_socket socket, whit_bytes data, whit_message_type type) {
  return to_c(to_cpp(socket).send(to_cpp(data), static_cast<MessageType>(type)));
}

whit_status whit_socket_send_piece(whit_socket socket, const whit_message* piece) {
  return to_c(to_cpp(socket).send(*reinterpret_cast<const whit::Message*>(piece)));
}

whit_mutable_bytes whit_socket_reserve(whit_socket socket, size_t size) { return to_c(to_cpp(socket).reserve(size)); }

whit_status whit_socket_commit(whit_socket socket, whit_message_type type, bool first, bool last) {
  return to_c(to_cpp(socket).commit(static_cast<MessageType>(type), first, last));
}

whit_status whit_socket_ping(whit_socket socket, whit_bytes payload) {
  return to_c(to_cpp(socket).ping(to_cpp(payload)));
}

whit_status whit_socket_close(whit_socket socket, uint16_t code, whit_text reason) {
  return to_c(to_cpp(socket).close(code, to_cpp(reason)));
}

void whit_socket_abort(whit_socket socket) { to_cpp(socket).abort(); }
void whit_socket_hold(whit_socket socket) { to_cpp(socket).hold(); }
void whit_socket_consume(whit_socket socket, size_t count) { to_cpp(socket).consume(count); }
void whit_socket_pause(whit_socket socket) { to_cpp(socket).pause(); }
void whit_socket_resume(whit_socket socket) { to_cpp(socket).resume(); }

whit_status whit_socket_accept(whit_socket socket, whit_text protocol) {
  return to_c(to_cpp(socket).accept(to_cpp(protocol)));
}

whit_status whit_socket_accept_with(whit_socket socket, whit_text protocol, whit_text fields) {
  return to_c(to_cpp(socket).accept(to_cpp(protocol), to_cpp(fields)));
}

whit_status whit_socket_reject(whit_socket socket, uint16_t http_status) {
  return to_c(to_cpp(socket).reject(http_status));
}

whit_status whit_socket_reject_with(whit_socket socket, uint16_t http_status, whit_text fields, whit_text body) {
  return to_c(to_cpp(socket).reject(http_status, to_cpp(fields), to_cpp(body)));
}

whit_status whit_socket_respond(whit_socket socket, const whit_response* response) {
  return to_c(to_cpp(socket).respond(*reinterpret_cast<const whit::Response*>(response)));
}

bool whit_socket_request(whit_socket socket, whit_request* out) {
  return to_cpp(socket).request(reinterpret_cast<whit::Request*>(out));
}

whit_text whit_socket_request_field(whit_socket socket, whit_text name, size_t which) {
  return to_c(to_cpp(socket).request_field(to_cpp(name), which));
}

whit_ready_state whit_socket_ready_state(whit_socket socket) {
  return static_cast<whit_ready_state>(to_cpp(socket).ready_state());
}

size_t whit_socket_buffered_amount(whit_socket socket) { return to_cpp(socket).buffered_amount(); }
size_t whit_socket_max_send(whit_socket socket) { return to_cpp(socket).max_send(); }
whit_text whit_socket_protocol(whit_socket socket) { return to_c(to_cpp(socket).protocol()); }

whit_address whit_socket_remote(whit_socket socket) {
  const whit::Address remote = to_cpp(socket).remote();
  whit_address same;
  __builtin_memcpy(&same, &remote, sizeof same);
  return same;
}
