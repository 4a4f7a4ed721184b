// SPDX-License-Identifier: MIT
// Requests that are no opening handshake: what they ask for, and what they are answered with. RFC 9110, RFC 9112.
#include "whit/http_service.h"

#include "whit/http/grammar.h"
#include "whit/http/head_reader.h"
#include "whit/http/head_writer.h"
#include "whit/http/long_line.h"
#include "whit/http/negotiation.h"
#include "whit/http/scan.h"
#include "whit/http/status_line.h"
#include "whit/server/handshake.h"
#include "whit/wire/accept_key.h"

namespace whit {
namespace server {

using core::Core;
using core::HeadResult;
using http::Exchange;
using http::HeadLine;
using http::HeadWriter;
using session::Connection;

namespace {

constexpr const char* kMethods[] = {"GET ", "HEAD ", "POST "};  // in the order of Method
constexpr Text kGzipSuffix = "-gz";

struct Reader : http::HeadReader {
  explicit Reader(const http::HeadReader& base, const ServerOptions& from) : http::HeadReader(base), options(&from) {}

  const ServerOptions* options;
};

Method method_of(const http::Head& head) {
  return has_exchange(head) ? static_cast<Method>(head.exchange.method) : Method::kGet;
}

// 1 + the position of the page with this path; 0: there is none. RFC 9112, 3.2.2: it may come behind an authority.
uint16_t find_page(const ServerOptions& options, Text target) {
  Text authority;
  (void)http::split_target(&target, &authority);  // read_request_line() took it
  target.size = http::find(target, '?');
  if (target.empty()) target = "/";
  for (uint16_t i = 0; i < options.http->page_count; ++i) {
    if (options.http->pages[i].path == target) return static_cast<uint16_t>(i + 1);
  }
  return 0;
}

// Of a target that is longer than the buffer only the first byte is kept. If its path is there, it is looked at now.
HeadLine shorten(http::HeadReader* base, HeadLine kind) {
  Exchange& exchange = base->head->exchange;
  if (kind == HeadLine::kFirst && !exchange.target_known) {
    Text target = base->field.value;
    exchange.target_known = true;
    if (http::skip_pattern(&target, kMethods[0]) && http::find(target, '?') != target.size) {
      exchange.page = find_page(*static_cast<Reader*>(base)->options, target);
    }
  }
  return http::shorten_line(base, kind);
}

// Fields about the form of the answer are noted at once, the rest is for the application. One that is cut off says
// nothing: the answer is then the whole page, as it is.
HeadLine other(http::HeadReader* base, bool whole) {
  const ServerOptions& options = *static_cast<Reader*>(base)->options;
  const http::Field& field = base->field;
  if (whole && has_exchange(*base->head)) {
    Exchange& exchange = base->head->exchange;
    if (options.http->post != nullptr && http::same_name(field.name, "content-type")) {
      base->field.index = static_cast<size_t>(RequestField::kContentType);
      return HeadLine::kField;
    }
    if (http::same_name(field.name, "accept-encoding")) {
      exchange.codings = static_cast<uint8_t>(exchange.codings | http::read_codings(field.value));
    } else if (exchange.page != 0 && http::same_name(field.name, "if-none-match")) {
      const Text& tag = options.http->pages[exchange.page - 1].tag;
      exchange.same_plain = exchange.same_plain || http::has_tag(field.value, tag, {});
      exchange.same_gzip = exchange.same_gzip || http::has_tag(field.value, tag, kGzipSuffix);
    }
  }
  return options.on_request != nullptr ? options.on_request->other(base, whole) : HeadLine::kMore;
}

// The first line; the status to refuse it with, or 0.
uint16_t read_first_line(Reader* reader) {
  Text& line = reader->field.value;
  http::Head& head = *reader->head;
  Exchange& exchange = head.exchange;
  Text rest = line;
  const bool takes_post = reader->options->http->post != nullptr && reader->options->on_request != nullptr;
  for (uint8_t method = takes_post ? 2 : 1; method != 0; --method) {
    if (http::skip_pattern(&rest, kMethods[method])) exchange.method = method;
  }
  uint16_t refusal = http::read_request_line(&line, kMethods[exchange.method]);
  if (exchange.answered + 1u >= config::kHttpRequests) exchange.last = true;
  if (refusal == 426) {  // RFC 9112, 9.3: a connection of HTTP/1.0 ends with its answer
    head.seen |= kHttp10;
    exchange.old = exchange.last = true;
    refusal = 0;
  }
  if (refusal == 0 && !exchange.target_known) exchange.page = find_page(*reader->options, line);
  return refusal;
}

bool sends_gzip(const Page& page, const Exchange& exchange) {
  return !page.gzip.empty() && http::may_send_gzip(exchange.codings);
}

// The status of the answer to a GET or HEAD.
uint16_t status_of(const ServerOptions& options, const Exchange& exchange) {
  if (exchange.page == 0) return 404;
  const bool gzip = sends_gzip(options.http->pages[exchange.page - 1], exchange);
  return (gzip ? exchange.same_gzip : exchange.same_plain) ? 304 : 200;
}

// ---- answers ----

void put_end(HeadWriter* head, const Exchange& exchange) {
  head->put(exchange.last ? "Connection: close\r\n\r\n" : "\r\n");
}

// An answer in words, with which the connection ends unless it is for a page that does not exist.
void write_words(const ServerOptions& options, const Connection& connection, HeadWriter* head) {
  const http::Head& request = connection.head();
  const http::StatusLine status(request.status);
  const Text line = status.text();
  const http::Digits size(line.size + 1);
  const Text parts[] = {line, size.text()};
  head->put(
      "HTTP/1.1 \1\r\nContent-Type: text/plain; charset=utf-8\r\nContent-Length: \2\r\n"
      "X-Content-Type-Options: nosniff\r\n",
      parts);
  if (request.status == 404 && has_exchange(request)) {
    put_end(head, request.exchange);
  } else {
    const char* const allowed = options.http->post != nullptr ? "\r\nAllow: GET, HEAD, POST" : "\r\nAllow: GET, HEAD";
    head->put("Connection: close");
    if (request.status == 405) {
      head->put(allowed);
    } else {
      head->put(request.status == 401 ? options.on_request->challenge : Handshake::more_fields(request.status));
    }
    head->put("\r\n\r\n");
  }
  if (method_of(request) != Method::kHead) head->put("\1\n", &line);
}

void write_page(const Page& page, const Connection& connection, HeadWriter* head) {
  const http::Head& request = connection.head();
  const bool gzip = sends_gzip(page, request.exchange);
  Bytes body = gzip ? page.gzip : page.body;
  const http::Digits size(body.size);
  const Text parts[] = {page.type, size.text(), page.tag, gzip ? kGzipSuffix : Text{}, page.cache_control};
  if (request.status == 200) {
    head->put(
        "HTTP/1.1 200 OK\r\nContent-Type: \1\r\nContent-Length: \2\r\nX-Content-Type-Options: nosniff\r\n"
        "Accept-Ranges: none\r\n",
        parts);
    if (gzip) head->put("Content-Encoding: gzip\r\n");
  } else {  // RFC 9110, 15.4.5
    head->put("HTTP/1.1 304 Not Modified\r\n");
  }
  head->put("ETag: \"\3\4\"\r\nCache-Control: \5\r\n", parts);
  if (!page.gzip.empty()) head->put("Vary: Accept-Encoding\r\n");
  put_end(head, request.exchange);
  if (request.status != 200 || method_of(request) == Method::kHead) body = {};
  // What was gathered before is passed over; of the body without looking at it.
  const auto before = static_cast<int32_t>(head->at) < 0 ? 0 - static_cast<uint32_t>(head->at) : uint32_t{0};
  const size_t at = before != 0 ? 0 : head->at;
  body = body.from(before);
  const size_t room = head->room > at ? head->room - at : 0;
  if (room != 0) copy(head->out + at, body.data, body.size < room ? body.size : room);
  head->at = at + body.size;
}

// A line of a field; the status to refuse it with, or 0.
uint16_t read_field(const Server& server, Connection* connection, Reader* reader) {
  http::Head& head = connection->head();
  http::Field& field = reader->field;
  uint16_t refusal = 0;
  if (method_of(head) == Method::kPost && reader->options->http->post->read_field(&head, field, &refusal))
    return refusal;
  const bool is_key = field.index == static_cast<size_t>(RequestField::kKey);
  if (is_key && method_of(head) != Method::kGet) return 0;
  if (field.index == static_cast<size_t>(RequestField::kConnection) && has_exchange(head)) {
    Text list = field.value;
    if (http::list_has(&list, "close")) head.exchange.last = true;
  }
  refusal = Handshake::read_field(server, connection, &field);
  if (refusal == 0 && is_key) wire::hash_key(field.value.data, head.digest);
  return refusal;
}

// The head is whole; the status to refuse the request with, or 0.
uint16_t check(const Server& server, const http::Head& head) {
  constexpr unsigned kAsked = bit(RequestField::kUpgrade) | bit(RequestField::kConnection);
  const bool handshake = !has_exchange(head) || (method_of(head) == Method::kGet && (head.seen & kAsked) == kAsked);
  if (handshake) return (head.seen & kHttp10) != 0 ? uint16_t{426} : Handshake::check(server, head);
  if ((head.seen & (bit(RequestField::kHost) | kHttp10)) == 0) return kBadRequest;  // RFC 9112, 3.2
  if (method_of(head) != Method::kPost) return 0;
  // A page of another origin may post a form here, as it may open a WebSocket.
  const ServerOptions& options = Handshake::options(server);
  if (options.origin_count != 0 && (head.seen & kOriginAllowed) == 0) return 403;
  return options.http->post->check(options, head);
}

void begin_answer(const ServerOptions& options, Core* core, Connection* connection) {
  core->begin_answer(connection, status_of(options, connection->head().exchange));
}

// Goes on with the answer.
HeadResult answer(Server* server, Connection* connection) {
  if (connection->head().status == 101) return Handshake::admit(server, connection);
  Handshake::core(*server)->answer(connection);
  return HeadResult::kWait;
}

HeadResult read_head(Server* server, Connection* connection, Event* event) {
  http::Head& head = connection->head();
  const ServerOptions& options = Handshake::options(*server);
  const RequestReview* const on_request = options.on_request;
  Core* const core = Handshake::core(*server);
  if (head.status == 0 && receives_body(head)) return options.http->post->read(core, connection, event);
  Reader reader(Handshake::start_reader(*server, connection), options);
  reader.other = other;
  if (reader.shorten != nullptr) reader.shorten = shorten;
  while (head.status == 0) {
    uint16_t refusal = kBadRequest;
    switch (reader.next()) {
      case HeadLine::kMore:
        return HeadResult::kMore;
      case HeadLine::kMalformed:
        break;
      case HeadLine::kTooLarge:
        refusal = head.started ? 431 : 414;
        break;
      case HeadLine::kFirst:
        if (reader.field.value.empty() && head.bytes == 2) continue;
        head.started = true;
        reader.field.index = static_cast<size_t>(RequestField::kTarget);
        refusal = read_first_line(&reader);
        break;
      case HeadLine::kField:
        refusal = read_field(*server, connection, &reader);
        http::continue_line(&reader);
        break;
      case HeadLine::kEnd:
        refusal = check(*server, head);
        if (refusal != 0) break;
        if (on_request != nullptr) return on_request->ask(core, connection, event);
        if (has_exchange(head)) {
          begin_answer(options, core, connection);
        } else {
          head.status = 101;
        }
        break;
    }
    if (refusal == 0 && on_request != nullptr) refusal = on_request->keep(reader);
    if (refusal == 0) continue;
    core->refuse(connection, refusal);
    return HeadResult::kWait;
  }
  return answer(server, connection);
}

size_t write_head(const ServerOptions& options, const Connection& connection, HeadWriter* writer) {
  const http::Head& head = connection.head();
  if (head.status == 200 || head.status == 304) {
    write_page(options.http->pages[head.exchange.page - 1], connection, writer);
  } else {
    write_words(options, connection, writer);
  }
  return writer->at;
}

}  // namespace
}  // namespace server

const HttpService serve_http = {server::begin_answer, server::read_head, server::write_head};

}  // namespace whit
