// SPDX-License-Identifier: MIT
// Listening, and the server's side of the opening handshake: RFC 6455, 4.2.1 and 4.2.2.
#include "whit/server.h"

#include "whit/core/compression.h"
#include "whit/http/field_store.h"
#include "whit/http/grammar.h"
#include "whit/http/head_reader.h"
#include "whit/http/head_writer.h"
#include "whit/http/long_line.h"
#include "whit/http/scan.h"
#include "whit/http_service.h"
#include "whit/server/handshake.h"
#include "whit/session/subprotocols.h"
#include "whit/wire/accept_key.h"

namespace whit {

using core::HeadResult;
using core::kSmallestBuffer;
using http::HeadLine;
using http::HeadWriter;
using http::RequestField;
using server::bit;
using server::kBadRequest;
using server::kLists;
using server::kOriginAllowed;
using server::kOtherVersion;
using session::Connection;

namespace {

// Fields that may come once: RFC 9110, 5.3 and RFC 6455, 11.3.
constexpr uint16_t kOnce =
    bit(RequestField::kHost) | bit(RequestField::kOrigin) | bit(RequestField::kKey) | bit(RequestField::kVersion);

// The answers of a server. Each has to fit the smallest buffer (Loop), or it would never leave.
constexpr char kAccepted[] =
    "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Accept: \1";
constexpr char kProtocol[] = "\r\nSec-WebSocket-Protocol: \1";
constexpr char kRefused[] = "HTTP/1.1 \1 Refused\r\nContent-Length: 0\r\nConnection: close";
// What follows in some, behind the low byte of the status.
constexpr char kMoreFields[] =
    "\252, Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\0"  // 426: RFC 6455, 4.4; RFC 9110, 15.5.22
    "\225\r\nAllow: GET\0"                                                // 405: RFC 9110, 15.5.6
    "\367\r\nRetry-After: ";                                              // 503: RFC 9110, 10.2.3

// These, with the number of seconds at their end; without the last one where that is 0.
class MoreFields {
 public:
  constexpr explicit MoreFields(uint32_t seconds) : text_{} {
    size_t size = sizeof kMoreFields - 1;
    for (size_t i = 0; i < size; ++i) text_[i] = kMoreFields[i];
    if (seconds == 0) {
      while (text_[size - 1] != '\0') text_[--size] = '\0';
    } else if (seconds < 10) {
      text_[size] = static_cast<char>('0' + seconds);
    } else {
      text_[size] = static_cast<char>('0' + seconds / 10);
      text_[size + 1] = static_cast<char>('0' + seconds % 10);
    }
  }
  constexpr const char* text() const { return text_; }

