// SPDX-License-Identifier: MIT
// Listening, and the server's side of the opening handshake: RFC 6455, 4.2.1 and 4.2.2.
#include "whit/server.h"

#include "whit/server/kept_fields.h"
#include "whit/session/head_lines.h"
#include "whit/session/protocols.h"
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

// The fields that are looked at, in the order of Kept, which names their positions. The last one may be long, and is
// passed over unless the application wants it.
constexpr Text kNames =
    "Host,Origin,Sec-WebSocket-Protocol,Authorization,Sec-WebSocket-Key,Upgrade,Connection,Sec-WebSocket-Version,"
    "Sec-WebSocket-Extensions,Content-Length,Transfer-Encoding,Expect,Cookie";
constexpr Text kNamesWithoutCookie = kNames.first(kNames.size - 7);

// What was seen of a request: Head::seen.
constexpr uint16_t bit(Kept field) { return static_cast<uint16_t>(1 << static_cast<unsigned>(field)); }
constexpr uint16_t kOtherVersion = 1 << 13;
constexpr uint16_t kOriginAllowed = 1 << 14;
static_assert(static_cast<int>(Kept::kCookie) < 13);

// Fields that may come once: RFC 9110, 5.3 and RFC 6455, 11.3.
constexpr uint16_t kOnce = bit(Kept::kHost) | bit(Kept::kOrigin) | bit(Kept::kKey) | bit(Kept::kVersion);
constexpr uint16_t kForTheApplication =
    bit(Kept::kHost) | bit(Kept::kOrigin) | bit(Kept::kProtocols) | bit(Kept::kCookie) | bit(Kept::kAuthorization);

constexpr uint16_t kBadRequest = 400;

}  // namespace

Status Server::listen(const ServerOptions& options) {
  Network* network = loop_->network();
  if (network == nullptr) return Status::kNotOpen;
  if (listener_ != 0) return Status::kInUse;
  if (!session::protocols_valid(options)) return Status::kInvalidArgument;
  uint8_t number = 0;
  for (unsigned in_use = loop_->listeners_; (in_use & 1) != 0; in_use >>= 1) ++number;
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
  loop_->stop_listening(this);
  loop_->stop_connections(this, code);
}

HeadResult Server::read_head(Connection* connection, uint8_t* buffer, size_t capacity) const {
  session::Head& head = connection->head;
  const Text& names = server_options().ask ? kNames : kNamesWithoutCookie;
  for (;;) {
    wire::Field field;
    uint16_t refusal = 0;
    switch (session::next_head_line(connection, buffer, capacity, options().max_head_bytes, names, &field)) {
      case HeadLine::kMore:
        return HeadResult::kMore;
      case HeadLine::kMalformed:
        refusal = kBadRequest;
        break;
      case HeadLine::kTooLarge:  // RFC 9112, 3: 414; RFC 6585, 5: 431
        refusal = head.started ? 431 : 414;
        break;
      case HeadLine::kFirst:
        // RFC 9112, 2.2: one empty line before the request line is ignored.
        if (field.value.empty() && head.bytes == 2) break;
        head.started = true;
        refusal = read_request_line(connection, buffer, field.value);
        break;
      case HeadLine::kField:
        refusal = read_field(connection, buffer, field);
        break;
      case HeadLine::kEnd:
        refusal = judge(head);
        if (refusal == 0) return server_options().ask ? HeadResult::kAsk : HeadResult::kComplete;
    }
    if (refusal == 0) continue;
    head.status = refusal;
    return HeadResult::kRefuse;
  }
}

uint16_t Server::read_request_line(Connection* connection, uint8_t* buffer, const Text& line) const {
  wire::RequestLine request;
  Text resource;
  if (!wire::parse_request_line(line, &request)) return kBadRequest;
  if (request.method != "GET") return 405;
  if (!request.http_1_1) return 505;
  if (!wire::target_resource(request.target, &resource)) return kBadRequest;
  return server_options().ask && !keep(connection, buffer, Kept::kTarget, resource) ? 414 : 0;
}

