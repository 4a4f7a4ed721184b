// SPDX-License-Identifier: MIT
// The server's side of the opening handshake, for those that read requests besides: the fields that are looked at, what
// is noted of them in Head::seen, and the functions. RFC 6455, 4.2.1.
#pragma once

#include <stdint.h>

#include "whit/http/field_store.h"
#include "whit/server.h"

namespace whit::server {

using http::RequestField;

// In the order of RequestField, which names their positions. The last two may be long, and are passed over unless the
// application reviews requests.
inline constexpr char kRequestFields[] =
    "host:\0origin:\0@protocol:\0@key:\0upgrade:\0connection:\0@version:\0"
    "@extensions:\0content-length:\0transfer-encoding:\0expect:\0authorization:\0cookie:\0";

// The bits of Head::seen for a request.
constexpr uint16_t bit(RequestField field) { return static_cast<uint16_t>(1 << static_cast<unsigned>(field)); }
constexpr uint16_t kOtherVersion = 1 << 13;
constexpr uint16_t kOriginAllowed = 1 << 14;
constexpr uint16_t kHttp10 = 1 << 15;  // with ServerOptions::http
static_assert(static_cast<int>(RequestField::kCookie) < 13);

// Lists of which each element is looked at by itself.
constexpr uint16_t kLists =
    bit(RequestField::kProtocols) | bit(RequestField::kUpgrade) | bit(RequestField::kConnection);
constexpr uint16_t kBadRequest = 400;

// A key of RFC 6455 is hashed to where the exchange would be: what has one is an opening handshake, or refused.
inline bool has_exchange(const http::Head& head) { return (head.seen & bit(RequestField::kKey)) == 0; }

// Whether the application has accepted the body of the request.
inline bool receives_body(const http::Head& head) { return has_exchange(head) && head.exchange.receiving; }

// Whether the application may answer: a request is under review, or its body is being received.
inline bool waits_for_answer(const session::Connection& c) {
  if (c.state == session::State::kReview) return true;
  if (!c.is_opening() || c.endpoint->role() != wire::Role::kServer || c.head().status != 0) return false;
  return c.state == session::State::kHandshaking || receives_body(c.head());  // that goes on: WebSocket::resume()
}

struct Handshake {
  static http::HeadReader start_reader(const Server& server, session::Connection* connection);
  // A line that is a field; the status to refuse the request with, or 0.
  static uint16_t read_field(const Server& server, session::Connection* connection, http::Field* field);
  // The head is whole; the same.
  static uint16_t check(const Server& server, const http::Head& head);
  // What follows "Connection: close" in a refusal: fields that belong to the status, each after a line end.
  static const char* more_fields(uint16_t status);
  static core::HeadResult admit(Server* server, session::Connection* connection);
  static const ServerOptions& options(const Server& server);
  static core::Core* core(const Server& server);
};

}  // namespace whit::server
