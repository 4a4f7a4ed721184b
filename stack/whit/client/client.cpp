// SPDX-License-Identifier: MIT
// Connecting, and the client's side of the opening handshake: RFC 6455, 4.1.
#include "whit/client.h"

#include "whit/session/head_lines.h"
#include "whit/session/protocols.h"
#include "whit/session/text_writer.h"
#include "whit/wire/accept_key.h"
#include "whit/wire/http_head.h"
#include "whit/wire/scan.h"
#include "whit/wire/url.h"

namespace whit {

using session::Connection;
using session::HeadLine;
using session::TextWriter;

namespace {

// The names of fields that the application may not add: first those that a response may have, in the order of Field.
// All that begin with "Sec-WebSocket-" belong to the handshake.
constexpr char kNames[] =
    "upgrade:\0connection:\0~accept:\0~protocol:\0~extensions:\0"
    "~\0host:\0origin:\0content-length:\0transfer-encoding:\0";

enum Field : size_t { kUpgrade, kConnection, kAccept, kProtocol, kExtensions, kWanted, kNone = 10 };

// What was seen of a response: Head::seen.
constexpr uint16_t bit(size_t field) { return static_cast<uint16_t>(1 << field); }
constexpr uint16_t kInterim = 1 << 15;
constexpr uint16_t kOnce = bit(kUpgrade) | bit(kAccept) | bit(kProtocol);
constexpr uint16_t kRequired = bit(kUpgrade) | bit(kConnection) | bit(kAccept);

// Header fields of the application: each a valid line, and none that the handshake itself writes.
bool valid_headers(Text headers) {
  while (!headers.empty()) {
    wire::Field field;
    if (!wire::take_field(&headers, kNames, &field) || field.index != kNone) return false;
    if (!wire::take_like(&headers, "\r\n")) return false;
  }
  return true;
}

}  // namespace

Status Client::connect(const ClientOptions& options) {
  if (loop_->network() == nullptr) return Status::kNotOpen;
  if (!loop_->is_over(socket_)) return Status::kInUse;
  options_ = &options;
  // Any connection will do, since keys have one size.
  const size_t size = write_head(loop_->connections_[0], nullptr);
  const bool valid = size != 0 && session::protocols_valid(options) && valid_headers(options.headers) &&
                     wire::is_field_value(options.origin);
  if (!valid) return Status::kInvalidArgument;
  if (size > loop_->pool_.size()) return Status::kTooLarge;
  if (!loop_->has_room() || loop_->free_.empty()) return Status::kNoSlot;
  Connection* connection = loop_->begin_slot(loop_->free_.take(), this);
  connection->visible = true;
  loop_->count_as(connection, session::Counted::kOpen);
  socket_ = loop_->handle(*connection);
  return Status::kOk;
}

bool Client::dial(Connection* connection) {
  Connection& c = *connection;
  Network* network = loop_->network();
  const wire::Url url = wire::parse_url(client_options().url);
  Status status = Status::kFailed;
  if (url.port != 0) c.transport = network->connect(c.index, url.host, url.port, url.secure, &status);
  if (c.transport == nullptr) {
    const Cause::Where where = status == Status::kInvalidArgument ? Cause::kSecure : Cause::kResolve;
    loop_->end(connection, {Cause::kNetwork, where}, network->error());
    return false;
  }
  return random(connection, {reinterpret_cast<uint8_t*>(c.head.nonce), sizeof c.head.nonce});
}

// RFC 6455, 5.3: new and unpredictable for every frame.
bool Client::make_key(Connection* connection, wire::MaskKey* key) {
  return random(connection, {key->bytes, sizeof key->bytes});
}

bool Client::random(Connection* connection, MutableBytes out) {
  if (loop_->network()->random(out) == Status::kOk) return true;
  loop_->end_and_abort(connection, {Cause::kNetwork, Cause::kRandom}, 0);
  return false;
}

size_t Client::write_head(const Connection& connection, uint8_t* out) const {
  const ClientOptions& options = client_options();
  const wire::Url url = wire::parse_url(options.url);
  if (url.port == 0) return 0;
  char key[wire::kKeySize];
  wire::make_key(connection.head.nonce, key);
  const Text parts[] = {url.resource, url.host_field, {key, sizeof key}};
  TextWriter head(out);
  head.put(
      "GET /\1 HTTP/1.1\r\nHost: \2\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Version: 13\r\n"
      "Sec-WebSocket-Key: \3",
      parts);
  for (size_t i = 0; i < options.protocol_count; ++i) {
    head.put(i == 0 ? "\r\nSec-WebSocket-Protocol: \1" : ", \1", &options.protocols[i]);
  }
  if (!options.origin.empty()) head.put("\r\nOrigin: \1", &options.origin);
  head.put("\r\n\1\r\n", &options.headers);
  return head.size();
}

// `status`: the answer's; 0: not one of HTTP.
HeadResult Client::fail(Connection* connection, uint16_t status) const {
  loop_->end_and_abort(connection, {Cause::kPeer, Cause::kHandshake}, status);
  return HeadResult::kOver;
}

HeadResult Client::read_head(Connection* connection, uint8_t* buffer, size_t capacity) const {
  session::Head& head = connection->head;
  session::HeadReader reader = {connection, buffer, capacity, options().max_head_bytes, kNames, kWanted, {}};
  for (;;) {
    switch (reader.next()) {
      case HeadLine::kMore:
        return HeadResult::kMore;
      case HeadLine::kFirst: {
        const uint16_t status = wire::read_status_line(&reader.field.value);
        head.seen = status != 0 && status < 200 && status != 101 ? kInterim : 0;  // RFC 9110, 15.2: may come before
        if (status != 101 && head.seen == 0) return fail(connection, status);
        head.started = true;
        continue;
      }
      case HeadLine::kField:
        if (head.seen == kInterim || read_field(connection, &reader.field)) continue;
        break;
      case HeadLine::kEnd:
        // RFC 9112, 6.3: a 101 ends here, whatever its fields say; what follows are frames.
        if ((head.seen & kRequired) == kRequired) return HeadResult::kComplete;
        if (head.seen != kInterim) break;
        head.started = false;
        continue;
      default:
        break;
    }
    return fail(connection, head.started ? 101 : 0);
  }
}

// RFC 6455, 4.1, the numbered list on the server's response.
bool Client::read_field(Connection* connection, wire::Field* line) const {
  const size_t field = line->index;
  Text& value = line->value;
  const uint16_t seen = bit(field);
  if ((connection->head.seen & seen & kOnce) != 0) return false;
  switch (field) {
    case kUpgrade:  // (2.)
      if (!wire::take_last(&value, "websocket")) return false;
      break;
    case kConnection:  // (3.)
      if (!wire::list_has(&value, "upgrade")) return true;
      break;
    case kAccept: {  // (4.)
      char accept[wire::kAcceptSize];
      wire::make_key(connection->head.nonce, accept);
      wire::accept_key(accept, accept);
      if (value != Text(accept, sizeof accept)) return false;
      break;
    }
    case kProtocol:  // (6.)
      connection->protocol = session::protocol_number(options(), value);
      if (connection->protocol == 0) return false;
      break;
    default:  // (5.) No extension was offered, and an empty list is malformed (9.1).
      return false;
  }
  connection->head.seen |= seen;
  return true;
}

}  // namespace whit
