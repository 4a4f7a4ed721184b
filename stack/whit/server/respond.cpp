// SPDX-License-Identifier: MIT
// Answers of the application: fields of a 101, refusals in its words, responses. An answer is written in place of the
// request it answers, so it never waits for a buffer. What is linked is what is called.
#include "whit/http/grammar.h"
#include "whit/http/head_writer.h"
#include "whit/http/status_line.h"
#include "whit/http_service.h"
#include "whit/server/handshake.h"

namespace whit {

using http::HeadWriter;
using server::has_exchange;
using session::Connection;
using session::State;

namespace {

// Names that belong to an answer itself, for http::take_field(): "@" are all that begin with "Sec-WebSocket-".
constexpr char kOwnFields[] =
    "content-length:\0content-type:\0transfer-encoding:\0connection:\0keep-alive:\0upgrade:\0trailer:\0@\0";
constexpr size_t kOwnFieldCount = 8;

// Whether these are lines of fields that an application may add, each with its line end. Nothing can be injected.
bool fields_valid(Text fields) {
  while (!fields.empty()) {
    Text line = fields;
    if (http::cut_line(&line) != http::LineEnd::kCrLf) return false;
    fields = fields.from(line.size + 2);
    http::Field field;
    if (!http::take_field(&line, kOwnFields, &field) || field.index != kOwnFieldCount) return false;
  }
  return true;
}

// The receive buffer of a request, into which its answer is written from behind. The texts of the answer may be parts
// of the request, which lies at the front: they are copied first, and go no lower than that.
class Place {
 public:
  Place(Connection* connection, size_t capacity, size_t floor, bool keeps_input)
      : buffer_(connection->rx_buffer),
        capacity_(capacity),
        floor_(floor),
        at_(keeps_input ? connection->window.raw_begin : capacity) {}

  size_t at() const { return at_; }
  uint8_t* front() const { return buffer_ + at_; }

  // Whether there is room for `front` bytes that follow no text of the application, and before `size` that do.
  bool has_room(size_t front, size_t size, bool from_request) const {
    return size <= at_ && front <= at_ - size && (!from_request || at_ - size >= floor_);
  }
  bool is_part(const Text& text) const {
    const uint8_t* const data = as_bytes(text).data;
    return !text.empty() && data >= buffer_ && data < buffer_ + capacity_;
  }
  void put(const Text& text) {
    at_ -= text.size;
    copy(buffer_ + at_, as_bytes(text).data, text.size);
  }
  void leave(size_t size) { at_ -= size; }

