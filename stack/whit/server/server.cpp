// SPDX-License-Identifier: MIT
// Listening, and the server's side of the opening handshake: RFC 6455, 4.2.1 and 4.2.2.
#include "whit/server.h"

#include "whit/server/kept_fields.h"
#include "whit/session/head_lines.h"
#include "whit/session/protocols.h"
#include "whit/session/text_writer.h"
#include "whit/wire/accept_key.h"
#include "whit/wire/http_head.h"
#include "whit/wire/scan.h"

namespace whit {

using server::Kept;
using session::Connection;
using session::HeadLine;
using session::TextWriter;

namespace {

// The fields that are looked at, in the order of Kept, which names their positions. The last two may be long, and are
// passed over unless the application is asked.
constexpr char kNames[] =
    "host:\0origin:\0~protocol:\0~key:\0upgrade:\0connection:\0~version:\0"
    "~extensions:\0content-length:\0transfer-encoding:\0expect:\0authorization:\0cookie:\0";

// What was seen of a request: Head::seen.
constexpr uint16_t bit(Kept field) { return static_cast<uint16_t>(1 << static_cast<unsigned>(field)); }
constexpr uint16_t kOtherVersion = 1 << 13;
constexpr uint16_t kOriginAllowed = 1 << 14;
static_assert(static_cast<int>(Kept::kCookie) < 13);

// Fields that may come once: RFC 9110, 5.3 and RFC 6455, 11.3.
constexpr uint16_t kOnce = bit(Kept::kHost) | bit(Kept::kOrigin) | bit(Kept::kKey) | bit(Kept::kVersion);
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
  const Ask ask = server_options().ask;
  const size_t wanted = static_cast<size_t>(ask != nullptr ? Kept::kTarget : Kept::kAuthorization);
  session::HeadReader reader = {connection, buffer, capacity, options().max_head_bytes, kNames, wanted, {}};
  for (;;) {
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
        reader.field.index = static_cast<size_t>(Kept::kTarget);
        refusal = wire::read_request_line(&reader.field.value);
        break;
      case HeadLine::kField:
        refusal = read_field(&reader);
        // Here, because nothing in a handshake needs more stack than the hash.
        if (refusal == 0 && reader.field.index == static_cast<size_t>(Kept::kKey)) {
          wire::hash_key(reader.field.value.data, head.digest);
        }
        break;
      case HeadLine::kEnd:
        refusal = judge(head);
        if (refusal == 0) return ask != nullptr ? HeadResult::kAsk : HeadResult::kComplete;
    }
    if (refusal == 0 && ask != nullptr) refusal = ask(reader);
    if (refusal == 0) continue;
    loop_->refuse(connection, refusal);
    return HeadResult::kOver;
  }
}

// The status to refuse it with, or 0.
uint16_t Server::read_field(session::HeadReader* reader) const {
  const Kept field = static_cast<Kept>(reader->field.index);
  Text& value = reader->field.value;
  session::Head& head = reader->connection->head;
  uint16_t seen = bit(field);
  if ((head.seen & seen & kOnce) != 0) return kBadRequest;
  bool valid = true;
  switch (field) {
    case Kept::kHost:
      valid = wire::valid_host_value(value);
      break;
    case Kept::kOrigin:
      if (session::number_of(value, server_options().origins, server_options().origin_count) != 0) {
        seen |= kOriginAllowed;
      }
      break;
    case Kept::kProtocols:
      session::select_protocol(reader->connection, options(), value);
      break;
    case Kept::kKey:
      valid = wire::key_valid(value);
      break;
    case Kept::kUpgrade:
      if (!wire::list_has(&value, "websocket")) return 0;
      break;
    case Kept::kConnection:
      if (!wire::list_has(&value, "upgrade")) return 0;
      break;
    case Kept::kVersion:
      if (!wire::take_last(&value, "13")) seen |= kOtherVersion;
      break;
    case Kept::kExtensions:  // RFC 6455, 9.1; none is accepted
      valid = wire::read_extensions(&value);
      break;
    case Kept::kContentLength:  // an upgrade has no body, and what follows the head would be taken for frames
      valid = wire::take_last(&value, "0");
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
  head.seen |= seen;
  return 0;
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

size_t Server::write_head(const Connection& connection, uint8_t* out) const {
  TextWriter head(out);
  const uint16_t status = connection.head.status;
  if (status == 101) {
    char accept[wire::kAcceptSize];
    wire::make_accept(connection.head.digest, accept);
    const Text answer(accept, sizeof accept);
    head.put(
        "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Accept: \1",
        &answer);
    if (connection.protocol != 0) {
      head.put("\r\nSec-WebSocket-Protocol: \1", &options().protocols[connection.protocol - 1]);
    }
  } else {
    char digits[3];  // 400 to 599
    size_t at = sizeof digits;
    for (unsigned rest = status; rest != 0; rest /= 10) digits[--at] = static_cast<char>('0' + rest % 10);
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

bool Server::admit(Connection* connection) {
  if (!loop_->has_room()) {
    ++loop_->open_.refused;
    loop_->ask_silent();
    loop_->refuse(connection, 503);
    return false;
  }
  connection->head.status = 101;
  if (!loop_->send_head(connection)) return false;
  loop_->count_as(connection, session::Counted::kOpen);
  loop_->slot_freed_ = true;
  return true;
}

void Server::accept() {
  if (listener_ == 0) return;
  const auto listener = static_cast<uint8_t>(listener_ - 1);
  if (!loop_->is_crowded()) loop_->make_way_inside();
  // Peers that are not open yet have slots of their own, so that a full server can still answer 503.
  while (loop_->may_accept(listener)) {
    const uint16_t index = loop_->free_.first();
    Transport* transport = loop_->network()->accept(listener, index);
    if (transport == nullptr) return;
    (void)loop_->free_.take();
    Connection* connection = loop_->begin_slot(index, this);
    connection->transport = transport;
    loop_->count_as(connection, session::Counted::kOpening);
  }
}

}  // namespace whit
