// SPDX-License-Identifier: MIT
// Listening, and the server's side of the opening handshake: RFC 6455, 4.2.1 and 4.2.2.
#include "whit/server.h"

#include "whit/server/kept_fields.h"
#include "whit/session/head_lines.h"
#include "whit/session/text_writer.h"
#include "whit/wire/accept_key.h"
#include "whit/wire/http_head.h"

namespace whit {

using server::keep;
using server::Kept;
using server::kept;
using session::Connection;
using session::HeadLine;
using session::TextWriter;

namespace {

// What was seen of a request: the bits of Head::seen.
enum Seen : uint16_t {
  kSeenHost = 1 << 0,
  kSeenUpgrade = 1 << 1,
  kSeenConnection = 1 << 2,
  kSeenKey = 1 << 3,
  kSeenVersion = 1 << 4,
  kOtherVersion = 1 << 5,
  kSeenOrigin = 1 << 6,
  kOriginAllowed = 1 << 7,
  kSeenBlankLine = 1 << 8,
};

constexpr uint16_t kBadRequest = 400;

constexpr Text kWantedNames[] = {"Host",
                                 "Upgrade",
                                 "Connection",
                                 "Sec-WebSocket-Key",
                                 "Origin",
                                 "Sec-WebSocket-Version",
                                 "Content-Length",
                                 "Sec-WebSocket-Protocol",
                                 "Transfer-Encoding",
                                 "Sec-WebSocket-Extensions",
                                 "Expect",
                                 "Authorization"};

bool wanted(Text name) {
  for (const Text& known : kWantedNames) {
    if (wire::equals_ignore_case(name, known)) return true;
  }
  return false;
}

bool wanted_or_cookie(Text name) { return wanted(name) || wire::equals_ignore_case(name, "Cookie"); }

// A field that may come once: RFC 9110, 5.3 and RFC 6455, 11.3.
bool first_time(Connection* connection, Seen bit) {
  if ((connection->head.seen & bit) != 0) return false;
  connection->head.seen = static_cast<uint16_t>(connection->head.seen | bit);
  return true;
}

void see(Connection* connection, bool condition, Seen bit) {
  if (condition) connection->head.seen = static_cast<uint16_t>(connection->head.seen | bit);
}

}  // namespace

Status Server::listen(const ServerOptions& options) {
  Network* network = loop_->network();
  if (network == nullptr) return Status::kNotOpen;
  if (listener_ != 0) return Status::kInUse;
  if (options.protocol_count > 255) return Status::kInvalidArgument;
  for (size_t i = 0; i < options.protocol_count; ++i) {
    if (!wire::is_token(options.protocols[i])) return Status::kInvalidArgument;
  }
  uint8_t number = 0;
  while (number < Network::kMaxListeners && (loop_->listeners_ & (1 << number)) != 0) ++number;
  if (number == Network::kMaxListeners) return Status::kNoSlot;
  const Status status = network->listen(number, options.address, options.port, options.secure);
  if (status != Status::kOk) return status;
  options_ = &options;
  listener_ = static_cast<uint8_t>(number + 1);
  loop_->listeners_ = static_cast<uint8_t>(loop_->listeners_ | 1 << number);
  loop_->add(this);
  return Status::kOk;
}

uint16_t Server::port() const {
  return listener_ != 0 ? loop_->network()->listening_port(static_cast<uint8_t>(listener_ - 1)) : uint16_t{0};
}

void Server::stop(uint16_t code) {
  stop_listening();
  loop_->stop_connections(this, code);
}

void Server::stop_listening() {
  if (listener_ == 0) return;
  const uint8_t number = static_cast<uint8_t>(listener_ - 1);
  loop_->network()->unlisten(number);
  loop_->listeners_ = static_cast<uint8_t>(loop_->listeners_ & ~(1 << number));
  listener_ = 0;
}

void Server::begin_turn() {
  if (listener_ != 0) loop_->accept(this, static_cast<uint8_t>(listener_ - 1));
}

HeadOutcome Server::read_head(Connection* connection, uint8_t* buffer, size_t capacity) const {
  for (;;) {
    Text line;
    const HeadLine step = session::next_head_line(connection, buffer, capacity, options().max_head_bytes,
                                                  server_options().ask ? wanted_or_cookie : wanted, &line);
    if (step == HeadLine::kMore) return {HeadOutcome::kMore, 0};
    if (step == HeadLine::kMalformed) return {HeadOutcome::kRefuse, kBadRequest};
    if (step == HeadLine::kTooLarge) {  // RFC 9112, 3: 414; RFC 6585, 5: 431
      return {HeadOutcome::kRefuse, static_cast<uint16_t>(connection->head.started ? 431 : 414)};
    }
    uint16_t refusal = 0;
    if (!connection->head.started) {
      // RFC 9112, 2.2: one empty line before the request line is ignored.
      if (line.empty() && first_time(connection, kSeenBlankLine)) continue;
      refusal = read_request_line(connection, buffer, line);
    } else if (line.empty()) {
      return judge(*connection);
    } else {
      refusal = read_field(connection, buffer, line);
    }
    if (refusal != 0) return {HeadOutcome::kRefuse, refusal};
  }
}

uint16_t Server::read_request_line(Connection* connection, uint8_t* buffer, Text line) const {
  wire::RequestLine request;
  Text resource;
  if (!wire::parse_request_line(line, &request)) return kBadRequest;
  if (!(request.method == "GET")) return 405;
  if (!request.http_1_1) return 505;
  if (!wire::target_resource(request.target, &resource)) return kBadRequest;
  connection->head.started = true;
  return server_options().ask && !keep(connection, buffer, Kept::kTarget, resource) ? 414 : 0;
}

uint16_t Server::read_field(Connection* connection, uint8_t* buffer, Text line) const {
  wire::Field field;
  if (!wire::parse_field(line, &field)) return kBadRequest;
  const bool ask = server_options().ask;
  bool fits = true;
  if (wire::equals_ignore_case(field.name, "Host")) {
    if (!first_time(connection, kSeenHost) || !wire::valid_host_value(field.value)) return kBadRequest;
    if (ask) fits = keep(connection, buffer, Kept::kHost, field.value);
  } else if (wire::equals_ignore_case(field.name, "Origin")) {
    if (!first_time(connection, kSeenOrigin)) return kBadRequest;
    for (size_t i = 0; i < server_options().origin_count; ++i) {
      see(connection, server_options().origins[i] == field.value, kOriginAllowed);
    }
    if (ask) fits = keep(connection, buffer, Kept::kOrigin, field.value);
  } else if (wire::equals_ignore_case(field.name, "Transfer-Encoding")) {
    return kBadRequest;  // an upgrade has no body, and what follows the head would be taken for frames
  } else if (wire::equals_ignore_case(field.name, "Content-Length")) {
    return field.value == "0" ? 0 : kBadRequest;
  } else if (wire::equals_ignore_case(field.name, "Expect")) {
    return 417;
  } else if (ask && wire::equals_ignore_case(field.name, "Cookie")) {
    fits = keep(connection, buffer, Kept::kCookie, field.value);
  } else if (ask && wire::equals_ignore_case(field.name, "Authorization")) {
    fits = keep(connection, buffer, Kept::kAuthorization, field.value);
  } else {
    return read_upgrade_field(connection, buffer, field.name, field.value);
  }
  return fits ? 0 : 431;
}

uint16_t Server::read_upgrade_field(Connection* connection, uint8_t* buffer, Text name, Text value) const {
  if (wire::equals_ignore_case(name, "Upgrade")) {
    see(connection, wire::list_has_token(value, "websocket"), kSeenUpgrade);
  } else if (wire::equals_ignore_case(name, "Connection")) {
    see(connection, wire::list_has_token(value, "upgrade"), kSeenConnection);
  } else if (wire::equals_ignore_case(name, "Sec-WebSocket-Key")) {
    if (!first_time(connection, kSeenKey) || !wire::key_valid(value)) return kBadRequest;
    if (!keep(connection, buffer, Kept::kKey, value)) return 431;
  } else if (wire::equals_ignore_case(name, "Sec-WebSocket-Version")) {
    if (!first_time(connection, kSeenVersion)) return kBadRequest;
    see(connection, !(value == "13"), kOtherVersion);
  } else if (wire::equals_ignore_case(name, "Sec-WebSocket-Extensions")) {
    if (!wire::valid_extensions(value)) return kBadRequest;  // RFC 6455, 9.1; none is accepted
  } else if (wire::equals_ignore_case(name, "Sec-WebSocket-Protocol")) {
    select_protocol(connection, value);
    if (server_options().ask && !keep(connection, buffer, Kept::kProtocols, value)) return 431;
  }
  return 0;
}

// RFC 6455, 4.2.2: one of those offered, or none. Ours come best first.
void Server::select_protocol(Connection* connection, Text offered) const {
  for (size_t i = 0; i < options().protocol_count; ++i) {
    const bool better = connection->protocol == 0 || i + 1 < connection->protocol;
    if (better && wire::list_has_exact(offered, options().protocols[i])) {
      connection->protocol = static_cast<uint8_t>(i + 1);
    }
  }
}

// The head is whole. RFC 6455, 4.2.1 and 4.2.2.
HeadOutcome Server::judge(const Connection& connection) const {
  const uint16_t seen = connection.head.seen;
  const auto has = [seen](unsigned bits) { return (seen & bits) == bits; };
  if (!has(kSeenHost)) return {HeadOutcome::kRefuse, kBadRequest};
  // A request for a page: RFC 9110, 15.5.22 tells it what is spoken here.
  if (!has(kSeenUpgrade) || !has(kSeenConnection)) return {HeadOutcome::kRefuse, 426};
  if (has(kOtherVersion)) return {HeadOutcome::kRefuse, 426};  // first: another version may have other fields
  if (!has(kSeenVersion) || !has(kSeenKey)) return {HeadOutcome::kRefuse, kBadRequest};
  if (server_options().origin_count != 0 && !has(kOriginAllowed)) return {HeadOutcome::kRefuse, 403};
  return {server_options().ask ? HeadOutcome::kAsk : HeadOutcome::kComplete, 0};
}

void Server::read_request(const Connection& connection, const uint8_t* buffer, Request* out) const {
  out->target = kept(connection, buffer, Kept::kTarget);
  out->host = kept(connection, buffer, Kept::kHost);
  out->origin = kept(connection, buffer, Kept::kOrigin);
  out->protocols = kept(connection, buffer, Kept::kProtocols);
  out->cookie = kept(connection, buffer, Kept::kCookie);
  out->authorization = kept(connection, buffer, Kept::kAuthorization);
}

size_t Server::write_head(const Connection& connection, const uint8_t* buffer, uint8_t* out) const {
  char accept[wire::kAcceptSize];
  // Computed before anything is written: `out` may lie over the key.
  wire::accept_key(kept(connection, buffer, Kept::kKey).data, accept);
  TextWriter head(out);
  head.put("HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Accept: ")
      .put({accept, sizeof accept});
  if (connection.protocol != 0) {
    head.put("\r\nSec-WebSocket-Protocol: ").put(options().protocols[connection.protocol - 1]);
  }
  return head.put("\r\n\r\n").size();
}

size_t Server::write_refusal(uint16_t status, uint8_t* out) const {
  const char digits[] = {static_cast<char>('0' + status / 100), static_cast<char>('0' + status / 10 % 10),
                         static_cast<char>('0' + status % 10)};
  TextWriter head(out);
  head.put("HTTP/1.1 ").put({digits, sizeof digits});
  head.put(" Refused\r\nContent-Length: 0\r\nConnection: close");
  // RFC 6455, 4.4 and RFC 9110, 15.5.22; RFC 9110, 15.5.6; 11.6.1
  if (status == 426) head.put(", Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13");
  if (status == 405) head.put("\r\nAllow: GET");
  if (status == 401) head.put("\r\nWWW-Authenticate: Basic");
  return head.put("\r\n\r\n").size();
}

}  // namespace whit
