// SPDX-License-Identifier: MIT
// Connecting, and the client's side of the opening handshake: RFC 6455, 4.1.
#include "whit/client.h"

#include "whit/client/handshake_fields.h"
#include "whit/core/compression.h"
#include "whit/field_writer.h"
#include "whit/http/grammar.h"
#include "whit/http/head_reader.h"
#include "whit/http/head_writer.h"
#include "whit/http/scan.h"
#include "whit/http/url.h"
#include "whit/session/subprotocols.h"
#include "whit/wire/accept_key.h"

namespace whit {

using core::HeadResult;
using http::HeadLine;
using http::HeadWriter;
using session::Connection;

namespace {

// The first of kHandshakeFields.
enum Field : size_t { kUpgrade, kConnection, kAccept, kProtocol, kExtensions, kWanted };

// The bits of Head::seen for a response.
constexpr uint16_t bit(size_t field) { return static_cast<uint16_t>(1 << field); }
constexpr uint16_t kInterim = bit(kWanted);
constexpr uint16_t kRefused = bit(kWanted + 1);  // nonce[0] is the status
constexpr uint16_t kOnce = bit(kUpgrade) | bit(kAccept) | bit(kProtocol);
constexpr uint16_t kRequired = bit(kUpgrade) | bit(kConnection) | bit(kAccept);

// For HeadReader::other.
HeadLine take_if_whole(http::HeadReader*, bool whole) { return whole ? HeadLine::kField : HeadLine::kMore; }

// Header fields of the application: each a valid line, and none that the handshake itself writes.
bool valid_headers(Text headers) {
  while (!headers.empty()) {
    http::Field field;
    if (!http::take_field(&headers, kHandshakeFields, &field) || field.index != kHandshakeFieldCount) return false;
    if (!http::skip_pattern(&headers, "\r\n")) return false;
  }
  return true;
}

}  // namespace

Status Client::connect(const ClientOptions& options) {
  if (core_->network() == nullptr) return Status::kNotOpen;
  if (core_->is_known(socket_)) return Status::kInUse;
  HeadWriter check(nullptr, 0, 0);
  write_request(options, nullptr, &check);
  const bool valid = check.valid && session::protocols_valid(options) && valid_headers(options.headers) &&
                     http::is_field_value(options.origin);
  if (!valid) return Status::kInvalidArgument;
  const Connection* connection = core_->claim_slot(this);
  if (connection == nullptr) return Status::kNoSlot;
  options_ = &options;
  socket_ = core_->handle(*connection);
  return Status::kOk;
}

bool Client::is_over() const { return core_->is_over(socket_); }

bool Client::is_secure(Text text) {
  const http::Url url = http::parse_url(text);
  return url.port != 0 && url.secure;
}

bool Client::dial(Connection* connection) {
  Connection& c = *connection;
  Network* network = core_->network();
  const http::Url url = http::parse_url(client_options().url);
  Status status = Status::kFailed;
  if (url.port != 0) c.transport = network->connect(c.index, url.host, url.port, url.secure, &status);
  if (c.transport == nullptr) {
    const bool no_tls = status == Status::kInvalidArgument && url.secure;
    const Cause::Where where = no_tls ? Cause::kSecure : Cause::kResolve;
    core_->end(connection, {Cause::kNetwork, where}, network->error());
    return false;
  }
  if (options().compression != nullptr) c.transport = options().compression->install(core_, connection, c.transport);
  http::Head& head = c.head();
  head.due = true;
  return random(connection, {reinterpret_cast<uint8_t*>(head.nonce), sizeof head.nonce});
}

// RFC 6455, 5.3: new and unpredictable for every frame.
bool Client::make_key(Connection* connection, kernels::MaskKey* key) {
  return random(connection, {key->bytes, sizeof key->bytes});
}

bool Client::random(Connection* connection, MutableBytes out) {
  if (core_->network()->random(out) == Status::kOk) return true;
  core_->end_and_abort(connection, {Cause::kNetwork, Cause::kRandom}, 0);
  return false;
}

size_t Client::write_head(const Connection& connection, uint8_t* out, size_t room) const {
  HeadWriter head(out, room, connection.head_sent());
  write_request(client_options(), &connection, &head);
  // Negative: a function of the application has written less than before.
  return static_cast<int32_t>(head.at) > 0 ? head.at : 0;
}

// Without a connection the request is checked alone.
void Client::write_request(const ClientOptions& options, const Connection* connection, HeadWriter* head) {
  const http::Url url = http::parse_url(options.url);
  if (url.port == 0) return;
  head->valid = true;
  char key[wire::kKeySize];
  if (connection != nullptr) wire::make_key(connection->head().nonce, key);
  const Text parts[] = {url.resource, url.host_field, {key, sizeof key}};
  head->put(
      "GET /\1 HTTP/1.1\r\nHost: \2\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Version: 13\r\n"
      "Sec-WebSocket-Key: \3",
      parts);
  for (size_t i = 0; i < options.protocol_count; ++i) {
    head->put(i == 0 ? "\r\nSec-WebSocket-Protocol: \1" : ", \1", &options.protocols[i]);
  }
  if (!options.origin.empty()) head->put("\r\nOrigin: \1", &options.origin);
  if (options.compression != nullptr && connection != nullptr) options.compression->write_field(*connection, head);
  if (options.request_fields != nullptr) options.request_fields(options, FieldWriter(head));
  head->put("\r\n\1\r\n", &options.headers);
}

HeadResult Client::read_head(Connection* connection, Event*) {
  http::Head& head = connection->head();
  const ResponseField on_field = client_options().on_response_field;
  http::HeadReader reader = start_reader(connection);
  reader.names = kHandshakeFields;
  reader.wanted = kWanted;
  reader.unfolding = http::HeadReader::unfold;
  reader.other = on_field != nullptr ? take_if_whole : nullptr;
  reader.shorten = nullptr;
  for (;;) {
    // The code of a failure is the status of the answer, or 0: it was not one of HTTP.
    uint32_t status = head.seen == kRefused ? head.nonce[0] : 101u;
    if (!head.started) status = 0;
    const HeadLine kind = reader.next();
    switch (kind) {
      case HeadLine::kMore:
        return HeadResult::kMore;
      case HeadLine::kTooLarge:
      case HeadLine::kFirst: {
        if (head.started) break;
        const char* const version = reader.field.value.data;
        status = http::read_status_line(&reader.field.value);
        if (status == 0 || kind != HeadLine::kFirst) break;
        const bool refused = status >= 200 || version[sizeof "HTTP/1"] == '0';
        if (refused && on_field == nullptr) break;
        head.seen = status != 101 ? kInterim : 0;  // RFC 9110, 15.2: may come before
        head.started = true;
        if (!refused) continue;
        head.seen = kRefused;
        head.nonce[0] = status;  // no key is compared any more
        continue;
      }
      case HeadLine::kField:
        if (head.seen == kInterim) continue;
        if (on_field != nullptr) on_field(core_->handle(*connection), reader.field.name, reader.field.value);
        if (head.seen == kRefused || reader.field.index >= kWanted || read_field(connection, &reader.field)) continue;
        break;
      case HeadLine::kEnd:
        // RFC 9112, 6.3: a 101 ends here, whatever its fields say; what follows are frames.
        if ((~head.seen & (kRequired | (client_options().require_protocol ? bit(kProtocol) : 0))) == 0)
          return HeadResult::kComplete;
        if (head.seen != kInterim) break;
        head.started = false;
        continue;
      default:
        break;
    }
    // An orderly end: a reset would destroy what the server has sent, and some servers die of it.
    core_->end(connection, {Cause::kPeer, Cause::kHandshake}, static_cast<int32_t>(status));
    return HeadResult::kWait;
  }
}

// RFC 6455, 4.1, the numbered list on the server's response.
bool Client::read_field(Connection* connection, http::Field* line) const {
  const size_t field = line->index;
  Text& value = line->value;
  const uint16_t seen = bit(field);
  if ((connection->head().seen & seen & kOnce) != 0) return false;
  switch (field) {
    case kUpgrade:  // (2.)
      if (!http::match_all(&value, "websocket")) return false;
      break;
    case kConnection:  // (3.)
      if (!http::list_has(&value, "upgrade")) return true;
      break;
    case kAccept: {  // (4.)
      char accept[wire::kAcceptSize];
      wire::make_key(connection->head().nonce, accept);
      wire::accept_key(accept, accept);
      if (value != Text(accept, sizeof accept)) return false;
      break;
    }
    case kProtocol:  // (6.)
      connection->protocol = session::protocol_number(options(), value);
      if (connection->protocol == 0) return false;
      break;
    default: {  // (5.) What was not offered, and an empty list is malformed (9.1).
      core::Compression* const compression = options().compression;
      if (compression == nullptr || !compression->read_field(core_, connection, value)) return false;
    }
  }
  connection->head().seen |= seen;
  return true;
}

}  // namespace whit
