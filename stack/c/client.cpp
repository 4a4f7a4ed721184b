// SPDX-License-Identifier: MIT
// whit.h: clients.
#include "whit/client.h"

#include "place.h"
#include "whit.h"
#include "whit/check_url.h"
#include "whit/field_writer.h"
#include "whit/options.h"
#include "whit_cpp.h"

using whit::to_c;
using whit::to_cpp;

static whit::FieldWriter to_cpp(whit_field_writer out) {
  return whit::FieldWriter(static_cast<whit::http::HeadWriter*>(out.head_));
}

void whit_client_init(whit_client* client, whit_loop* loop) { new (whit::Place{client}) whit::Client(to_cpp(loop)); }

whit_status whit_client_connect(whit_client* client, const whit_client_options* options) {
  return to_c(to_cpp(client).connect(*reinterpret_cast<const whit::ClientOptions*>(options)));
}

bool whit_client_is_secure(whit_text url) { return whit::Client::is_secure(to_cpp(url)); }
bool whit_client_is_over(const whit_client* client) { return to_cpp(client).is_over(); }
whit_socket whit_client_socket(const whit_client* client) { return to_c(to_cpp(client).socket()); }

void whit_client_options_init(whit_client_options* options) { new (whit::Place{options}) whit::ClientOptions(); }

void whit_field_put(whit_field_writer out, whit_text name, whit_text value) {
  to_cpp(out).put(to_cpp(name), to_cpp(value));
}
void whit_field_begin(whit_field_writer out, whit_text name) { to_cpp(out).begin(to_cpp(name)); }
void whit_field_add(whit_field_writer out, whit_text piece) { to_cpp(out).add(to_cpp(piece)); }
void whit_field_refuse(whit_field_writer out) { to_cpp(out).refuse(); }

whit_url_problem whit_check_url(whit_text url) {
  const whit::UrlProblem problem = whit::check_url(to_cpp(url));
  return {static_cast<whit_url_part>(problem.part), problem.position, to_c(problem.why)};
}
