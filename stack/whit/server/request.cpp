// SPDX-License-Identifier: MIT
// What keeps a request for the application, and the calls that answer a kRequest event: a server that does not ask its
// application does not link them.
#include "whit/loop.h"
#include "whit/server/kept_fields.h"
#include "whit/session/head_lines.h"
#include "whit/session/protocols.h"
#include "whit/wire/http_head.h"

namespace whit {

using server::Kept;
using server::kept;
using session::Connection;
using session::State;

uint16_t ask_application(const session::HeadReader& reader) {
  const Kept field = static_cast<Kept>(reader.field.index);
  switch (field) {
    case Kept::kTarget:
    case Kept::kHost:
    case Kept::kOrigin:
    case Kept::kProtocols:
    case Kept::kCookie:
    case Kept::kAuthorization:
      if (server::keep(reader.connection, reader.buffer, field, reader.field.value)) return 0;
      return field == Kept::kTarget ? 414 : 431;
    default:
      return 0;
  }
}

bool WebSocket::request(Request* out) const {
  const Connection* c = connection();
  if (c == nullptr || c->state != State::kAsked) return false;
  const uint8_t* buffer = c->rx_buffer;
  out->target = kept(*c, buffer, Kept::kTarget);
  out->host = kept(*c, buffer, Kept::kHost);
  out->origin = kept(*c, buffer, Kept::kOrigin);
  out->protocols = kept(*c, buffer, Kept::kProtocols);
  out->cookie = kept(*c, buffer, Kept::kCookie);
  out->authorization = kept(*c, buffer, Kept::kAuthorization);
  return true;
}

Status WebSocket::accept(Text protocol) const {
  Connection* c = connection();
  Request asked;
  if (!request(&asked)) return Status::kNotOpen;
  c->protocol = 0;
  if (!protocol.empty()) {
    // RFC 6455, 4.2.2: the subprotocol is one that the client offered.
    if (!wire::list_has_exact(&asked.protocols, protocol)) return Status::kInvalidArgument;
    c->protocol = session::protocol_number(c->endpoint->options(), protocol);
    if (c->protocol == 0) return Status::kInvalidArgument;
  }
  c->head.status = 101;
  c->state = State::kOpening;
  loop_->ready_.add(index_);
  return Status::kOk;
}

Status WebSocket::reject(uint16_t http_status) const {
  Connection* c = connection();
  if (c == nullptr || c->state != State::kAsked) return Status::kNotOpen;
  if (http_status < 400 || http_status > 599) return Status::kInvalidArgument;
  c->visible = false;  // it never opened: nothing more is reported of it
  loop_->refuse(c, http_status);
  return Status::kOk;
}

}  // namespace whit
