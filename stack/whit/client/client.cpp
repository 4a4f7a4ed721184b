// SPDX-License-Identifier: MIT
// Connecting, and the client's side of the opening handshake: RFC 6455, 4.1.
#include "whit/client.h"

#include "whit/session/head_lines.h"
#include "whit/session/text_writer.h"
#include "whit/wire/accept_key.h"
#include "whit/wire/http_head.h"
#include "whit/wire/url.h"

namespace whit {

using session::Connection;
using session::HeadLine;
using session::TextWriter;

namespace {

// What was seen of a response: the bits of Head::seen.
enum Seen : uint16_t {
  kSeenUpgrade = 1 << 0,
  kSeenConnection = 1 << 1,
  kSeenAccept = 1 << 2,
  kSeenProtocol = 1 << 3,
  kInterim = 1 << 4,
};

constexpr Text kWantedNames[] = {"Upgrade", "Connection", "Sec-WebSocket-Accept", "Sec-WebSocket-Protocol",
                                 "Sec-WebSocket-Extensions"};

bool wanted(Text name) {
  for (const Text& known : kWantedNames) {
    if (wire::equals_ignore_case(name, known)) return true;
  }
  return false;
}

bool first_time(Connection* connection, Seen bit) {
  if ((connection->head.seen & bit) != 0) return false;
  connection->head.seen = static_cast<uint16_t>(connection->head.seen | bit);
  return true;
}

// RFC 6455, 4.1 (10.): distinct tokens.
bool valid_protocols(const ConnectionOptions& options) {
  if (options.protocol_count > 255) return false;
  for (size_t i = 0; i < options.protocol_count; ++i) {
    if (!wire::is_token(options.protocols[i])) return false;
    for (size_t j = 0; j < i; ++j) {
      if (options.protocols[i] == options.protocols[j]) return false;
    }
  }
  return true;
}

// Header fields of the application: each a valid line, and none that the handshake itself writes.
bool valid_headers(Text headers) {
  while (!headers.empty()) {
    size_t size = 0;
    wire::Field field;
    if (wire::find_line(as_bytes(headers), &size) != wire::LineResult::kLine) return false;
    if (!wire::parse_field(headers.first(size), &field)) return false;
    if (wanted(field.name) || wire::equals_ignore_case(field.name, "Host") ||
        wire::equals_ignore_case(field.name, "Origin") || wire::equals_ignore_case(field.name, "Sec-WebSocket-Key") ||
        wire::equals_ignore_case(field.name, "Sec-WebSocket-Version") ||
        wire::equals_ignore_case(field.name, "Content-Length") ||
        wire::equals_ignore_case(field.name, "Transfer-Encoding")) {
      return false;
    }
    headers = headers.from(size + 2);
  }
  return true;
}

}  // namespace

Status Client::connect(const ClientOptions& options) {
  wire::Url url;
  if (loop_->network() == nullptr) return Status::kNotOpen;
  if (busy_) return Status::kInUse;
  const Status status = wire::parse_url(options.url, &url);
  if (status != Status::kOk) return status;
  if (!valid_protocols(options) || !valid_headers(options.headers)) return Status::kInvalidArgument;
  if (!options.origin.empty() && !wire::valid_field_value(options.origin)) return Status::kInvalidArgument;
  options_ = &options;
  if (write_head(Connection{}, nullptr, nullptr) > loop_->pool_.size()) return Status::kTooLarge;
  if (!loop_->has_room()) return Status::kNoSlot;
  const uint16_t index = loop_->free_.take();
  if (index == IndexLine::kNone) return Status::kNoSlot;
  Connection* connection = loop_->begin_slot(index, this);
  connection->visible = true;
  LoopCore::count_up(&loop_->open_);
  socket_ = loop_->handle(*connection);
  busy_ = true;
  return Status::kOk;
}

void Client::released(uint16_t) { busy_ = false; }

Transport* Client::dial(Network* network, uint16_t index, Status* status) const {
  wire::Url url;
  *status = wire::parse_url(client_options().url, &url);
  if (*status != Status::kOk) return nullptr;
  return network->connect(index, url.host, url.port, url.secure, status);
}

uint32_t Client::rise_timeout_ms(Deadline deadline) const {
  if (deadline == Deadline::kResolve) return client_options().resolve_timeout_ms;
  return deadline == Deadline::kConnect ? client_options().connect_timeout_ms : options().secure_timeout_ms;
}

size_t Client::write_head(const Connection& connection, const uint8_t*, uint8_t* out) const {
  const ClientOptions& options = client_options();
  wire::Url url;
  if (wire::parse_url(options.url, &url) != Status::kOk) return 0;
  char key[wire::kKeySize];
  wire::make_key(connection.head.nonce, key);
  TextWriter head(out);
  head.put("GET ").put(url.needs_slash ? Text("/") : Text()).put(url.resource);
  head.put(" HTTP/1.1\r\nHost: ").put(url.host_field);
  head.put("\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: ");
  head.put({key, sizeof key});
  for (size_t i = 0; i < options.protocol_count; ++i) {
    head.put(i == 0 ? Text("\r\nSec-WebSocket-Protocol: ") : Text(", ")).put(options.protocols[i]);
  }
  if (!options.origin.empty()) head.put("\r\nOrigin: ").put(options.origin);
  return head.put("\r\n").put(options.headers).put("\r\n").size();
}

HeadOutcome Client::read_head(Connection* connection, uint8_t* buffer, size_t capacity) const {
  session::Head& head = connection->head;
  for (;;) {
    Text line;
    const HeadLine step =
        session::next_head_line(connection, buffer, capacity, options().max_head_bytes, wanted, &line);
    if (step == HeadLine::kMore) return {HeadOutcome::kMore, 0};
    if (step != HeadLine::kLine) return {HeadOutcome::kFail, 0};
    if (!head.started) {
      wire::StatusLine status;
      if (!wire::parse_status_line(line, &status) || status.minor < 1) return {HeadOutcome::kFail, 0};
      const bool interim = status.status < 200 && status.status != 101;  // RFC 9110, 15.2: may come before
      if (!interim && status.status != 101) return {HeadOutcome::kFail, status.status};
      head.started = true;
      head.seen = interim ? kInterim : 0;
    } else if (!line.empty()) {
      if ((head.seen & kInterim) == 0 && !read_field(connection, line)) return {HeadOutcome::kFail, 101};
    } else if ((head.seen & kInterim) != 0) {
      head.started = false;
    } else {
      // RFC 9112, 6.3: a 101 ends here, whatever its fields say; what follows are frames.
      constexpr uint16_t kRequired = kSeenUpgrade | kSeenConnection | kSeenAccept;
      const bool valid = (head.seen & kRequired) == kRequired;
      return {valid ? HeadOutcome::kComplete : HeadOutcome::kFail, 101};
    }
  }
}

// RFC 6455, 4.1, the numbered list on the server's response.
bool Client::read_field(Connection* connection, Text line) const {
  wire::Field field;
  if (!wire::parse_field(line, &field)) return false;
  if (wire::equals_ignore_case(field.name, "Upgrade")) {  // (2.)
    return first_time(connection, kSeenUpgrade) && wire::equals_ignore_case(field.value, "websocket");
  }
  if (wire::equals_ignore_case(field.name, "Connection")) {  // (3.)
    if (wire::list_has_token(field.value, "upgrade")) (void)first_time(connection, kSeenConnection);
    return true;
  }
  if (wire::equals_ignore_case(field.name, "Sec-WebSocket-Accept")) {  // (4.)
    char key[wire::kKeySize];
    char accept[wire::kAcceptSize];
    wire::make_key(connection->head.nonce, key);
    wire::accept_key(key, accept);
    return first_time(connection, kSeenAccept) && field.value == Text(accept, sizeof accept);
  }
  // (5.) None was offered, and an empty list is malformed (9.1).
  if (wire::equals_ignore_case(field.name, "Sec-WebSocket-Extensions")) return false;
  if (wire::equals_ignore_case(field.name, "Sec-WebSocket-Protocol")) {  // (6.)
    for (size_t i = 0; i < options().protocol_count; ++i) {
      if (options().protocols[i] == field.value) connection->protocol = static_cast<uint8_t>(i + 1);
    }
    return first_time(connection, kSeenProtocol) && connection->protocol != 0;
  }
  return true;
}

}  // namespace whit