// The status to refuse it with, or 0.
uint16_t Server::read_field(Connection* connection, uint8_t* buffer, const wire::Field& line) const {
  if (line.index == wire::kNotListed) return 0;
  const Kept field = static_cast<Kept>(line.index);
  const Text& value = line.value;
  uint16_t seen = bit(field);
  if ((connection->head.seen & seen & kOnce) != 0) return kBadRequest;
  bool valid = true;
  switch (field) {
    case Kept::kHost:
      valid = wire::valid_host_value(value);
      break;
    case Kept::kOrigin:
      for (size_t i = 0; i < server_options().origin_count; ++i) {
        if (server_options().origins[i] == value) seen |= kOriginAllowed;
      }
      break;
    case Kept::kProtocols:
      session::select_protocol(connection, options(), value);
      break;
    case Kept::kKey:
      valid = wire::key_valid(value);
      break;
    case Kept::kUpgrade:
      if (wire::list_position(value, "websocket") == wire::kNotListed) return 0;
      break;
    case Kept::kConnection:
      if (wire::list_position(value, "upgrade") == wire::kNotListed) return 0;
      break;
    case Kept::kVersion:
      if (value != "13") seen |= kOtherVersion;
      break;
    case Kept::kExtensions:  // RFC 6455, 9.1; none is accepted
      valid = wire::valid_extensions(value);
      break;
    case Kept::kContentLength:  // an upgrade has no body, and what follows the head would be taken for frames
      valid = value == "0";
      break;
    case Kept::kTransferEncoding:
      valid = false;
      break;
    case Kept::kExpect:
      return 417;
    default:
      break;
  }
  if (!valid) return kBadRequest;
  connection->head.seen |= seen;
  const unsigned kept = bit(Kept::kKey) | (server_options().ask ? kForTheApplication : 0u);
  return (seen & kept) != 0 && !keep(connection, buffer, field, value) ? 431 : 0;
}

// The head is whole. RFC 6455, 4.2.1 and 4.2.2.
uint16_t Server::judge(const session::Head& head) const {
  const auto lacks = [&head](unsigned bits) { return (head.seen & bits) != bits; };
  if (lacks(bit(Kept::kHost))) return kBadRequest;
  // A request for a page: RFC 9110, 15.5.22 tells it what is spoken here. Another version may have other fields.
  if (lacks(bit(Kept::kUpgrade) | bit(Kept::kConnection)) || !lacks(kOtherVersion)) return 426;
  if (lacks(bit(Kept::kVersion) | bit(Kept::kKey))) return kBadRequest;
  return server_options().origin_count != 0 && lacks(kOriginAllowed) ? 403 : 0;
}

size_t Server::write_head(const Connection& connection, const uint8_t* buffer, uint8_t* out) const {
  TextWriter head(out);
  const uint16_t status = connection.head.status;
  if (status == 101) {
    char accept[wire::kAcceptSize];
    // Computed before anything is written: `out` may lie over the key.
    wire::accept_key(kept(connection, buffer, Kept::kKey).data, accept);
    const Text answer(accept, sizeof accept);
    head.put(
        "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Accept: \1",
        &answer);
    if (connection.protocol != 0) {
      head.put("\r\nSec-WebSocket-Protocol: \1", &options().protocols[connection.protocol - 1]);
    }
  } else {
    char digits[3];
    unsigned rest = status;
    for (size_t i = sizeof digits; i-- > 0; rest /= 10) digits[i] = static_cast<char>('0' + rest % 10);
    const Text number(digits, sizeof digits);
    head.put("HTTP/1.1 \1 Refused\r\nContent-Length: 0\r\nConnection: close", &number);
    // RFC 6455, 4.4 and RFC 9110, 15.5.22; RFC 9110, 15.5.6; 11.6.1
    if (status == 426) head.put(", Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13");
    if (status == 405) head.put("\r\nAllow: GET");
    if (status == 401) head.put("\r\nWWW-Authenticate: Basic");
  }
  head.put("\r\n\r\n");
  return head.size();
}

}  // namespace whit