 private:
  uint8_t* buffer_;
  size_t capacity_;
  size_t floor_;
  size_t at_;
};

// Where the texts of the request end: its fields, or the part of its body that is handed out.
uint32_t floor_of(const Connection& c) { return c.message_out ? c.window.message_end : c.head().kept; }

// What is answered, and how the connection goes on.
struct Words {
  const Response* response;
  bool bodyless;  // HEAD, or a status that has no body
  bool old;       // HTTP/1.0
  bool last;
};

// All that comes before the texts of the application. RFC 9112, 6.3.
size_t write_front(const Words& words, uint8_t* out, size_t room) {
  const Response& response = *words.response;
  HeadWriter head(out, room, 0);
  const http::StatusLine status(response.status);
  const http::Digits size(response.body.size);
  const Text parts[] = {status.text(), size.text()};
  head.put("HTTP/1.1 \1\r\n", parts);
  if (response.produce != nullptr) {
    if (!words.old) head.put("Transfer-Encoding: chunked\r\n");
  } else if (response.status != 204 && response.status != 304) {
    head.put("Content-Length: \2\r\n", parts);
  }
  if (words.last) {
    head.put("Connection: close");
    if (response.status == 426) head.put(server::Handshake::more_fields(426));
    head.put("\r\n");
  }
  head.put("X-Content-Type-Options: nosniff\r\n");
  if (!response.type.empty()) head.put("Content-Type: ");
  return head.at;
}

// Writes all that comes first. False: there is no room, and nothing was changed.
bool write(const Words& words, Place* place) {
  const Response& response = *words.response;
  const Text body = words.bodyless ? Text{} : response.body;
  const Text line_end = "\r\n";
  const Text type_end = response.type.empty() ? Text{} : line_end;
  const size_t front = write_front(words, nullptr, 0);
  const size_t size = response.type.size + type_end.size + response.fields.size + line_end.size + body.size;
  const bool from_request = place->is_part(response.type) || place->is_part(response.fields) || place->is_part(body);
  if (!place->has_room(front, size, from_request)) return false;
  place->put(body);
  place->put(line_end);
  place->put(response.fields);
  place->put(type_end);
  place->put(response.type);
  place->leave(front);
  (void)write_front(words, place->front(), front);
  return true;
}

// Whether bytes of the request have not been read: they must not be taken for the next one.
bool has_body_left(const http::Head& head) {
  return head.exchange.method == static_cast<uint8_t>(Method::kPost) && head.exchange.body.left != 0;
}

Status answer(core::Core* core, Connection* connection, const Response& response, bool last) {
  const http::Head& head = connection->head();
  if (connection->rx_buffer == nullptr || connection->tx_buffer != nullptr) return Status::kWouldBlock;
  if (!fields_valid(response.fields) || !http::is_field_value(response.type)) return Status::kInvalidArgument;
  const bool page = has_exchange(head);
  Words words{&response, response.status == 204 || response.status == 304, page && head.exchange.old,
              last || !page || head.exchange.last || has_body_left(head)};
  if (words.bodyless && !response.body.empty()) return Status::kInvalidArgument;
  if (response.produce != nullptr && (words.bodyless || !page || !response.body.empty()))
    return Status::kInvalidArgument;
  if (page && head.exchange.method == static_cast<uint8_t>(Method::kHead)) words.bodyless = true;
  const uint32_t floor = floor_of(*connection);
  const session::Window before = connection->window;
  core->make_answer_room(connection);
  Place beside(connection, core->buffer_bytes(), floor, !words.last);
  bool fits = write(words, &beside);
  if (!fits && !words.last && connection->window.raw_size() != 0) {
    // Beside what the peer has sent behind the request there is no room: it may send that again.
    words.last = true;
    beside = Place(connection, core->buffer_bytes(), floor, false);
    fits = write(words, &beside);
  }
  if (!fits) {  // the part of the body that is handed out has stayed where it was
    connection->window.message_begin = before.message_begin;
    connection->window.message_end = before.message_end;
    return Status::kTooLarge;
  }
  core->queue_answer(connection, static_cast<uint32_t>(beside.at()), response.status, words.last,
                     words.bodyless ? nullptr : response.produce);
  return Status::kOk;
}

}  // namespace

Status WebSocket::respond(const Response& response) const {
  Connection* c = connection();
  if (c == nullptr || !server::waits_for_answer(*c)) return Status::kNotOpen;
  if (response.status < 200 || response.status > 599) return Status::kInvalidArgument;
  return answer(core_, c, response, false);
}

Status WebSocket::reject(uint16_t http_status, Text fields, Text body) const {
  Connection* c = connection();
  if (c == nullptr || !server::waits_for_answer(*c)) return Status::kNotOpen;
  if (http_status < 400 || http_status > 599) return Status::kInvalidArgument;
  Response response;
  response.status = http_status;
  response.fields = fields;
  response.body = body;
  return answer(core_, c, response, true);
}

Status WebSocket::accept(Text protocol, Text fields) const {
  Connection* c = connection();
  if (c == nullptr || c->state != State::kReview) return Status::kNotOpen;
  if (!fields_valid(fields) || (!fields.empty() && has_exchange(c->head()))) return Status::kInvalidArgument;
  const Status status = accept(protocol);
  if (status != Status::kOk || fields.empty()) return status;
  const Text line_end = "\r\n";
  core_->make_answer_room(c);
  Place place(c, core_->buffer_bytes(), c->head().kept, true);
  // The end of the head comes behind the fields.
  const size_t front = c->endpoint->write_head(*c, nullptr, 0) - line_end.size;
  if (!place.has_room(front, fields.size + line_end.size, place.is_part(fields))) {
    c->head().status = 0;
    c->state = State::kReview;
    return Status::kTooLarge;
  }
  const auto end = static_cast<uint32_t>(place.at());
  place.put(line_end);
  place.put(fields);
  place.leave(front);
  (void)c->endpoint->write_head(*c, place.front(), front);
  core_->hold_answer(c, static_cast<uint32_t>(place.at()), end, static_cast<uint32_t>(front + line_end.size));
  return Status::kOk;
}

}  // namespace whit
