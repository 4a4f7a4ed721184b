// SPDX-License-Identifier: MIT
// whit.h: servers, and the parts that their options name.
#include "whit/server.h"

#include "place.h"
#include "whit.h"
#include "whit/http_service.h"
#include "whit/options.h"
#include "whit_cpp.h"

using whit::to_c;
using whit::to_cpp;

void whit_server_init(whit_server* server, whit_loop* loop) { new (whit::Place{server}) whit::Server(to_cpp(loop)); }

whit_status whit_server_listen(whit_server* server, const whit_server_options* options) {
  return to_c(to_cpp(server).listen(*reinterpret_cast<const whit::ServerOptions*>(options)));
}

uint16_t whit_server_port(const whit_server* server) { return to_cpp(server).port(); }
void whit_server_stop(whit_server* server, uint16_t code) { to_cpp(server).stop(code); }

void whit_server_options_init(whit_server_options* options) { new (whit::Place{options}) whit::ServerOptions(); }
void whit_http_options_init(whit_http_options* options) { new (whit::Place{options}) whit::HttpOptions(); }
void whit_response_init(whit_response* response) { new (whit::Place{response}) whit::Response(); }

const whit_request_review* whit_keep_request_fields() {
  return reinterpret_cast<const whit_request_review*>(&whit::keep_request_fields);
}

const whit_body_receiver* whit_receive_bodies() {
  return reinterpret_cast<const whit_body_receiver*>(&whit::receive_bodies);
}

// The functions themselves: their types in C++ are those with which they are called.
whit_on_full whit_evict_oldest_idle() { return reinterpret_cast<whit_on_full>(&whit::evict_oldest_idle); }
whit_on_admit whit_limit_per_address() { return reinterpret_cast<whit_on_admit>(&whit::limit_per_address); }