 private:
  char text_[sizeof kMoreFields + 3];  // two digits and the end of the list
};

constexpr MoreFields kFieldsOfRefusals(config::kRetryAfterSeconds);
constexpr char kHeadEnd[] = "\r\n\r\n";
constexpr size_t kAcceptedSize =  // without the protocol; "\1" and NUL do not count
    sizeof kAccepted - 2 + wire::kAcceptSize + sizeof kProtocol - 2 + sizeof kHeadEnd - 1;
constexpr size_t kRefusedSize = sizeof kRefused + sizeof "400" + sizeof kMoreFields + sizeof kHeadEnd;
static_assert(kAcceptedSize <= kSmallestBuffer && kRefusedSize <= kSmallestBuffer);

}  // namespace

Status Server::listen(const ServerOptions& options) {
  if (core_->network() == nullptr) return Status::kNotOpen;
  if (listener != 0) return Status::kInUse;
  if (!session::protocols_valid(options)) return Status::kInvalidArgument;
  for (size_t i = 0; i < options.protocol_count; ++i) {
    if (kAcceptedSize + options.protocols[i].size > core_->buffer_bytes()) return Status::kTooLarge;
  }
  const Status status = core_->start_listening(this, options);
  if (status == Status::kOk) options_ = &options;
  return status;
}

uint16_t Server::port() const {
  return listener != 0 ? core_->network()->listening_port(static_cast<uint8_t>(listener - 1)) : uint16_t{0};
}

void Server::stop(uint16_t code) {
  core_->stop_listening(this);
  core_->stop_connections(this, code);
}

[[gnu::always_inline]] inline http::HeadReader Server::start_reader(Connection* connection,
                                                                    const RequestReview* on_request) const {
  const size_t wanted =
      static_cast<size_t>(on_request != nullptr ? RequestField::kTarget : RequestField::kAuthorization);
  http::HeadReader reader = Endpoint::start_reader(connection);
  reader.names = server::kRequestFields;
  reader.wanted = wanted;
  reader.unfolding = nullptr;
  reader.other = nullptr;
  reader.shorten = http::shorten_line;
  reader.lists = kLists;
  reader.rest = nullptr;
  if (on_request != nullptr) {
    reader.shorten = nullptr;  // the application is to see the whole
    reader.other = on_request->other;
    reader.more_names = server_options().fields;
    reader.more_count = server_options().field_count;
  }
  return reader;
}

HeadResult Server::read_head(Connection* connection, Event* event) {
  const HttpOptions* const http = server_options().http;
  if (http != nullptr) return http->service->read_head(this, connection, event);
  http::Head& head = connection->head();
  const RequestReview* const on_request = server_options().on_request;
  http::HeadReader reader = start_reader(connection, on_request);
  while (head.status == 0) {
    uint16_t refusal = kBadRequest;
    switch (reader.next()) {
      case HeadLine::kMore:
        return HeadResult::kMore;
      case HeadLine::kMalformed:
        break;
      case HeadLine::kTooLarge:  // RFC 9112, 3: 414; RFC 6585, 5: 431
        refusal = head.started ? 431 : 414;
        break;
      case HeadLine::kFirst:
        // RFC 9112, 2.2: one empty line before the request line is ignored.
        if (reader.field.value.empty() && head.bytes == 2) continue;
        head.started = true;
        reader.field.index = static_cast<size_t>(RequestField::kTarget);
        refusal = http::read_request_line(&reader.field.value);
        break;
      case HeadLine::kField:
        refusal = read_field(connection, &reader.field);
        // Hashed here and not in read_field(), because nothing in a handshake needs more stack than the hash.
        if (refusal == 0 && reader.field.index == static_cast<size_t>(RequestField::kKey)) {
          wire::hash_key(reader.field.value.data, head.digest);
        }
        http::continue_line(&reader);
        break;
      case HeadLine::kEnd:
        refusal = check_required_fields(head);
        if (refusal == 0 && on_request != nullptr) return on_request->ask(core_, connection, event);
        if (refusal == 0) head.status = 101;
    }
    if (refusal == 0 && on_request != nullptr) refusal = on_request->keep(reader);
    if (refusal == 0) continue;
    core_->refuse(connection, refusal);
    return HeadResult::kWait;
  }
  return admit(connection);
}

// The status to refuse the request with, or 0.
uint16_t Server::read_field(Connection* connection, http::Field* line) const {
  const RequestField field = static_cast<RequestField>(line->index);
  Text& value = line->value;
  http::Head& head = connection->head();
  if (field >= RequestField::kTarget) return 0;  // for the application alone
  uint16_t seen = bit(field);
  if ((head.seen & seen & kOnce) != 0) return kBadRequest;
  bool valid = true;
  switch (field) {
    case RequestField::kHost:
      valid = http::valid_host_value(value);
      break;
    case RequestField::kOrigin:
      if (session::one_based_index(value, server_options().origins, server_options().origin_count) != 0) {
        seen |= kOriginAllowed;
      }
      break;
    case RequestField::kProtocols:
      session::select_protocol(connection, options(), value);
      break;
    case RequestField::kKey:
      valid = http::valid_key_value(value);
      break;
    case RequestField::kUpgrade:
      if (!http::list_has(&value, "websocket")) return 0;
      break;
    case RequestField::kConnection:
      if (!http::list_has(&value, "upgrade")) return 0;
      break;
    case RequestField::kVersion:
      if (!http::match_all(&value, "13")) seen |= kOtherVersion;
      break;
    case RequestField::kExtensions: {  // RFC 6455, 9.1
      core::Compression* const compression = options().compression;
      valid =
          compression == nullptr ? http::read_extensions(&value) : compression->read_field(core_, connection, value);
      break;
    }
    case RequestField::kContentLength:  // an upgrade has no body, and what follows the head would be taken for frames
      valid = http::match_all(&value, "0");
      break;
    case RequestField::kTransferEncoding:
      valid = false;
      break;
    case RequestField::kExpect:
      return 417;
    default:
      break;
  }
  if (!valid) return kBadRequest;
  head.seen |= seen;
  return 0;
}

// The head is whole. RFC 6455, 4.2.1 and 4.2.2.
[[gnu::always_inline]] inline uint16_t Server::check_required_fields(const http::Head& head) const {
  const auto lacks = [&head](unsigned bits) { return (head.seen & bits) != bits; };
  if (lacks(bit(RequestField::kHost))) return kBadRequest;
  // A request for a page is told which protocol is spoken here (RFC 9110, 15.5.22). Another version may have other
  // fields.
  if (lacks(bit(RequestField::kUpgrade) | bit(RequestField::kConnection)) || !lacks(kOtherVersion)) return 426;
  if (lacks(bit(RequestField::kVersion) | bit(RequestField::kKey))) return kBadRequest;
  return server_options().origin_count != 0 && lacks(kOriginAllowed) ? 403 : 0;
}

const char* server::Handshake::more_fields(uint16_t status) {
  const char* fields = kFieldsOfRefusals.text();
  while (*fields != '\0' && *fields++ != static_cast<char>(status)) {
    while (*fields++ != '\0') continue;
  }
  return fields;
}

size_t Server::write_head(const Connection& connection, uint8_t* out, size_t room) const {
  const uint16_t status = connection.head().status;
  HeadWriter head(out, room, connection.head_sent());
  if (status == 101) {
    char accept[wire::kAcceptSize];
    wire::make_accept(connection.head().digest, accept);
    const Text answer(accept, sizeof accept);
    head.put(kAccepted, &answer);
    if (connection.protocol != 0) head.put(kProtocol, &options().protocols[connection.protocol - 1]);
    if (options().compression != nullptr) options().compression->write_field(connection, &head);
  } else if (server_options().http != nullptr) {
    return server_options().http->service->write_head(server_options(), connection, &head);
  } else {
    char digits[3];  // 400 to 599
    size_t at = sizeof digits;
    for (unsigned rest = status; rest != 0; rest /= 10) digits[--at] = static_cast<char>('0' + rest % 10);
    const Text number(digits, sizeof digits);
    head.put(kRefused, &number);
    head.put(status == 401 ? server_options().on_request->challenge : server::Handshake::more_fields(status));
  }
  head.put(kHeadEnd);
  return head.at;
}

// The request is valid.
[[gnu::always_inline]] inline HeadResult Server::admit(Connection* connection) {
  const OnAdmit on_admit = server_options().on_admit;
  if (on_admit != nullptr && !on_admit(core_, connection)) return HeadResult::kWait;
  const OnFull on_full = server_options().on_full;
  if (on_full != nullptr && on_full(core_, connection)) return HeadResult::kWait;
  return core_->admit(connection) ? HeadResult::kComplete : HeadResult::kWait;
}

void Server::begin_turn() { core_->accept(this); }

// For http_service.cpp: what is inlined above.

namespace server {

http::HeadReader Handshake::start_reader(const Server& server, Connection* connection) {
  return server.start_reader(connection, server.server_options().on_request);
}

uint16_t Handshake::read_field(const Server& server, Connection* connection, http::Field* field) {
  return server.read_field(connection, field);
}

uint16_t Handshake::check(const Server& server, const http::Head& head) { return server.check_required_fields(head); }

HeadResult Handshake::admit(Server* server, Connection* connection) { return server->admit(connection); }

const ServerOptions& Handshake::options(const Server& server) { return server.server_options(); }

core::Core* Handshake::core(const Server& server) { return server.core_; }

}  // namespace server

}  // namespace whit
