// SPDX-License-Identifier: MIT
// The body of a POST, for applications that want it: streamed through the receive buffer, in parts that are handed out
// where they lie. RFC 9112, 6.3.
#include "whit/http/grammar.h"
#include "whit/http_service.h"
#include "whit/server/handshake.h"

namespace whit {
namespace server {

using core::Core;
using core::HeadResult;
using http::Exchange;
using session::Connection;
using session::State;

namespace {

constexpr uint32_t kTooLong = 0xFFFFFFFF;

// RFC 9110, 8.6: digits, once. kTooLong: 4 GiB or more. False: it is no number, or no length that has ever been.
bool read_length(Text value, uint32_t* out) {
  uint64_t length = 0;
  if (value.empty()) return false;
  for (size_t i = 0; i < value.size; ++i) {
    if (value[i] < '0' || value[i] > '9') return false;
    const uint64_t digit = static_cast<uint64_t>(value[i] - '0');
    if (length > (~uint64_t{0} - digit) / 10) return false;
    length = length * 10 + digit;
  }
  *out = length < kTooLong ? static_cast<uint32_t>(length) : kTooLong;
  return true;
}

bool read_field(http::Head* head, const http::Field& field, uint16_t* refusal) {
  Text value = field.value;
  const RequestField which = static_cast<RequestField>(field.index);
  switch (which) {
    case RequestField::kContentLength:
      if ((head->seen & bit(which)) != 0 || !read_length(value, &head->exchange.body.left)) *refusal = kBadRequest;
      break;
    case RequestField::kTransferEncoding:
      break;
    case RequestField::kExpect:  // RFC 9110, 10.1.1
      head->exchange.expects = http::match_all(&value, "100-continue");
      if (!head->exchange.expects) *refusal = 417;
      break;
    default:
      return false;
  }
  head->seen = static_cast<uint16_t>(head->seen | bit(which));
  return true;
}

// RFC 9112, 6.1 and 6.3: what others could take for another length is refused.
uint16_t check(const ServerOptions& options, const http::Head& head) {
  const bool has_length = (head.seen & bit(RequestField::kContentLength)) != 0;
  if ((head.seen & bit(RequestField::kTransferEncoding)) != 0) return has_length ? kBadRequest : 501;
  if (!has_length) return 411;
  const uint32_t length = head.exchange.body.left;
  return length == kTooLong || (options.http->max_body_bytes != 0 && length > options.http->max_body_bytes) ? 413 : 0;
}

void begin(Core* core, Connection* connection) {
  http::Head& head = connection->head();
  Exchange& exchange = head.exchange;
  head.kept = 0;
  exchange.receiving = true;
  if (exchange.expects && !exchange.old && exchange.body.left != 0 && connection->window.raw_size() == 0) {
    core->send_interim(connection, "HTTP/1.1 100 Continue\r\n\r\n");
  }
  core->make_ready(*connection);
}

// It is not the peer that the connection waits for.
HeadResult wait(Connection* connection) {
  connection->deadlines[session::kFromPeer] = Deadline::kNone;
  connection->state = State::kReview;
  return HeadResult::kWait;
}

// The deadline of a head limits the body, too: it begins anew when the peer has sent enough. So the body may take
// its time, but one that is sent slowly keeps no buffer from others.
void arm(Core* core, Connection* connection) {
  Exchange::Body& body = connection->head().exchange.body;
  const uint32_t half = core->buffer_bytes() / 2;
  uint32_t least = connection->endpoint->options().data_min_bytes;
  if (core->others_lack(*connection) && half > least) least = half;
  if (connection->deadlines[session::kFromPeer] != Deadline::kNone && (body.fresh < least || body.fresh == 0)) return;
  body.fresh = 0;
  core->arm(connection, Deadline::kHead);
}

HeadResult hand_out(Core* core, Connection* connection, Event* event) {
  Exchange& exchange = connection->head().exchange;
  exchange.delivered = connection->message_out = true;
  Message& part = event->message;
  part = {};
  part.data = core::message_part(*connection);
  part.offset = exchange.body.taken;
  part.first = part.offset == 0;
  part.last = exchange.body.left == 0;
  core->emit(*connection, Event::kBody, event);
  return HeadResult::kEvent;
}

HeadResult read(Core* core, Connection* connection, Event* event) {
  Connection& c = *connection;
  Exchange& exchange = c.head().exchange;
  Exchange::Body& body = exchange.body;
  session::Window& window = c.window;
  if (!c.transmitter.empty()) return HeadResult::kWait;  // "100 Continue": an answer to the body needs its place
  if (exchange.delivered && !c.message_held) {
    exchange.whole = body.left == 0;
    if (!exchange.whole) {
      body.taken += window.message_size();
      window.message_begin = window.message_end;
      c.message_out = false;
    }
  }
  exchange.delivered = false;
  if (exchange.whole || c.message_held || c.paused) return wait(connection);
  if (c.message_out) return hand_out(core, connection, event);
  const uint32_t size = window.raw_size() < body.left ? window.raw_size() : body.left;
  body.fresh += size;
  arm(core, connection);
  if (size == 0 && body.left != 0) return HeadResult::kMore;
  window.message_begin = window.raw_begin;
  window.message_end = window.raw_begin += size;
  body.left -= size;
  return hand_out(core, connection, event);
}

}  // namespace
}  // namespace server

const BodyReceiver receive_bodies = {server::read_field, server::check, server::begin, server::read};

}  // namespace whit
