// SPDX-License-Identifier: MIT
// The part that keeps a request for the application, and the calls that answer a kRequest event. A server whose
// application does not review requests does not link them.
#include "whit/core/core.h"
#include "whit/http/field_store.h"
#include "whit/http/grammar.h"
#include "whit/http/head_reader.h"
#include "whit/http_service.h"
#include "whit/server/handshake.h"
#include "whit/session/subprotocols.h"

namespace whit {

using http::HeadLine;
using http::kept;
using http::RequestField;
using session::Connection;
using session::State;

namespace {

// RFC 9112, 3.2.2: the authority of a target in absolute-form stands for the Host field, which then comes second.
bool keep_target(const http::HeadReader& reader) {
  Text resource = reader.field.value;
  Text authority;
  (void)http::split_target(&resource, &authority);  // read_request_line() took it
  if (!authority.empty() && !http::keep(reader.head, reader.buffer, RequestField::kHost, authority)) return false;
  if (resource.empty()) resource = "/";
  if (resource[0] == '?') {  // 4.2.3 of RFC 9110: the path is "/". The byte before is of the authority, which is kept.
    resource = {resource.data - 1, resource.size + 1};
    reader.buffer[as_bytes(resource).data - reader.buffer] = '/';
  }
  return http::keep(reader.head, reader.buffer, RequestField::kTarget, resource);
}

// The position of a name among those that the application asks for; their count if it is none of them.
size_t position_of(const Text& name, const Text* names, size_t count) {
  size_t position = 0;
  while (position < count && !http::same_name(names[position], name)) ++position;
  return position;
}

constexpr size_t kFirstMore = static_cast<size_t>(RequestField::kTarget) + 1;  // numbers of such fields in the store

HeadLine other(http::HeadReader* reader, bool) {
  const size_t position = position_of(reader->field.name, reader->more_names, reader->more_count);
  if (position == reader->more_count) return HeadLine::kMore;
  reader->field.index = kFirstMore + position;
  return HeadLine::kField;
}

uint16_t keep(const http::HeadReader& reader) {
  const RequestField field = static_cast<RequestField>(reader.field.index);
  switch (field) {
    case RequestField::kTarget:
      return keep_target(reader) ? 0 : 414;
    case RequestField::kHost:
    case RequestField::kOrigin:
    case RequestField::kProtocols:
    case RequestField::kCookie:
    case RequestField::kAuthorization:
      return http::keep(reader.head, reader.buffer, field, reader.field.value) ? 0 : 431;
    default:
      if (reader.field.index < kFirstMore) return 0;
      return http::keep(reader.head, reader.buffer, field, reader.field.value) ? 0 : 431;
  }
}

core::HeadResult ask(core::Core* core, Connection* connection, Event* event) {
  Connection& c = *connection;
  c.state = State::kReview;
  c.known_to_application = true;
  c.deadlines[session::kFromPeer] = Deadline::kNone;  // now it is the application that takes its time
  core->emit(c, Event::kRequest, event);
  return core::HeadResult::kEvent;
}

}  // namespace

// RFC 9110, 11.6.1; RFC 7617, 2: with a realm
const RequestReview keep_request_fields = {keep, other, ask, "\r\nWWW-Authenticate: Basic realm=\"whit\""};

bool WebSocket::request(Request* out) const {
  const Connection* c = connection();
  if (c == nullptr || c->state != State::kReview || server::receives_body(c->head())) return false;
  const uint8_t* buffer = c->rx_buffer;
  out->upgrade = !server::has_exchange(c->head());
  out->method = out->upgrade ? Method::kGet : static_cast<Method>(c->head().exchange.method);
  out->content_length = out->method == Method::kPost ? c->head().exchange.body.left : 0;
  out->content_type = kept(c->head(), buffer, RequestField::kContentType);
  out->target = kept(c->head(), buffer, RequestField::kTarget);
  out->host = kept(c->head(), buffer, RequestField::kHost);
  out->origin = kept(c->head(), buffer, RequestField::kOrigin);
  out->protocols = kept(c->head(), buffer, RequestField::kProtocols);
  out->cookie = kept(c->head(), buffer, RequestField::kCookie);
  out->authorization = kept(c->head(), buffer, RequestField::kAuthorization);
  return true;
}

Text WebSocket::request_field(Text name, size_t which) const {
  const Connection* c = connection();
  if (c == nullptr || c->state != State::kReview || server::receives_body(c->head())) return {};
  const ServerOptions& options = static_cast<const ServerOptions&>(c->endpoint->options());
  const size_t position = position_of(name, options.fields, options.field_count);
  if (position == options.field_count) return {};
  return kept(c->head(), c->rx_buffer, static_cast<RequestField>(kFirstMore + position), which);
}

Status WebSocket::accept(Text protocol) const {
  Connection* c = connection();
  Request asked;
  if (!request(&asked)) return Status::kNotOpen;
  c->protocol = 0;
  if (!asked.upgrade) {
    if (!protocol.empty()) return Status::kInvalidArgument;
    const ServerOptions& options = static_cast<const ServerOptions&>(c->endpoint->options());
    c->state = State::kHandshaking;
    if (asked.method == Method::kPost) {
      options.http->post->begin(core_, c);
      return Status::kOk;
    }
    c->known_to_application = false;  // nothing more is reported of it
    options.http->service->begin_answer(options, core_, c);
    core_->make_ready(*c);
    return Status::kOk;
  }
  if (!protocol.empty()) {
    // RFC 6455, 4.2.2: the subprotocol is one that the client offered.
    if (!http::list_has_exact(&asked.protocols, protocol)) return Status::kInvalidArgument;
    c->protocol = session::protocol_number(c->endpoint->options(), protocol);
    if (c->protocol == 0) return Status::kInvalidArgument;
  }
  c->head().status = 101;
  c->state = State::kHandshaking;
  core_->make_ready(*c);
  return Status::kOk;
}

Status WebSocket::reject(uint16_t http_status) const {
  Connection* c = connection();
  if (c == nullptr || !server::waits_for_answer(*c)) return Status::kNotOpen;
  if (http_status < 400 || http_status > 599) return Status::kInvalidArgument;
  if (c->rx_buffer == nullptr || c->tx_buffer != nullptr) return Status::kWouldBlock;
  c->transmitter.reset();
  c->known_to_application = false;  // it never opened: nothing more is reported of it
  core_->refuse(c, http_status);
  return Status::kOk;
}

}  // namespace whit
